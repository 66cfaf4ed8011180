/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Telling names and rows from preambles, comments, units and footers. */
#include "datasets/text/shape.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool ds_shape_is_value(ds_text t)
{
    size_t digits = 0, at = 0;
    while (at < t.length && strchr("+-.$(<>", t.text[at]))
        at++;
    if (at < t.length && isdigit((unsigned char)t.text[at]))
        return true;
    for (size_t i = 0; i < t.length; i++)
        digits += isdigit((unsigned char)t.text[i]) != 0;
    return digits >= 2;
}

static bool is_comment(const ds_sample *s, size_t row)
{
    const ds_text t = ds_sample_cell(s, row, 0);
    return t.length && t.text[0] == '#';
}

static bool is_bare(const ds_sample *s, size_t row)
{
    for (int i = 0; i < s->rows[row].count; i++)
        if (ds_sample_cell(s, row, i).length)
            return false;
    return true;
}

/* The count of cells that most rows have, the larger of two; *share of the rows in per cent. */
static int modal_count(const ds_sample *s, int *share)
{
    enum { MOST = 512 };
    size_t seen[MOST] = {0}, rows = 0;
    int best = 0;
    for (size_t r = 0; r < s->row_count; r++) {
        const int n = s->rows[r].count;
        if (n <= 0 || is_comment(s, r) || is_bare(s, r))
            continue;
        rows++;
        if (n < MOST)
            seen[n]++;
    }
    for (int n = 1; n < MOST; n++)
        if (seen[n] >= seen[best] && seen[n])
            best = n;
    *share = rows ? (int)(100 * seen[best] / rows) : 0;
    return best;
}

char ds_shape_delimiter(const char *text, size_t length, bool whole, bool decimal_comma)
{
    static const char candidates[] = ",;\t| ";
    char best = 0;
    int most = 0;
    for (const char *c = candidates; *c; c++) {
        ds_sample s;
        int share;
        if ((decimal_comma && *c == ',') || !ds_sample_take(&s, text, length, *c, whole, 400))
            continue;
        const int columns = modal_count(&s, &share);
        /* Texts hold blanks: as a border they must fit nearly everywhere. */
        if (columns >= 2 && share > most && (*c != ' ' || share >= 90)) {
            most = share;
            best = *c;
        }
        ds_sample_clear(&s);
    }
    return best;
}

static bool has_value(const ds_sample *s, size_t row)
{
    for (int i = 0; i < s->rows[row].count; i++)
        if (ds_shape_is_value(ds_sample_cell(s, row, i)))
            return true;
    return false;
}

bool ds_shape_same_name(ds_text a, ds_text b)
{
    const char *const blanks = " \t_\"";
    size_t i = 0, j = 0;
    for (;;) {
        while (i < a.length && strchr(blanks, a.text[i]))
            i++;
        while (j < b.length && strchr(blanks, b.text[j]))
            j++;
        if (i == a.length || j == b.length)
            return i == a.length && j == b.length;
        if (tolower((unsigned char)a.text[i++]) != tolower((unsigned char)b.text[j++]))
            return false;
    }
}

static bool same_row(const ds_sample *s, size_t a, size_t b)
{
    if (s->rows[a].count != s->rows[b].count)
        return false;
    for (int i = 0; i < s->rows[a].count; i++)
        if (!ds_shape_same_name(ds_sample_cell(s, a, i), ds_sample_cell(s, b, i)))
            return false;
    return true;
}

bool ds_shape_is_total(ds_text t)
{
    static const char *const words[] = {"total",        "totals",     "subtotal",      "sum",    "summe",
                                        "average",      "mean",       "zwischensumme", "gesamt", "insgesamt",
                                        "durchschnitt", "mittelwert", "totaal",        "totale", "totaux",
                                        "moyenne",      "media",      "promedio",      "suma",   "soma",
                                        "gemiddelde",   "subtotaal",  "subtotale"};
    for (size_t i = 0; i < t.length;) {
        char word[16];
        size_t n = 0;
        for (; i < t.length && isalpha((unsigned char)t.text[i]); i++)
            if (n + 1 < sizeof word)
                word[n++] = (char)tolower((unsigned char)t.text[i]);
        word[n] = '\0';
        for (size_t k = 0; n && k < sizeof words / sizeof *words; k++)
            if (strcmp(word, words[k]) == 0)
                return true;
        i += n == 0;
    }
    return false;
}

static bool begins_with_letter(const ds_sample *s, size_t row)
{
    const ds_text t = ds_sample_cell(s, row, 0);
    return t.length && !isdigit((unsigned char)t.text[0]) && !strchr("+-.$(", t.text[0]);
}

/* Rows whose first cell speaks of a total, where most begin otherwise; with a stamp or without is seen later.
 */
static void drop_totals(ds_sample *s, size_t first)
{
    size_t totals = 0, rows = s->row_count - first;
    for (size_t r = first; r < s->row_count; r++)
        totals += ds_shape_is_total(ds_sample_cell(s, r, 0));
    for (size_t r = first; r < s->row_count && 2 * totals < rows; r++)
        if (ds_shape_is_total(ds_sample_cell(s, r, 0)))
            s->rows[r].count = 0;
}

/* Rows at the end that begin with a word where nearly all others begin with a digit. */
static void drop_footers(ds_sample *s, size_t first)
{
    size_t words = 0, rows = s->row_count - first;
    for (size_t r = first; r < s->row_count; r++)
        words += begins_with_letter(s, r);
    if (!s->whole || rows < 5 || words > 20 || 4 * words > rows)
        return;
    for (size_t r = s->row_count; r-- > first && begins_with_letter(s, r);)
        s->rows[r].count = 0;
}

static size_t count_filled(const ds_sample *s, size_t row)
{
    size_t n = 0;
    for (int i = 0; i < s->rows[row].count; i++)
        n += ds_sample_cell(s, row, i).length > 0;
    return n;
}

/* The count of cells that are not empty in most rows. */
static size_t usual_filled(const ds_sample *s)
{
    enum { MOST = 512 };
    size_t seen[MOST] = {0}, best = 0;
    for (size_t r = 0; r < s->row_count; r++) {
        const size_t n = count_filled(s, r);
        if (n > 0 && n < MOST && ++seen[n] >= seen[best])
            best = n;
    }
    return best;
}

/* What stands before the names, where a spreadsheet has filled it up with empty cells: the first row that has
 * more than half of the usual cells. */
static size_t skip_padded(const ds_sample *s, size_t row)
{
    const size_t usual = usual_filled(s);
    size_t r = row;
    /* Names may lack the first, that of an index. */
    while (r < s->row_count && 2 * count_filled(s, r) <= usual && !is_comment(s, r) &&
           (is_bare(s, r) || ds_sample_cell(s, r, 0).length))
        r++;
    return usual < 2 || r == s->row_count || r - row > 40 ? row : r;
}

/* The last comment before the rows, where it has their count of cells: names; of two the second holds units.
 */
static size_t hashed_names(const ds_sample *s, size_t first, int columns, bool *apart)
{
    for (size_t r = first; r-- > 0;) {
        if (!is_comment(s, r))
            continue;
        *apart = ds_sample_cell(s, r, 0).length == 1 && s->rows[r].count == columns + 1;
        const bool names = s->rows[r].count == columns || *apart;
        const bool twice = r > 0 && columns > 3 && is_comment(s, r - 1) &&
                           s->rows[r - 1].count == s->rows[r].count &&
                           s->rows[r - 1].line + 1 == s->rows[r].line;
        return !names ? SIZE_MAX : twice ? r - 1 : r;
    }
    return SIZE_MAX;
}

static bool ends_empty(const ds_sample *s, size_t first, int columns)
{
    for (size_t r = first; r < s->row_count; r++)
        if (s->rows[r].count == columns && ds_sample_cell(s, r, columns - 1).length)
            return false;
    return true;
}

/* Widths and kinds of columns, "5s 15s 20d 14n", as tables of the RDB form have them below the names. */
static bool holds_widths(const ds_sample *s, size_t row)
{
    for (int i = 0; i < s->rows[row].count; i++) {
        const ds_text t = ds_sample_cell(s, row, i);
        size_t digits = 0;
        while (digits < t.length && isdigit((unsigned char)t.text[digits]))
            digits++;
        if (digits == 0 || digits > 3 || digits + 1 != t.length || !strchr("sdnSDN", t.text[digits]))
            return false;
    }
    return s->rows[row].count > 1;
}

/* The first line that data loggers by Campbell write. */
static bool is_logger(const ds_sample *s, size_t row)
{
    const ds_text t = ds_sample_cell(s, row, 0);
    return row == 0 && t.length == 4 && memcmp(t.text, "TOA5", 4) == 0;
}

/* Rows of a table begin behind a blank line and a line of names, whatever stands before that. */
static bool begins_table(const ds_sample *s, size_t row)
{
    return row > 0 && row + 1 < s->row_count && s->rows[row - 1].line + 1 < s->rows[row].line &&
           s->rows[row + 1].count == s->rows[row].count && !ds_shape_is_value(ds_sample_cell(s, row, 0)) &&
           ds_shape_is_value(ds_sample_cell(s, row + 1, 0));
}

/* The names, given the first row of the usual count. */
static void find_names(ds_sample *s, ds_shape *shape, size_t row)
{
    bool apart = false;
    const size_t hashed = hashed_names(s, row, shape->columns, &apart);
    const ds_sample_row *before = row > 0 ? &s->rows[row - 1] : NULL;
    shape->names = row;
    shape->first = row + 1;
    if (hashed != SIZE_MAX && has_value(s, row)) {
        shape->names = hashed;
        shape->hashed = true;
        shape->hash_apart = apart;
        shape->first = row;
    } else if (before && !is_comment(s, row - 1) && before->line + 1 == s->rows[row].line &&
               has_value(s, row) &&
               (before->count == shape->columns - 1 || before->count == shape->columns + 1)) {
        shape->names = row - 1;
        shape->first = row;
        /* A comma too many or too few behind the names or behind the rows. */
        const bool longer = before->count == shape->columns + 1;
        shape->short_names = !longer && !ends_empty(s, row, shape->columns);
        if (longer && ds_sample_cell(s, row - 1, shape->columns).length)
            shape->names = row;
        shape->first = shape->names == row ? row + 1 : row;
    }
    while (shape->header_rows + 1 < DS_MOST_HEADER_ROWS && shape->first + 1 < s->row_count &&
           s->rows[shape->first].count == shape->columns &&
           (!has_value(s, shape->first) || holds_widths(s, shape->first)) &&
           has_value(s, s->row_count > shape->first + 4 ? shape->first + 4 : s->row_count - 1)) {
        shape->header_rows++;
        shape->first++;
    }
}

ds_shape ds_shape_find(ds_sample *s, bool headless)
{
    int share;
    ds_shape shape = {.columns = modal_count(s, &share), .names = SIZE_MAX};
    size_t row = 0;
    if (s->row_count == 0)
        return shape;
    if (share < 60)
        shape.columns = s->rows[0].count;
    bool longer = false; /* what stands before a table has fewer cells, but for a table of its own */
    for (; row < s->row_count && (s->rows[row].count != shape.columns || is_comment(s, row)); row++)
        longer |= !is_comment(s, row) && s->rows[row].count > shape.columns + 1 && !is_logger(s, row);
    if (row == s->row_count || (longer && !begins_table(s, row))) {
        shape.columns = s->rows[0].count;
        row = 0;
    } else if (!headless)
        row = skip_padded(s, row);
    for (size_t r = 0; r < s->row_count; r++)
        shape.comment |= is_comment(s, r);
    shape.first = row;
    if (!headless)
        find_names(s, &shape, row);
    for (size_t r = shape.first; r < s->row_count; r++)
        if ((shape.comment && is_comment(s, r)) || (!headless && same_row(s, r, shape.names)))
            s->rows[r].count = 0;
    drop_totals(s, shape.first);
    drop_footers(s, shape.first);
    shape.header_rows += !headless;
    return shape;
}
