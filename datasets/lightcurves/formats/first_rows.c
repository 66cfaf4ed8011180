/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much of a stream of text its layout is decided by: never what happens to have come by then. Where the
 * bands are known, it is the first object's rows with the row behind them, before which nothing can be handed
 * out anyway; else as much as of a file. */
#include "datasets/lightcurves/lightcurve_internal.h"

#include <stdio.h>
#include <string.h>

enum { SAMPLED = 2000 };

typedef struct look {
    size_t at; /* bytes that were looked at */
    int rows;
    char mark;
    int column; /* of ids; -1: not found */
    ds_text id; /* of the first row */
} look;

static char mark_of(ds_text line)
{
    static const char marks[] = ",;\t|";
    char best = ' ';
    size_t most = 0;
    for (const char *m = marks; *m; m++) {
        size_t n = 0;
        for (size_t i = 0; i < line.length; i++)
            n += line.text[i] == *m;
        if (n > most) {
            most = n;
            best = *m;
        }
    }
    return best;
}

/* The next field of a line, without blanks and quotes around it. */
static bool next(ds_text *rest, char mark, ds_text *field)
{
    while (mark == ' ' && rest->length && *rest->text == ' ') {
        rest->text++;
        rest->length--;
    }
    if (!rest->length)
        return false;
    const char *end = memchr(rest->text, mark, rest->length);
    *field = (ds_text){rest->text, end ? (size_t)(end - rest->text) : rest->length};
    const size_t skip = end ? field->length + 1 : field->length;
    *rest = (ds_text){rest->text + skip, rest->length - skip};
    while (field->length && strchr(" \t\"#", *field->text)) {
        field->text++;
        field->length--;
    }
    while (field->length && strchr(" \t\"\r", field->text[field->length - 1]))
        field->length--;
    return true;
}

static void take_names(const ds_lightcurves *r, look *l, ds_text line)
{
    ds_text field;
    int best = 0;
    l->mark = mark_of(line);
    for (int i = 0; next(&line, l->mark, &field); i++) {
        char name[200];
        snprintf(name, sizeof name, "%.*s",
                 (int)(field.length < sizeof name ? field.length : sizeof name - 1), field.text);
        const int rank = *name ? ds_photometry_id_rank(r, name) : -1;
        if (rank >= 0 && (l->column < 0 || rank < best)) {
            l->column = i;
            best = rank;
        }
    }
}

/* Whether a row is of another object than the first. */
static bool is_other(look *l, ds_text line)
{
    ds_text field = {"", 0};
    bool there = true;
    for (int i = 0; i <= l->column && there; i++)
        there = next(&line, l->mark, &field);
    if (l->column < 0 || !there)
        return false;
    if (l->rows == 2)
        l->id = field;
    return field.length != l->id.length || memcmp(field.text, l->id.text, field.length) != 0;
}

/* Goes on over whole lines; true where no more need come. */
static bool is_enough(const ds_lightcurves *r, look *l, const char *text, size_t length)
{
    const char *newline;
    while ((newline = memchr(text + l->at, '\n', length - l->at))) {
        const ds_text line = {text + l->at, (size_t)(newline - (text + l->at))};
        const size_t blanks = strspn(line.text, " \t\r");
        l->at += line.length + 1;
        if (blanks >= line.length || strchr("#\\", line.text[blanks]) || (*line.text == '|' && l->rows))
            continue;
        if (l->rows++ == 0 && ds_photometry_text_form(text, l->at) != DS_PHOTOMETRY_CSV)
            return true;
        if (l->rows == 1)
            take_names(r, l, line);
        else if (is_other(l, line) || l->rows == SAMPLED)
            return true;
    }
    return false;
}

int ds_photometry_first_rows(ds_lightcurves *r, const char **text, size_t *length)
{
    const bool hurry = r->bands_given && !r->gathering;
    bool enough = false, more = r->stream;
    look l = {.column = -1};
    *text = ds_scanner_peek(r->scanner, length);
    while (more && !enough) {
        enough = hurry && is_enough(r, &l, *text, *length);
        const int code = enough ? NN_OK : ds_scanner_peek_more(r->scanner, &more, r->error);
        if (code)
            return code;
        *text = ds_scanner_peek(r->scanner, length);
    }
    if (enough)
        *length = l.at;
    return NN_OK;
}
