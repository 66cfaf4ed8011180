/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a file of photometry is laid out: what stands in front of its rows, and how they are parted. */
#include "datasets/lightcurves/lightcurve_internal.h"

#include "datasets/time/decimal.h"
#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKED_AT = 20, SAMPLED = 2000 };

typedef struct lines {
    const char *at, *end;
    size_t number; /* of the line that was taken last */
} lines;

/* The next line without its end; false after the last. */
static bool take_line(lines *l, ds_text *line)
{
    if (l->at >= l->end)
        return false;
    const char *c = l->at;
    while (c < l->end && *c != '\n' && *c != '\r')
        c++;
    *line = (ds_text){l->at, (size_t)(c - l->at)};
    if (c < l->end)
        c += *c == '\r' && c + 1 < l->end && c[1] == '\n' ? 2 : 1;
    l->at = c;
    l->number++;
    return true;
}

static bool begins(ds_text line, const char *with)
{
    return line.length >= strlen(with) && memcmp(line.text, with, strlen(with)) == 0;
}

static ds_text trimmed(ds_text t)
{
    while (t.length && (t.text[0] == ' ' || t.text[0] == '\t')) {
        t.text++;
        t.length--;
    }
    while (t.length && (t.text[t.length - 1] == ' ' || t.text[t.length - 1] == '\t'))
        t.length--;
    return t;
}

static int count_words(ds_text line)
{
    int words = 0;
    bool inside = false;
    for (size_t i = 0; i < line.length; i++) {
        const bool blank = line.text[i] == ' ' || line.text[i] == '\t';
        words += !blank && !inside;
        inside = !blank;
    }
    return words;
}

static bool has_any(ds_text line, const char *characters)
{
    for (size_t i = 0; i < line.length; i++)
        if (strchr(characters, line.text[i]))
            return true;
    return false;
}

/* Whether rows are lined up with blanks: no other mark parts them, and all have as many words. The first line
 * may be names with commas. */
static bool in_words(lines from)
{
    ds_text line;
    int words = 0, seen = 0, looked = 0;
    while (looked < LOOKED_AT && take_line(&from, &line)) {
        line = trimmed(line);
        if (line.length == 0 || line.text[0] == '#')
            continue;
        if (looked++ == 0 && from.at < from.end)
            continue;
        const int n = count_words(line);
        const bool whole = from.at < from.end || seen == 0;
        if (whole && (has_any(line, ",;|\t\"") || n < 2 || (words && n != words)))
            return false;
        words = whole ? n : words;
        seen++;
    }
    return seen > 0 && words >= 3;
}

/* The next field of a line of names, parted by runs of blanks (commas at their ends go) or by a mark. */
static bool next_field(ds_text *rest, char mark, ds_text *field)
{
    if (mark == ' ')
        *rest = trimmed(*rest);
    if (rest->length == 0)
        return false;
    size_t n = 0;
    while (n < rest->length && rest->text[n] != mark && !(mark == ' ' && rest->text[n] == '\t'))
        n++;
    *field = trimmed((ds_text){rest->text, n});
    const size_t skip = n < rest->length ? n + 1 : n;
    *rest = (ds_text){rest->text + skip, rest->length - skip};
    while (mark == ' ' && field->length > 1 && field->text[field->length - 1] == ',')
        field->length--;
    return true;
}

static int count_fields(ds_text line, char mark, int *numbers)
{
    int n = 0;
    double value;
    ds_text field;
    *numbers = 0;
    for (; next_field(&line, mark, &field); n++)
        *numbers += ds_number_parse(field.text, field.length, false, &value) == DS_NUMBER_OK;
    return n;
}

/* A comment without its marks. */
static ds_text uncommented(ds_text line)
{
    while (line.length && line.text[0] == '#') {
        line.text++;
        line.length--;
    }
    return trimmed(line);
}

/* --- what stands in front --- */

static void take_ipac_line(ds_preamble *p, ds_text line, int number, size_t at)
{
    line.text++;
    line.length--;
    while (line.length && line.text[line.length - 1] != '|')
        line.length--;
    line.length -= line.length > 0;
    p->ipac = true;
    if (number == 0) {
        p->names = line;
        p->line = at;
    } else if (number == 2) {
        p->units = line;
    }
}

/* Goes over comments, keywords and the head of an IPAC table; stands at the first row afterwards. */
static void take_preamble(ds_preamble *p, lines *l, ds_text *comment, size_t *comment_line, char *delimiter)
{
    lines next = *l;
    ds_text line;
    int bars = 0;
    while (take_line(&next, &line)) {
        const ds_text content = trimmed(line);
        if (begins(content, "sep=") && content.length == 5) {
            *delimiter = content.text[4];
        } else if (content.length && content.text[0] == '#') {
            if (memchr(content.text, '{', content.length) && !p->ecsv.text)
                p->ecsv = content;
            *comment = content;
            *comment_line = next.number;
        } else if (content.length && line.text[0] == '|') {
            take_ipac_line(p, content, bars++, next.number);
        } else if (content.length && content.text[0] != '\\') {
            break;
        }
        *l = next;
    }
    if (p->ecsv.text)
        p->ecsv.length = (size_t)(l->at - p->ecsv.text);
}

/* Whether the last comment names the columns of the first row, which does not. */
static bool comment_has_names(ds_text comment, ds_text row, char mark)
{
    int numbers, named;
    const ds_text names = uncommented(comment);
    const int count = count_fields(row, mark, &numbers);
    if (numbers < 2)
        return false;
    return count_fields(names, mark, &named) == count && named == 0;
}

static int take_sample(ds_lightcurves *r, const char *text, size_t length)
{
    const bool whole = ds_scanner_is_whole(r->scanner);
    const char mark = r->form == DS_PHOTOMETRY_WORDS ? ' ' : r->scan.delimiter;
    return ds_sample_take(&r->sample, text, length, mark, whole, SAMPLED) ? NN_OK
                                                                          : ds_photometry_no_memory(r);
}

/* The preamble's texts must outlive the piece that they lie in. */
static int keep_front(ds_lightcurves *r, const char *text, size_t length)
{
    ds_text *const texts[] = {&r->preamble.names, &r->preamble.units, &r->preamble.ecsv};
    r->front = nn_text_copy(text, length);
    if (!r->front)
        return ds_photometry_no_memory(r);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i]->text)
            texts[i]->text = r->front + (texts[i]->text - text);
    return NN_OK;
}

/* The header where it does not stand among the rows. */
static int make_header(ds_lightcurves *r, char mark)
{
    ds_preamble *p = &r->preamble;
    ds_text rest = p->names, name;
    ds_field *fields = NULL;
    int count = 0, room = 0;
    char(*number)[12] = NULL;
    if (p->numbered)
        room = r->sample.row_count ? r->sample.rows[0].count : 0;
    else
        while (next_field(&rest, mark, &name))
            room++;
    fields = calloc((size_t)room + 1, sizeof *fields);
    number = calloc((size_t)room + 1, sizeof *number);
    int code = fields && number ? NN_OK : ds_photometry_no_memory(r);
    rest = p->names;
    for (; !code && count < room; count++) {
        if (p->numbered) {
            snprintf(number[count], sizeof *number, "%d", count + 1);
            name = (ds_text){number[count], strlen(number[count])};
        } else if (!next_field(&rest, mark, &name)) {
            break;
        }
        fields[count] = ds_field_of(name.text, name.length);
    }
    if (!code)
        code = ds_photometry_header(r, fields, count, p->line ? p->line : 1);
    free(fields);
    free(number);
    return code;
}

static const char *format_name(const ds_lightcurves *r, const char *text, size_t length)
{
    const bool ecsv = length > 8 && memcmp(text, "# %ECSV ", 8) == 0;
    return r->preamble.ipac                 ? "IPAC table"
           : ecsv                           ? "ECSV"
           : r->form == DS_PHOTOMETRY_WORDS ? "columns lined up with blanks"
                                            : "CSV";
}

int ds_photometry_look(ds_lightcurves *r, const char *text, size_t length)
{
    lines l = {text, text + length, 0};
    ds_text comment = {0}, row = {0};
    ds_preamble *p = &r->preamble;
    char mark = r->options.delimiter;
    size_t comment_line = 0;
    take_preamble(p, &l, &comment, &comment_line, &mark);
    lines first = l;
    while (take_line(&first, &row) && (row = trimmed(row)).length == 0)
        ;
    int code;
    if (mark == ' ' || p->ipac || (!mark && in_words(l)))
        r->form = DS_PHOTOMETRY_WORDS;
    const size_t left = (size_t)(l.end - l.at);
    ds_scanner_delimit(r->scanner, r->form == DS_PHOTOMETRY_WORDS ? ' '
                                   : mark                         ? mark
                                   : left ? ds_scan_sniff(l.at, left, r->options.decimal_comma)
                                          : r->scan.delimiter);
    const char part = r->scan.delimiter;
    int numbers = 0;
    const int count = count_fields(row, part, &numbers);
    if (row.length == 0)
        return NN_OK; /* the rows are still to come */
    if (!p->ipac && !r->options.no_header && comment.length && comment_has_names(comment, row, part)) {
        p->names = uncommented(comment);
        p->line = comment_line;
    }
    p->numbered = !p->names.text && (r->options.no_header || (count >= 3 && numbers >= 2));
    r->report.format = format_name(r, text, length);
    if ((code = take_sample(r, l.at, left)) || (code = keep_front(r, text, (size_t)(l.at - text))))
        return code;
    r->skipped_lines = l.number;
    ds_scanner_skip(r->scanner, (size_t)(l.at - text), ds_count_lines(text, (size_t)(l.at - text)));
    r->sample_row = p->names.text || p->numbered ? 0 : 1;
    return p->names.text || p->numbered ? make_header(r, p->ipac ? '|' : part) : NN_OK;
}
