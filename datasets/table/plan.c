/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of the decisions about a file. */
#include "datasets/table/plan.h"

#include "datasets/table/number.h"
#include "datasets/table/time_names.h"

#include <stdlib.h>
#include <string.h>

/* Rows that are looked at to see that a file is plainly laid out. */
enum { FEW_ROWS = 33 };

static bool is_iso_date(ds_text t)
{
    return t.length >= 10 && t.text[0] >= '0' && t.text[0] <= '9' && t.text[4] == '-' && t.text[7] == '-';
}

/* A column of plain numbers whose name asks no question. */
static bool is_plain_column(const ds_ingest *in, ds_plan_rows rows, int column, size_t *values)
{
    const char *name = in->columns[column].name;
    if (ds_name_is_timely(name) || ds_name_is_counter(name))
        return false;
    for (size_t r = rows.first; r < rows.sample->row_count; r++) {
        double value;
        const ds_text t = ds_sample_cell(rows.sample, r, column);
        const ds_field field = {t.text, t.length};
        if (ds_number_parse(t.text, t.length, in->options->decimal_comma, &value) == DS_NUMBER_OK)
            ++*values;
        else if (!ds_field_missing(in, &field))
            return false;
    }
    return true;
}

/* The commonest kind of file, of which nothing is to be decided: one column of ISO stamps, first or under a
 * usual name, and numbers. */
static bool is_plain(ds_ingest *in, ds_plan_rows rows)
{
    size_t values = 0;
    int time = -1;
    if (in->options->time || in->options->time_format || in->id_column >= 0)
        return false;
    for (size_t r = 0; r < rows.sample->row_count; r++)
        if (rows.sample->rows[r].count != in->count)
            return false;
    for (int i = 0; i < in->count; i++) {
        const ds_column *c = &in->columns[i];
        if (c->role == DS_ROLE_OUT)
            continue;
        const bool stamps = rows.first < rows.sample->row_count && !c->asked &&
                            is_iso_date(ds_sample_cell(rows.sample, rows.first, i));
        if (stamps && time < 0 && (i == 0 || ds_name_is_usual(c->name)))
            time = i;
        else if (!is_plain_column(in, rows, i, &values))
            return false;
    }
    return time >= 0 && values > 0 && ds_plan_add_piece(in, time, DS_PIECE_STAMP, "");
}

/* Running numbers beside a time of their own are no series. */
static int leave_counters_out(ds_ingest *in, const ds_evidence *all)
{
    int code = NN_OK;
    bool dated = false;
    for (int i = 0; i < in->pieces; i++)
        dated |= strcmp(in->time_format, "step") != 0;
    for (int i = 0; i < in->count && dated && !code; i++) {
        ds_column *c = &in->columns[i];
        bool piece = false;
        for (int p = 0; p < in->pieces; p++)
            piece |= in->piece[p].column == i;
        const bool first = i == 0 && in->piece[0].column > 0;
        if (c->role != DS_ROLE_OPEN || c->asked || piece || !all[i].counts || all[i].values < 3 ||
            i == in->id_column || !(first || ds_name_is_counter(c->name)))
            continue;
        c->role = DS_ROLE_OUT;
        code = ds_reason_add(in, DS_REASON_SAID, "--columns",
                             "column '%.100s' counts the rows and is left out", c->name);
    }
    return code;
}

static int decide(ds_ingest *in, ds_plan_rows rows)
{
    ds_evidence *all = calloc((size_t)in->count, sizeof *all);
    if (!all)
        return ds_ingest_no_memory(in);
    int code = ds_evidence_take(in, rows, all);
    if (!code)
        code = ds_plan_time(in, rows, all);
    if (!code)
        code = leave_counters_out(in, all);
    ds_evidence_free(all, in->count);
    return code;
}

static int take_rows(ds_ingest *in, const ds_sample *sample, size_t first, bool closely)
{
    const ds_plan_rows rows = {sample, first};
    if (first >= sample->row_count)
        return NN_OK;
    in->pieces = 0;
    if (closely || !is_plain(in, rows)) {
        const int code = decide(in, rows);
        if (code)
            return code;
    }
    return ds_columns_begin(in, sample->rows[first].line);
}

static int name_columns(ds_ingest *in, const ds_sample *sample)
{
    const ds_sample_row *row = &sample->rows[0];
    ds_field *fields = nn_resize(NULL, (size_t)row->count, sizeof *fields, 1);
    if (!fields)
        return ds_ingest_no_memory(in);
    for (int i = 0; i < row->count; i++) {
        const ds_text t = ds_sample_cell(sample, 0, i);
        fields[i] = (ds_field){t.text, t.length};
    }
    int code = in->options->no_header ? ds_columns_numbered(in, row->count)
                                      : ds_columns_from_header(in, fields, row->count, row->line);
    free(fields);
    in->names_line = in->options->no_header ? 0 : row->line;
    return code ? code : ds_columns_start(in);
}

int ds_plan_make(ds_ingest *in, const char *text, size_t length, bool whole, bool closely)
{
    const size_t first = in->options->no_header ? 0 : 1;
    ds_sample sample;
    if (!ds_sample_take(&sample, text, length, in->scan.delimiter, whole, FEW_ROWS))
        return ds_ingest_no_memory(in);
    int code = sample.row_count ? name_columns(in, &sample) : NN_OK;
    if (!code && in->columns) {
        const bool plain =
            !closely && first < sample.row_count && is_plain(in, (ds_plan_rows){&sample, first});
        if (!plain && sample.row_count == FEW_ROWS) {
            ds_sample_clear(&sample);
            if (!ds_sample_take(&sample, text, length, in->scan.delimiter, whole, 0))
                return ds_ingest_no_memory(in);
        }
        in->plain = plain;
        code = take_rows(in, &sample, first, !plain);
    }
    ds_sample_clear(&sample);
    return code;
}

int ds_plan_first_row(ds_ingest *in, const ds_field *fields, int count, size_t line)
{
    ds_text *cells = nn_resize(NULL, (size_t)count, sizeof *cells, 1);
    if (!cells)
        return ds_ingest_no_memory(in);
    for (int i = 0; i < count; i++)
        cells[i] = (ds_text){fields[i].text, fields[i].length};
    ds_sample_row row = {.line = line, .count = count};
    const ds_sample sample = {.cells = cells, .cell_count = (size_t)count, .rows = &row, .row_count = 1};
    const int code = take_rows(in, &sample, 0, true);
    free(cells);
    return code;
}
