/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of the decisions about a file. */
#include "datasets/table/plan/plan.h"

#include "datasets/text/time_names.h"
#include "datasets/time/decimal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Rows that are looked at to see that a file is plainly laid out. */
enum { FEW_ROWS = 33 };

static bool is_iso_date(ds_text t)
{
    return t.length >= 10 && t.text[0] >= '0' && t.text[0] <= '9' && t.text[4] == '-' && t.text[7] == '-';
}

/* None of them stands twice in a row. */
static bool are_iso_dates(ds_plan_rows rows, int column)
{
    ds_text before = {"", 0};
    for (size_t r = rows.first; r < rows.sample->row_count; r++) {
        const ds_text t = ds_sample_cell(rows.sample, r, column);
        if (!is_iso_date(t) || (t.length == before.length && memcmp(t.text, before.text, t.length) == 0))
            return false;
        before = t;
    }
    return rows.first < rows.sample->row_count;
}

/* A column of plain numbers whose name asks no question. */
static bool is_plain_column(const ds_ingest *in, ds_plan_rows rows, int column, size_t *values)
{
    const char *name = in->columns[column].name;
    if (ds_name_is_timely(name) || ds_name_is_counter(name) || ds_name_is_calendar(name))
        return false;
    for (size_t r = rows.first; r < rows.sample->row_count; r++) {
        double value;
        const ds_text t = ds_sample_cell(rows.sample, r, column);
        const ds_field field = ds_field_of(t.text, t.length);
        const bool code = t.length > 1 && t.text[0] == '0' && t.text[1] >= '0' && t.text[1] <= '9';
        if (!code && ds_number_parse(t.text, t.length, in->options->decimal_comma, &value) == DS_NUMBER_OK)
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
    const ds_read_options *o = in->options;
    if (o->time || o->time_format || o->decimal_comma || o->thousands || in->id_column >= 0)
        return false;
    for (size_t r = 0; r < rows.sample->row_count; r++)
        if (rows.sample->rows[r].count != in->count)
            return false;
    for (int i = 0; i < in->count; i++) {
        const ds_column *c = &in->columns[i];
        if (c->role == DS_ROLE_OUT)
            continue;
        const bool stamps = !c->asked && are_iso_dates(rows, i);
        if (stamps && time < 0 && (i == 0 || ds_name_is_usual(c->name)))
            time = i;
        else if (!is_plain_column(in, rows, i, &values))
            return false;
    }
    return time >= 0 && values > 0 && ds_plan_add_piece(in, time, DS_PIECE_STAMP, "");
}

/* Whether points in a plain file may mark thousands; *open: more rows may show it. */
static int ask_of_points(ds_ingest *in, ds_plan_rows rows, bool *marks, bool *open)
{
    ds_evidence *all = calloc((size_t)in->count, sizeof *all);
    if (!all)
        return ds_ingest_no_memory(in);
    const int code = ds_evidence_take(in, rows, all);
    *marks = *open = false;
    for (int i = 0; i < in->count && !code; i++) {
        if (in->columns[i].role == DS_ROLE_OUT || in->piece[0].column == i)
            continue;
        *marks |= ds_points_look_grouped(&all[i]) && (all[i].bare > 0 || in->scan.delimiter == ';');
        *open |= all[i].bare > 0 && all[i].pointed + all[i].large == 0;
    }
    ds_evidence_free(all, in->count);
    return code;
}

/* Of a file that is plain by its first few rows. */
static int confirm_plain(ds_ingest *in, const ds_sample *few, const char *text, size_t length, bool whole)
{
    bool marks, open;
    if (in->options->decimal_point) {
        in->plain = true;
        return NN_OK;
    }
    int code = ask_of_points(in, (ds_plan_rows){few, 1}, &marks, &open);
    if (!code && !marks && open && (whole || in->scan.delimiter != ',')) {
        ds_sample sample;
        if (!ds_sample_take(&sample, text, length, in->scan.delimiter, whole, 0))
            return ds_ingest_no_memory(in);
        code = ask_of_points(in, (ds_plan_rows){&sample, 1}, &marks, &open);
        ds_sample_clear(&sample);
    }
    in->plain = !code && !marks;
    return code;
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
        const bool first = i == 0 && in->piece[0].column > 0 && all[i].values >= 8;
        if (c->role != DS_ROLE_OPEN || c->asked || piece || !all[i].counts || all[i].values < 3 ||
            !(first || ds_name_is_counter(c->name)))
            continue;
        c->role = DS_ROLE_OUT;
        code = ds_reason_add(in, DS_REASON_SAID, "--columns",
                             *c->name ? "column '%.100s' counts the rows and is left out"
                                      : "the column without a name%.0s counts the rows and is left out",
                             c->name);
    }
    return code;
}

/* Of rows that are dated apart, whole numbers under the name of an id tell things apart, and amounts of
 * nothing. */
static int leave_ids_out(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all)
{
    int columns[DS_STAMP_PIECES], code = NN_OK;
    size_t repeats = 1;
    for (int p = 0; p < in->pieces; p++)
        columns[p] = in->piece[p].column;
    if (in->pieces && in->id_column < 0 && strcmp(in->time_format, "step") != 0)
        code = ds_plan_repeats(in, rows, columns, in->pieces, &repeats);
    for (int i = 0; i < in->count && !code && repeats == 0; i++) {
        ds_column *c = &in->columns[i];
        bool piece = false;
        for (int p = 0; p < in->pieces; p++)
            piece |= in->piece[p].column == i;
        if (c->role != DS_ROLE_OPEN || c->asked || piece || !ds_name_is_id(c->name) || all[i].values < 3 ||
            all[i].whole < all[i].values)
            continue;
        c->role = DS_ROLE_OUT;
        code = ds_reason_add(in, DS_REASON_SAID, "--columns",
                             "column '%.100s' holds whole numbers under the name of an id, and is left out",
                             c->name);
    }
    return code;
}

static int decide(ds_ingest *in, ds_plan_rows rows)
{
    ds_evidence *all = calloc((size_t)in->count, sizeof *all);
    if (!all)
        return ds_ingest_no_memory(in);
    int code = ds_plan_decimal_mark(in, rows);
    if (!code)
        code = ds_evidence_take(in, rows, all);
    if (!code && in->short_names)
        code = ds_plan_short_names(in, rows, all);
    if (!code && in->names_line)
        code = ds_across_plan(in, rows, all);
    if (!code && !in->across)
        code = ds_plan_time(in, rows, all);
    if (!code && !in->across)
        code = leave_counters_out(in, all);
    if (!code && !in->across)
        code = leave_ids_out(in, rows, all);
    if (!code && !in->across)
        code = ds_plan_leave_calendar_out(in, rows, all);
    if (!code)
        code = ds_plan_numbers(in, rows, all);
    if (!code)
        code = ds_plan_hint_ids(in, rows, all);
    if (!code && !in->across)
        code = ds_plan_refuse_units(in, rows, all);
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
    if (in->across) {
        in->width = in->count_across - in->across;
        in->begun = true;
        return NN_OK;
    }
    return ds_columns_begin(in, sample->rows[first].line);
}

/* The line in which some spreadsheets are told the delimiter. */
static bool is_delimiter_line(const char *text, size_t length, char *delimiter)
{
    if (length > 5 && strncasecmp(text, "sep=", 4) == 0 && (text[5] == '\r' || text[5] == '\n')) {
        *delimiter = text[4];
        return true;
    }
    return false;
}

/* Where line `lines` + 1 begins. */
static size_t after_lines(const char *text, size_t length, size_t lines)
{
    size_t at = 0;
    for (; lines > 0 && at < length; lines--) {
        const char *end = memchr(text + at, '\n', length - at);
        at = end ? (size_t)(end - text) + 1 : length;
    }
    return at;
}

static bool is_even(const ds_sample *s)
{
    for (size_t r = 1; r < s->row_count; r++)
        if (s->rows[r].count != s->rows[0].count)
            return false;
    return s->row_count > 1 && (s->rows[0].count > 1 || s->whole);
}

static void start_at(ds_ingest *in, const ds_sample *sample, size_t first, size_t *skip)
{
    if (first >= sample->row_count)
        return;
    *skip += sample->rows[first].offset;
    in->lines_skipped = sample->rows[first].line - 1;
}

/* Texts that are no table; NULL: it may be one. */
static const char *other_text(const char *text, size_t length)
{
    const char *p = text, *end = text + length;
    while (p < end && strchr(" \t\r\n", *p))
        p++;
    if (p < end && (*p == '{' || *p == '['))
        return "a JSON document, which is not read: write the table as CSV";
    for (size_t line = 0; line < 60 && p && p < end; line++) {
        if (end - p > 5 && strncasecmp(p, "@data", 5) == 0)
            return "a Monash .tsf file (or ARFF), which is not read: write it as a long CSV file with the "
                   "columns "
                   "unique_id, ds and y";
        if (*p != '@' && *p != '#' && *p != '%' && *p != '\r' && *p != '\n')
            return NULL;
        p = memchr(p, '\n', (size_t)(end - p));
        p = p ? p + 1 : NULL;
    }
    return NULL;
}

/* The sample under the delimiter that fits it best. */
static int take_sample(ds_ingest *in, ds_sample *sample, const char *text, size_t length, bool whole,
                       char delimiter)
{
    const char sniffed = delimiter ? delimiter : in->scan.delimiter;
    if (!ds_sample_take(sample, text, length, sniffed, whole, 0))
        return ds_ingest_no_memory(in);
    in->scan.delimiter = sniffed;
    if (delimiter || (is_even(sample) && sample->rows[0].count > 1))
        return NN_OK;
    const char better = ds_shape_delimiter(text, length, whole, in->options->decimal_comma);
    if (!better || better == sniffed)
        return NN_OK;
    in->scan.delimiter = better;
    ds_sample_clear(sample);
    return ds_sample_take(sample, text, length, better, whole, 0) ? NN_OK : ds_ingest_no_memory(in);
}

/* A whole look: delimiter, names, rows, columns. */
static int look_closely(ds_ingest *in, const char *text, size_t length, bool whole, size_t *skip)
{
    size_t lines = in->options->skip;
    char delimiter = in->options->delimiter;
    const char *other = other_text(text, length);
    if (other)
        return nn_fail(in->error, NN_BAD_DATA, "%s: this is %s", in->name, other);
    *skip = after_lines(text, length, lines);
    if (is_delimiter_line(text + *skip, length - *skip, &delimiter)) {
        *skip += after_lines(text + *skip, length - *skip, 1);
        lines++;
    }
    ds_sample sample = {0};
    int code = take_sample(in, &sample, text + *skip, length - *skip, whole, delimiter);
    for (size_t r = 0; r < sample.row_count; r++)
        sample.rows[r].line += lines;
    if (!code && sample.row_count) {
        const ds_shape shape = ds_shape_find(&sample, in->options->no_header);
        in->comment = shape.comment;
        if (shape.first < sample.row_count) {
            code = ds_plan_names(in, &sample, &shape);
            if (!code)
                code = ds_columns_start(in);
            if (!code)
                code = take_rows(in, &sample, shape.first, true);
            start_at(in, &sample, shape.first, skip);
        }
    }
    ds_sample_clear(&sample);
    return code;
}

/* The first few rows; *plain when there is no need to look closer. */
static int look_briefly(ds_ingest *in, const char *text, size_t length, bool whole, size_t *skip)
{
    ds_sample sample;
    if (!ds_sample_take(&sample, text, length, in->scan.delimiter, whole, FEW_ROWS))
        return ds_ingest_no_memory(in);
    const ds_shape shape = {
        .columns = sample.row_count ? sample.rows[0].count : 0, .header_rows = 1, .first = 1};
    int code = NN_OK;
    if (is_even(&sample) && strncmp(ds_sample_cell(&sample, 0, 0).text, "#", 1) != 0) {
        code = ds_plan_names(in, &sample, &shape);
        if (!code)
            code = ds_columns_start(in);
        if (!code && is_plain(in, (ds_plan_rows){&sample, 1}))
            code = confirm_plain(in, &sample, text, length, whole);
        if (in->plain && !code) {
            code = ds_reason_add(in, DS_REASON_FACT, "--time",
                                 "'%.100s' is the time: it holds ISO stamps, and all else is plain numbers",
                                 in->columns[in->piece[0].column].name);
            in->pieces = 0;
        }
        if (in->plain && !code) {
            code = take_rows(in, &sample, 1, false);
            start_at(in, &sample, 1, skip);
        }
    }
    ds_sample_clear(&sample);
    return code;
}

int ds_plan_make(ds_ingest *in, const char *text, size_t length, bool whole, bool closely, size_t *skip)
{
    const ds_read_options *o = in->options;
    if (!closely && !o->no_header && !o->skip) {
        const int code = look_briefly(in, text, length, whole, skip);
        if (code || in->plain)
            return code;
        ds_columns_forget(in);
    }
    return look_closely(in, text, length, whole, skip);
}

/* Copies, since fields lie in the buffer that the file is read into, where anything may stand behind the last
 * one; behind the cells of a sample something always stands that ends a number. */
int ds_plan_first_row(ds_ingest *in, const ds_field *fields, int count, size_t line)
{
    size_t bytes = 0;
    for (int i = 0; i < count; i++)
        bytes += fields[i].length + 1;
    ds_text *cells = nn_resize(NULL, (size_t)count, sizeof *cells, 1);
    char *text = malloc(bytes), *to = text;
    int code = cells && text ? NN_OK : ds_ingest_no_memory(in);
    for (int i = 0; i < count && !code; i++) {
        cells[i] = (ds_text){to, fields[i].length};
        memcpy(to, fields[i].text, fields[i].length);
        to += fields[i].length;
        *to++ = '\0';
    }
    ds_sample_row row = {.line = line, .count = count};
    const ds_sample sample = {.cells = cells, .cell_count = (size_t)count, .rows = &row, .row_count = 1};
    if (!code)
        code = take_rows(in, &sample, 0, true);
    free(text);
    free(cells);
    return code;
}
