/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows that are none: the names once more, and what stands behind the last row. */
#include "datasets/table/table_internal.h"
#include "datasets/text/shape.h"

#include <ctype.h>
#include <string.h>

/* Rows that must have been read before one that does not fit can be a footer, and lines that footers have. */
enum { LEAST_ROWS = 3, MOST_LINES = 30 };

static bool repeats_names(const ds_ingest *in, const ds_field *fields, int count)
{
    if (count != in->count || in->options->no_header)
        return false;
    for (int i = 0; i < count; i++)
        if (!ds_shape_same_name((ds_text){in->columns[i].name, strlen(in->columns[i].name)},
                                (ds_text){fields[i].text, fields[i].length}))
            return false;
    return true;
}

static bool is_bare(const ds_field *fields, int count)
{
    for (int i = 0; i < count; i++)
        if (fields[i].length)
            return false;
    return true;
}

/* "Total", "Source: ...": a word, or nothing beside other cells, where rows have a stamp or a number. */
static bool begins_with_word(const ds_ingest *in, const ds_field *fields, int count)
{
    const bool timed = count == in->count && in->time_column >= 0;
    const ds_field *f = &fields[timed ? in->time_column : 0];
    if (timed && f->length == 0)
        return true;
    return f->length > 0 && !isdigit((unsigned char)f->text[0]) && !strchr("+-.", f->text[0]);
}

static bool is_total(const ds_field *f)
{
    return ds_shape_is_total((ds_text){f->text, f->length});
}

/* The stamp does, or there is none and another cell does. */
static bool speaks_of_total(const ds_ingest *in, const ds_field *fields, int count)
{
    bool stamp = false;
    if (in->time_column < 0 || count != in->count)
        return in->time_column >= 0 && is_total(&fields[0]);
    for (int p = 0; p < in->pieces; p++) {
        stamp |= fields[in->piece[p].column].length > 0;
        if (is_total(&fields[in->piece[p].column]))
            return true;
    }
    for (int i = 0; i < count && !stamp; i++)
        if (is_total(&fields[i]))
            return true;
    return false;
}

int ds_row_hold(ds_ingest *in, const ds_field *fields, int count, size_t line)
{
    if (repeats_names(in, fields, count)) {
        *in->error = (nn_error){0};
        if (in->held.repeats++ == 0)
            in->held.first_repeat = line;
        return NN_OK;
    }
    if (is_bare(fields, count)) {
        *in->error = (nn_error){0};
        return NN_OK;
    }
    const bool fits = count == in->count && in->time_column < 0;
    const bool total = speaks_of_total(in, fields, count),
               word = total || begins_with_word(in, fields, count), cut = count < in->count && !word;
    if (in->rows < (total ? 1 : LEAST_ROWS) || fits || !(cut || word))
        return in->error->code;
    in->held.total = total;
    in->held.cells = cut ? count : 0;
    in->held.error = *in->error;
    in->held.line = line;
    in->held.count = 1;
    int i = 0;
    while (i + 1 < count && fields[i].length == 0)
        i++;
    const size_t shown =
        fields[i].length < sizeof in->held.text ? fields[i].length : sizeof in->held.text - 1;
    memcpy(in->held.text, fields[i].text, shown);
    in->held.text[shown] = '\0';
    *in->error = (nn_error){0};
    return NN_OK;
}

int ds_row_after(ds_ingest *in, const ds_field *fields, int count, bool *take)
{
    ds_held *h = &in->held;
    const bool fits = count == in->count && in->time_column < 0;
    *take = false;
    if (is_bare(fields, count))
        return NN_OK;
    const bool total = speaks_of_total(in, fields, count),
               word = total || begins_with_word(in, fields, count);
    if (!fits && !h->cells && word && ++h->count <= MOST_LINES) {
        h->total = h->total && total;
        return NN_OK;
    }
    if (h->total) { /* of what stands before it */
        if (h->totals == 0)
            h->first_total = h->line;
        h->totals += h->count;
        h->count = 0;
        *take = true;
        return NN_OK;
    }
    *in->error = h->error; /* what did not fit was not the end */
    return in->error->code;
}

int ds_rows_note(ds_ingest *in)
{
    int code = NN_OK;
    if (in->held.repeats)
        code =
            ds_reason_add(in, DS_REASON_SAID, NULL,
                          in->held.repeats == 1
                              ? "line %zu repeats the names of the columns and is passed over (files joined?)"
                              : "line %zu and others repeat the names of the columns and are passed over "
                                "(files joined?)",
                          in->held.first_repeat);
    if (!code && in->held.totals == 1)
        code = ds_reason_add(in, DS_REASON_GUESS, NULL, "line %zu speaks of a total and is passed over",
                             in->held.first_total);
    if (!code && in->held.totals > 1)
        code = ds_reason_add(in, DS_REASON_GUESS, NULL,
                             "line %zu and others, %zu in all, speak of a total and are passed over",
                             in->held.first_total, in->held.totals);
    if (!code && in->held.cells)
        return ds_reason_add(
            in, DS_REASON_GUESS, NULL,
            "line %zu, the last, has %d of %d cells and is left out, for it seems to be cut off",
            in->held.line, in->held.cells, in->count);
    if (!code && in->held.count)
        code = ds_reason_add(in, DS_REASON_GUESS, NULL,
                             in->held.count == 1
                                 ? "line %zu, the last, begins with '%.40s' and is left out as a footer"
                                 : "line %zu and those behind it, from '%.40s' on, are left out as footers",
                             in->held.line, in->held.text);
    return code;
}
