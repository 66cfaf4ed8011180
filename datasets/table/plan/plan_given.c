/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time as --time names it: one column, or several that make it together. */
#include "datasets/table/plan/plan.h"
#include "datasets/text/time_names.h"

#include <string.h>

static int take_single(ds_ingest *in, ds_plan_rows rows, ds_evidence *all, int column)
{
    int code = ds_evidence_form(in, rows, column, &all[column]);
    if (code)
        return code;
    ds_plan_add_piece(in, column, DS_PIECE_STAMP, "");
    code = ds_plan_take_form(in, column, &all[column]);
    return code ? code : ds_plan_take_digits(in, rows, column, &all[column]);
}

/* A date that does not read has at least its marks. */
static bool has_mark(ds_plan_rows rows, int column)
{
    const ds_text t = ds_sample_cell(rows.sample, rows.first, column);
    return t.length > 5 && (memchr(t.text, '-', t.length) || memchr(t.text, '/', t.length) ||
                            memchr(t.text, '.', t.length) || memchr(t.text, ' ', t.length));
}

static bool names_year(const ds_ingest *in, const ds_evidence *all, const char *given)
{
    const char *item;
    char pattern[24];
    size_t length;
    while (nn_list_next(&given, &item, &length)) {
        const int column = ds_column_find(in, item, length, true);
        if (column >= 0 && ds_name_part(in->columns[column].name) == 'Y' &&
            ds_plan_part_pattern(&all[column], 'Y', pattern))
            return true;
    }
    return false;
}

/* What the column is beside the others; the first of them may be a date or a day's number. */
static int take_piece(ds_ingest *in, ds_plan_rows rows, ds_evidence *all, int column, bool with_year)
{
    ds_evidence *e = &all[column];
    const char *name = in->columns[column].name;
    char part = ds_name_part(name), pattern[24] = "";
    int code = ds_evidence_form(in, rows, column, e);
    if (code)
        return code;
    if (in->pieces == 0 && e->form_sought && e->form.verdict != DS_FORM_NONE) {
        ds_plan_add_piece(in, column, DS_PIECE_STAMP, "");
        return ds_plan_take_form(in, column, e);
    }
    if (in->pieces && *e->clock)
        return ds_plan_add_piece(in, column, DS_PIECE_PATTERN, e->clock) ? NN_OK : NN_FAILED;
    if (with_year && ds_plan_part_pattern(e, part, pattern))
        return ds_plan_add_piece(in, column, DS_PIECE_PATTERN, pattern) ? NN_OK : NN_FAILED;
    if (!ds_evidence_is_number(e))
        part = 0;
    const char *digits = in->pieces ? ds_plan_clock_digits(in, rows, e, column) : NULL;
    if (digits)
        return ds_plan_add_piece(in, column, DS_PIECE_PATTERN, digits) ? NN_OK : NN_FAILED;
    if (in->pieces && ds_plan_clock_number(in, rows, e, column, pattern))
        return ds_plan_add_piece(in, column, DS_PIECE_CLOCK_NUMBER, pattern) ? NN_OK : NN_FAILED;
    if (in->pieces && ds_plan_periods(e, part ? part : 'H', pattern))
        return ds_plan_add_piece(in, column, DS_PIECE_PERIOD, pattern) ? NN_OK : NN_FAILED;
    if (in->pieces && ds_plan_part_pattern(e, 'H', pattern))
        return ds_plan_add_piece(in, column, DS_PIECE_PATTERN, pattern) ? NN_OK : NN_FAILED;
    if (in->pieces == 0) {
        const bool date = e->numbers == e->values ? e->least >= 10000000 : has_mark(rows, column);
        return ds_plan_add_piece(in, column, date ? DS_PIECE_STAMP : DS_PIECE_DAY_NUMBER, "") ? NN_OK
                                                                                              : NN_FAILED;
    }
    /* Its values will be refused one by one, with their lines. */
    return ds_plan_add_piece(in, column, DS_PIECE_PATTERN, "%H:%M") ? NN_OK : NN_FAILED;
}

/* A week belongs to the year of its Thursday. */
static void settle_weeks(ds_ingest *in)
{
    bool week = false;
    for (int i = 0; i < in->pieces; i++)
        week |= strcmp(in->piece[i].pattern, "%-V") == 0;
    for (int i = 0; i < in->pieces && week; i++)
        if (strcmp(in->piece[i].pattern, "%Y") == 0)
            memcpy(in->piece[i].pattern, "%G", sizeof "%G");
}

static int take_several(ds_ingest *in, ds_plan_rows rows, ds_evidence *all, const char *given)
{
    const char *cursor = given, *item;
    const bool with_year = names_year(in, all, given);
    size_t length;
    while (nn_list_next(&cursor, &item, &length)) {
        const int column = ds_column_find(in, item, length, true);
        if (column < 0)
            return ds_column_unknown(in, "--time", item, length);
        for (int i = 0; i < in->pieces; i++)
            if (in->piece[i].column == column)
                return nn_fail(in->error, NN_USAGE, "%s: --time '%.200s' names a column twice", in->name,
                               given);
        if (in->pieces == DS_STAMP_PIECES)
            return nn_fail(in->error, NN_USAGE, "%s: --time '%.200s': at most %d columns make a stamp",
                           in->name, given, DS_STAMP_PIECES);
        const int code = take_piece(in, rows, all, column, with_year);
        if (code)
            return code;
    }
    settle_weeks(in);
    return NN_OK;
}

int ds_plan_given_time(ds_ingest *in, ds_plan_rows rows, ds_evidence *all)
{
    const char *given = in->options->time;
    if (strcmp(given, "none") == 0)
        return NN_OK;
    const int column = ds_column_find(in, given, strlen(given), true);
    if (column >= 0)
        return take_single(in, rows, all, column);
    if (!strchr(given, ','))
        return ds_column_unknown(in, "--time", given, strlen(given));
    return take_several(in, rows, all, given);
}
