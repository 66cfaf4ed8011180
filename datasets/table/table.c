/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a CSV file from the first byte to the finished table. */
#include "datasets/table/table.h"

#include "datasets/table/table_internal.h"
#include "datasets/text/encoding.h"
#include "lib/files/inputs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ds_ingest_no_memory(ds_ingest *in)
{
    return nn_fail(in->error, NN_FAILED, "%s: no memory", in->name);
}

const char *ds_ingest_stamp(const ds_ingest *in, ds_time time, char text[DS_STAMP_SIZE])
{
    if (in->time_column < 0)
        snprintf(text, DS_STAMP_SIZE, "%lld", (long long)time);
    else
        ds_time_print(&in->table->layout.format, time, text, DS_STAMP_SIZE);
    return text;
}

/* --- after the last row --- */

static int add_name(char ***list, int *count, const char *name)
{
    char **more = nn_resize(*list, (size_t)*count + 1, sizeof *more, 1);
    if (!more)
        return NN_FAILED;
    *list = more;
    if (!(more[*count] = nn_text_copy(name, strlen(name))))
        return NN_FAILED;
    (*count)++;
    return NN_OK;
}

static int add_ignored(ds_report *report, const ds_column *c)
{
    int texts = report->ignored_count;
    if (add_name(&report->ignored_text, &texts, c->sample))
        return NN_FAILED;
    if (add_name(&report->ignored, &report->ignored_count, c->name) == NN_OK)
        return NN_OK;
    free(report->ignored_text[texts - 1]);
    return NN_FAILED;
}

/* Leaves only the columns of numbers in a row of values, and lists the others. */
static int keep_numbers(ds_ingest *in)
{
    ds_report *report = &in->table->report;
    int kept = 0, width = in->width;
    for (int i = 0; i < in->count; i++) {
        ds_column *c = &in->columns[i];
        const bool empty = c->role == DS_ROLE_OPEN;
        if (empty && (c->asked || in->options->strict))
            return nn_fail(in->error, NN_BAD_DATA,
                           "%s: column '%.200s' holds no value at all; --exclude leaves it out", in->name,
                           c->name);
        if ((empty || c->role == DS_ROLE_TEXT) && add_ignored(report, c))
            return ds_ingest_no_memory(in);
        kept += c->role == DS_ROLE_NUMBER;
    }
    ds_number_parts parts;
    if (kept == 0 && !*report->ignored_text[0])
        return nn_fail(in->error, NN_BAD_DATA,
                       "%s: no column holds numbers: column '%.200s' holds no value at all", in->name,
                       report->ignored[0]);
    if (kept == 0 && ds_number_take_apart(report->ignored_text[0], strlen(report->ignored_text[0]), &parts))
        return nn_fail(
            in->error, NN_BAD_DATA,
            "%s: no column holds numbers: in column '%.100s' units or remarks that differ stand behind "
            "them, such as '%s'%s",
            in->name, report->ignored[0], report->ignored_text[0],
            ds_number_is_ledger(&parts)
                ? ": which of credit (CR) and debit (DR) is less than zero must be written as a sign"
                : "");
    if (kept == 0)
        return nn_fail(
            in->error, NN_BAD_DATA,
            "%s: no column holds numbers: column '%.100s' holds '%s' (delimiter %s; --delimiter names "
            "another)",
            in->name, report->ignored[0], report->ignored_text[0],
            ds_delimiter_name(in->scan.delimiter, (char[8]){0}));
    if (kept == width)
        return NN_OK;
    double *out = in->values;
    for (size_t r = 0; r < in->rows; r++)
        for (int i = 0; i < in->count; i++)
            if (in->columns[i].role == DS_ROLE_NUMBER)
                *out++ = in->values[r * (size_t)width + (size_t)in->columns[i].slot];
    in->width = kept;
    return NN_OK;
}

static int name_wide(ds_ingest *in)
{
    ds_table *t = in->table;
    for (int i = 0; i < in->count; i++) {
        if (i == in->time_column)
            t->layout.time_position = t->columns;
        if (in->columns[i].role == DS_ROLE_NUMBER && add_name(&t->names, &t->columns, in->columns[i].name))
            return ds_ingest_no_memory(in);
    }
    return NN_OK;
}

static int recode_ids(ds_ingest *in)
{
    for (int i = 0; i < in->ids.count; i++) {
        char *id = in->ids.text[i];
        if (ds_is_utf8(id, strlen(id)))
            continue;
        if (!(in->ids.text[i] = ds_name_copy(id, strlen(id), &in->table->layout.windows_1252))) {
            in->ids.text[i] = id;
            return NN_FAILED;
        }
        free(id);
    }
    return NN_OK;
}

/* The header of the id column; of several, each one's and that of all, and their texts apart. */
static int name_ids(ds_ingest *in)
{
    ds_layout *l = &in->table->layout;
    char all[400] = "";
    for (int i = 0; i < in->id_columns_count; i++) {
        const char *name = in->columns[in->id_columns[i]].name;
        const size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", i ? "," : "", name);
        if (in->id_columns_count == 1)
            return (l->id_name = nn_text_copy(name, strlen(name))) ? NN_OK : NN_FAILED;
        if (!(l->id_names[i] = nn_text_copy(name, strlen(name))))
            return NN_FAILED;
        l->id_columns++;
    }
    if (!(l->id_name = nn_text_copy(all, strlen(all))) ||
        !(l->id_keys = calloc((size_t)l->id_count + 1, sizeof *l->id_keys)))
        return NN_FAILED;
    for (int i = 0; i < l->id_count; i++) {
        if (!(l->id_keys[i] = nn_text_copy(l->ids[i], strlen(l->ids[i]))))
            return NN_FAILED;
        for (char *p = l->ids[i]; (p = strchr(p, DS_ID_BORDER)); p++)
            *p = '/';
    }
    return NN_OK;
}

static int name_long(ds_ingest *in)
{
    ds_table *t = in->table;
    ds_layout *l = &t->layout;
    l->longform = true;
    l->id_first = in->id_column < in->time_column;
    for (int i = 0; i < in->count; i++) {
        if (i == in->time_column)
            l->time_position = l->value_count;
        if (i == in->id_column)
            l->id_position = l->value_count;
        if (in->columns[i].role == DS_ROLE_NUMBER &&
            add_name(&l->value_names, &l->value_count, in->columns[i].name))
            return ds_ingest_no_memory(in);
    }
    if (recode_ids(in))
        return ds_ingest_no_memory(in);
    l->ids = in->ids.text;
    l->id_count = in->ids.count;
    in->ids.text = NULL;
    in->ids.count = 0;
    t->statics = in->statics;
    in->statics = (ds_statics){0};
    if (name_ids(in) || !(t->names = calloc((size_t)l->id_count * (size_t)l->value_count, sizeof *t->names)))
        return ds_ingest_no_memory(in);
    for (int i = 0; i < l->id_count; i++)
        for (int v = 0; v < l->value_count; v++) {
            const size_t a = strlen(l->ids[i]), b = strlen(l->value_names[v]);
            char *name = nn_resize(NULL, a + b + 2, 1, 1);
            if (!name)
                return ds_ingest_no_memory(in);
            memcpy(name, l->ids[i], a + 1);
            if (l->value_count > 1) {
                name[a] = '/';
                memcpy(name + a + 1, l->value_names[v], b + 1);
            }
            t->names[t->columns++] = name;
        }
    return NN_OK;
}

static int name_columns(ds_ingest *in)
{
    ds_layout *l = &in->table->layout;
    l->timed = in->time_column >= 0;
    if (!l->timed)
        l->format.kind = DS_TIME_STEP;
    l->delimiter = in->scan.delimiter;
    l->decimal_comma = in->options->decimal_comma;
    l->crlf = in->scan.crlf;
    l->headless = in->options->no_header;
    if (l->timed) {
        const char *name = in->columns[in->time_column].name;
        if (!(l->time_name = nn_text_copy(name, strlen(name))))
            return ds_ingest_no_memory(in);
    }
    return in->id_column >= 0 ? name_long(in) : name_wide(in);
}

static void keep_tail(ds_ingest *in)
{
    const size_t width = (size_t)in->width;
    size_t tail = in->options->tail;
    if (tail == 0)
        return;
    tail += in->table->report.end_rows; /* for the series that ends first */
    if (in->rows <= tail)
        return;
    const size_t from = in->rows - tail;
    memmove(in->values, in->values + from * width, tail * width * sizeof *in->values);
    memmove(in->time, in->time + from, tail * sizeof *in->time);
    if (in->table->filled)
        memmove(in->table->filled, in->table->filled + from * width, tail * width);
    in->rows = tail;
}

/* Shrinking cannot fail in a way that matters: the larger block still holds everything. */
static void hand_over(ds_ingest *in)
{
    ds_table *t = in->table;
    double *values = nn_resize(in->values, in->rows, (size_t)in->width, sizeof *values);
    ds_time *time = nn_resize(in->time, in->rows, sizeof *time, 1);
    t->values = values ? values : in->values;
    t->time = time ? time : in->time;
    t->rows = in->rows;
    in->values = NULL;
    in->time = NULL;
}

static int finish(ds_ingest *in)
{
    int code = in->chosen.count ? ds_ids_check(in) : NN_OK;
    if (code)
        return code;
    if (in->rows == 0)
        return nn_fail(in->error, NN_BAD_DATA,
                       in->columns ? "%s:%zu: no rows after the header" : "%s:%zu: the file is empty",
                       in->name, in->scan.lines ? in->scan.lines : 1);
    in->table->report.lines = in->scan.lines;
    in->table->report.hash = in->scan.hash;
    code = ds_rows_note(in);
    if (!code)
        code = ds_ids_check(in);
    if (!code && in->across)
        code = ds_across_finish(in);
    if (!code)
        code = keep_numbers(in);
    if (!code)
        code = ds_settle_time(in);
    if (!code)
        code = ds_unroll(in);
    if (!code)
        code = in->id_column >= 0 ? ds_long_pivot(in) : in->time_column >= 0 ? ds_wide_order(in) : NN_OK;
    if (!code)
        code = ds_clean(in);
    if (!code)
        code = name_columns(in);
    if (!code && in->options->start)
        code = ds_stamps_count(in);
    if (!code) {
        keep_tail(in);
        hand_over(in);
    }
    return code;
}

static int read_frame(ds_ingest *in, const struct ds_frame *frame)
{
    const int code = ds_frame_take(in, frame);
    return code ? code : finish(in);
}

/* --- public --- */

static int check_policies(const ds_read_options *o, const char *name, nn_error *error)
{
    if (o->on_missing > DS_KEEP)
        return nn_fail(error, NN_USAGE, "%s: --on-missing knows error, forward, linear and keep", name);
    if (o->on_gap > DS_KEEP)
        return nn_fail(error, NN_USAGE, "%s: --on-gap knows error, forward, linear and keep", name);
    if (o->on_duplicate == DS_FORWARD || o->on_duplicate == DS_LINEAR)
        return nn_fail(error, NN_USAGE, "%s: --on-duplicate knows error, first, last, mean and keep", name);
    if (o->delimiter == '"' || o->delimiter == '\n' || o->delimiter == '\r')
        return nn_fail(error, NN_USAGE, "%s: --delimiter must be neither a quote nor a line end", name);
    if (o->delimiter == ',' && o->decimal_comma)
        return nn_fail(error, NN_USAGE, "%s: the comma cannot be both --delimiter and decimal point", name);
    return NN_OK;
}

static void free_ingest(ds_ingest *in)
{
    ds_columns_forget(in);
    ds_time_reader_free(in->reader);
    free(in->id_hint);
    free(in->values);
    free(in->time);
    free(in->series_rows);
    ds_stamps_clear(&in->stamps);
    ds_keys_clear(&in->stamp_keys);
    ds_keys_clear(&in->id_keys);
    free(in->order);
    free(in->gap);
    free(in->runs);
    nn_names_free(&in->ids);
    nn_names_free(&in->left_out);
    nn_names_free(&in->passed_over);
    free(in->joined);
}

/* The whole of reading once. closely: nothing is taken for plain. */
static int read_once(ds_ingest *in, const char *path, bool closely)
{
    const ds_scan_options scan = {.delimiter = in->options->delimiter,
                                  .decimal_comma = in->options->decimal_comma,
                                  .threads = in->options->threads};
    ds_scanner *scanner;
    int code = ds_scanner_open(&scanner, path, &scan, ds_ingest_row, in, &in->scan, &in->progress, in->error);
    if (code)
        return code;
    const char delimiter = in->scan.delimiter;
    size_t length;
    const char *text = ds_scanner_peek(scanner, &length);
    size_t skip = 0;
    code = ds_plan_make(in, text, length, ds_scanner_is_whole(scanner), closely, &skip);
    if (!code && in->scan.delimiter != delimiter)
        ds_scanner_delimit(scanner, in->scan.delimiter);
    if (!code)
        ds_scanner_skip(scanner, skip, in->lines_skipped);
    for (bool more = true; more && !code;)
        code = ds_scanner_step(scanner, &more, in->error);
    ds_scanner_close(scanner);
    return code ? code : finish(in);
}

static int read_from(ds_table **table, bool *plain, const char *path, const ds_read_options *options,
                     ds_offences *offences, nn_error *error)
{
    ds_ingest in = {.name = strcmp(path, "-") == 0 ? "standard input" : path,
                    .options = options,
                    .offences = offences,
                    .error = error,
                    .time_column = -1,
                    .id_column = -1};
    const struct ds_frame *frame = ds_frame_find(path);
    int code;
    in.table = calloc(1, sizeof *in.table);
    if (!in.table || !(in.table->path = nn_text_copy(in.name, strlen(in.name))))
        code = ds_ingest_no_memory(&in);
    else
        code = frame ? read_frame(&in, frame) : read_once(&in, path, !*plain);
    *plain = in.plain;
    free_ingest(&in);
    if (code)
        ds_table_free(in.table);
    else
        *table = in.table;
    return code;
}

int ds_table_read(ds_table **table, const char *path, const ds_read_options *options, nn_error *error)
{
    static const ds_read_options defaults;
    *table = NULL;
    nn_error own = {0};
    error = error ? error : &own;
    options = options ? options : &defaults;
    int code = check_policies(options, strcmp(path, "-") == 0 ? "standard input" : path, error);
    if (code)
        return code;
    /* What the first piece of a file led to expect may turn out wrong far behind; then a file is read anew,
     * with what did not fit as evidence. A pipe cannot be. */
    const bool again = !ds_frame_find(path) && nn_input_again(path);
    bool plain = again;
    ds_offences offences = {.count = 0};
    code = read_from(table, &plain, path, options, &offences, error);
    while (code == NN_BAD_DATA && again && (plain || offences.more)) {
        *error = (nn_error){0};
        plain = offences.more = false;
        code = read_from(table, &plain, path, options, &offences, error);
    }
    for (int i = 0; i < offences.count; i++)
        free(offences.list[i].text);
    return code;
}

static void free_names(char **names, int count)
{
    for (int i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

void ds_table_free(ds_table *table)
{
    if (!table)
        return;
    free(table->path);
    free(table->time);
    free(table->values);
    free(table->filled);
    free_names(table->names, table->columns);
    free(table->layout.time_name);
    for (int i = 0; i < table->layout.piece_count; i++)
        free(table->layout.pieces[i].name);
    free(table->layout.id_name);
    free(table->layout.subject);
    free_names(table->layout.value_names, table->layout.value_count);
    free_names(table->layout.ids, table->layout.id_count);
    ds_statics_clear(&table->statics);
    if (table->layout.id_keys)
        free_names(table->layout.id_keys, table->layout.id_count);
    for (int i = 0; i < table->layout.id_columns; i++)
        free(table->layout.id_names[i]);
    free(table->report.missing);
    free_names(table->report.ignored, table->report.ignored_count);
    free_names(table->report.ignored_text, table->report.ignored_count);
    for (int i = 0; i < table->report.reason_count; i++) {
        free(table->report.reasons[i].text);
        free(table->report.reasons[i].option);
    }
    free(table->report.reasons);
    free(table->report.id_hint);
    free(table);
}

size_t ds_table_row_at(const ds_table *table, ds_time time)
{
    size_t low = 0, high = table->rows;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (table->time[middle] < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int ds_table_column(const ds_table *table, const char *name)
{
    for (int i = 0; i < table->columns; i++)
        if (strcmp(table->names[i], name) == 0)
            return i;
    long number = 0;
    for (const char *p = name; *p; p++) {
        if (*p < '0' || *p > '9' || number > table->columns)
            return -1;
        number = 10 * number + (*p - '0');
    }
    return number >= 1 && number <= table->columns ? (int)number - 1 : -1;
}
