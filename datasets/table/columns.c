/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The columns of a table: their names, and which of them is what. */
#include "datasets/table/table_internal.h"
#include "datasets/text/encoding.h"
#include "datasets/time/decimal.h"
#include "lib/base/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_text(const char *text, size_t length, const char *wanted)
{
    return strlen(wanted) == length && memcmp(text, wanted, length) == 0;
}

bool ds_field_missing(const ds_ingest *in, const ds_field *field)
{
    return ds_missing_word(field->text, field->length, in->options->missing);
}

/* By name, else by 1-based number when numbers are allowed. */
int ds_column_find(const ds_ingest *in, const char *text, size_t length, bool by_number)
{
    for (int i = 0; i < in->count; i++)
        if (is_text(text, length, in->columns[i].name))
            return i;
    int number = 0;
    for (size_t i = 0; i < length && by_number; i++) {
        if (text[i] < '0' || text[i] > '9' || number > DS_COLUMN_LIMIT)
            return -1;
        number = 10 * number + (text[i] - '0');
    }
    return number >= 1 && number <= in->count ? number - 1 : -1;
}

/* The name that was probably meant; NULL: none is near. */
static const char *nearest(const ds_ingest *in, const char *text, size_t length)
{
    enum { MOST = 500 };
    const char *names[MOST];
    char own[64];
    const int count = in->count < MOST ? in->count : MOST;
    for (int i = 0; i < count; i++)
        names[i] = in->columns[i].name;
    snprintf(own, sizeof own, "%.*s", (int)(length < sizeof own ? length : sizeof own - 1), text);
    const int near = nn_nearest_word(own, names, count);
    return near < 0 ? NULL : names[near];
}

int ds_column_unknown(ds_ingest *in, const char *option, const char *text, size_t length)
{
    char names[400] = "";
    size_t at = 0;
    for (int i = 0; i < in->count && at < sizeof names - 1; i++) {
        int n = snprintf(names + at, sizeof names - at, "%s%s", i ? ", " : "", in->columns[i].name);
        at += n > 0 ? (size_t)n : 0;
    }
    const bool cut = at >= sizeof names;
    const char *near = nearest(in, text, length);
    return nn_fail(in->error, NN_USAGE, "%s: %s: there is no column '%.*s'%s%s%s; the columns are %s%s",
                   in->name, option, (int)(length < 200 ? length : 200), text, near ? "; did you mean '" : "",
                   near ? near : "", near ? "'?" : "", names, cut ? " ..." : "");
}

static int compare_names(const void *a, const void *b)
{
    const ds_column *const *x = a, *const *y = b;
    int order = strcmp((*x)->name, (*y)->name);
    return order ? order : (*x > *y) - (*x < *y);
}

static int check_unique(ds_ingest *in)
{
    const size_t line = in->names_line ? in->names_line : 1;
    const ds_column **sorted = nn_resize(NULL, (size_t)in->count, sizeof *sorted, 1);
    if (!sorted)
        return ds_ingest_no_memory(in);
    for (int i = 0; i < in->count; i++)
        sorted[i] = &in->columns[i];
    qsort(sorted, (size_t)in->count, sizeof *sorted, compare_names);
    int code = NN_OK;
    for (int i = 1; i < in->count && !code; i++)
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0 && *sorted[i]->name &&
            sorted[i]->role != DS_ROLE_OUT && sorted[i - 1]->role != DS_ROLE_OUT)
            code = nn_fail(in->error, NN_BAD_DATA,
                           "%s:%zu:%d: columns %d and %d are both named '%.200s'; names must differ: "
                           "--exclude %d leaves "
                           "the second out, by its number",
                           in->name, line, (int)(sorted[i] - in->columns) + 1,
                           (int)(sorted[i - 1] - in->columns) + 1, (int)(sorted[i] - in->columns) + 1,
                           sorted[i]->name, (int)(sorted[i] - in->columns) + 1);
    free(sorted);
    return code;
}

static int make_columns(ds_ingest *in, int count)
{
    in->columns = calloc((size_t)count, sizeof *in->columns);
    if (!in->columns)
        return ds_ingest_no_memory(in);
    in->count = count;
    for (int i = 0; i < count; i++) {
        in->columns[i].slot = -1;
        in->columns[i].role = DS_ROLE_OPEN;
    }
    return NN_OK;
}

int ds_columns_from_header(ds_ingest *in, const ds_field *fields, int count, size_t line)
{
    int code = make_columns(in, count);
    for (int i = 0; i < count && !code; i++) {
        in->columns[i].name = ds_name_copy(fields[i].text, fields[i].length, &in->table->layout.windows_1252);
        if (!in->columns[i].name)
            code = ds_ingest_no_memory(in);
    }
    in->names_line = line;
    return code;
}

int ds_columns_numbered(ds_ingest *in, int count)
{
    int code = make_columns(in, count);
    for (int i = 0; i < count && !code; i++) {
        char name[16];
        int n = snprintf(name, sizeof name, "%d", i + 1);
        in->columns[i].name = nn_text_copy(name, (size_t)n);
        if (!in->columns[i].name)
            code = ds_ingest_no_memory(in);
    }
    return code;
}

void ds_columns_forget(ds_ingest *in)
{
    for (int i = 0; i < in->count; i++) {
        free(in->columns[i].name);
        free(in->columns[i].form);
    }
    free(in->columns);
    in->columns = NULL;
    nn_names_free(&in->dropped);
    nn_names_free(&in->chosen);
    ds_statics_clear(&in->statics);
    free(in->static_columns);
    in->static_columns = NULL;
    in->any_asked = false;
    in->count = in->pieces = in->id_columns_count = 0;
    in->id_column = -1;
}

/* --- which column is what --- */

/* A column by its name or number; in a long file what names no column is a series, and *column is -1. */
static int find_listed(ds_ingest *in, const char *option, const char *item, size_t length, nn_names *series,
                       int *column)
{
    *column = ds_column_find(in, item, length, in->id_column < 0);
    if (*column >= 0)
        return NN_OK;
    if (in->id_column < 0)
        return ds_column_unknown(in, option, item, length);
    return nn_names_add(series, item, length) < 0 ? ds_ingest_no_memory(in) : NN_OK;
}

static int choose_listed(ds_ingest *in)
{
    const char *cursor = in->options->exclude, *item;
    size_t length;
    int i;
    while (nn_list_next(&cursor, &item, &length)) {
        const int code = find_listed(in, "--exclude", item, length, &in->dropped, &i);
        if (code)
            return code;
        if (i >= 0)
            in->columns[i].role = DS_ROLE_OUT;
    }
    cursor = in->options->columns;
    while (nn_list_next(&cursor, &item, &length)) {
        const char *option = in->options->columns_option ? in->options->columns_option : "--columns";
        const int code = find_listed(in, option, item, length, &in->chosen, &i);
        if (code)
            return code;
        if (i < 0)
            continue;
        if (in->columns[i].role == DS_ROLE_OUT)
            return nn_fail(in->error, NN_USAGE, "%s: column '%.200s' is both asked for and excluded",
                           in->name, in->columns[i].name);
        in->columns[i].asked = in->any_asked = true;
    }
    return NN_OK;
}

static int find_ids(ds_ingest *in, const char *given)
{
    const char *cursor = given, *item;
    size_t length;
    while (nn_list_next(&cursor, &item, &length)) {
        const int column = ds_column_find(in, item, length, true);
        if (column < 0)
            return ds_column_unknown(in, "--id", item, length);
        if (in->id_columns_count == DS_ID_COLUMNS)
            return nn_fail(in->error, NN_USAGE, "%s: --id '%.200s': at most %d columns name a series",
                           in->name, given, DS_ID_COLUMNS);
        in->id_columns[in->id_columns_count++] = column;
    }
    in->id_column = in->id_columns_count ? in->id_columns[0] : -1;
    return NN_OK;
}

static int find_id(ds_ingest *in)
{
    const char *given = in->options->id, *wanted = given ? given : "unique_id";
    in->id_columns_count = 0;
    in->id_column = ds_column_find(in, wanted, strlen(wanted), given != NULL);
    if (in->id_column < 0 && given)
        return strchr(given, ',') ? find_ids(in, given) : ds_column_unknown(in, "--id", given, strlen(given));
    if (!given && in->options->exclude && nn_list_has(in->options->exclude, "unique_id"))
        in->id_column = -1;
    if (in->id_column >= 0)
        in->id_columns[in->id_columns_count++] = in->id_column;
    return NN_OK;
}

static int reads_as_stamp(ds_ingest *in, const char *name, bool *reads)
{
    nn_error ignored = {0};
    ds_time time;
    const char *given = in->options->time_format ? in->options->time_format : in->time_format;
    ds_time_reader *reader = ds_time_reader_new(*given ? given : NULL, &ignored);
    *reads = reader && ds_time_reader_add(reader, name, strlen(name), &time, &ignored) == NN_OK;
    ds_time_reader_free(reader);
    return !*reads && ignored.code == NN_FAILED ? ds_ingest_no_memory(in) : NN_OK;
}

static int check_header_is_one(ds_ingest *in)
{
    if (in->options->no_header || in->typed)
        return NN_OK;
    bool fraction = false, counting = true, years = true;
    int named = 0;
    for (int i = 0; i < in->count; i++) {
        const char *name = in->columns[i].name;
        double number = 0;
        const bool is_number =
            ds_number_parse(name, strlen(name), in->options->decimal_comma, &number) == DS_NUMBER_OK;
        const bool is_time = i == in->time_column;
        bool is_stamp = false;
        if (!is_number && is_time && reads_as_stamp(in, name, &is_stamp))
            return NN_FAILED;
        if (!is_number && !is_stamp && !(is_time && !*name))
            return NN_OK;
        const bool counts = number == named || number == named + 1, year = number >= 1900 && number < 2101;
        counting &= !is_number || counts;
        years &= !is_number || year;
        named += is_number;
        fraction |= is_stamp || (is_number && strpbrk(name, ".,"));
    }
    if (!fraction && (counting || (years && named > 1)))
        return ds_reason_add(in, DS_REASON_GUESS, "--no-header",
                             "the first line holds whole numbers only, which are taken for names");
    return named || fraction ? nn_fail(in->error, NN_BAD_DATA,
                                       "%s:1: the first line holds values, not names; --no-header says "
                                       "that the file has no line of names",
                                       in->name)
                             : NN_OK;
}

int ds_columns_start(ds_ingest *in)
{
    int code = find_id(in);
    if (!code)
        code = choose_listed(in);
    for (int k = 0; k < in->id_columns_count && !code; k++)
        in->columns[in->id_columns[k]].role = DS_ROLE_ID;
    return code ? code : ds_statics_find(in);
}

static int check_nameless(ds_ingest *in)
{
    const size_t line = in->names_line ? in->names_line : 1;
    for (int i = 0; i < in->count; i++)
        if (in->columns[i].role == DS_ROLE_OPEN && !*in->columns[i].name &&
            (!in->any_asked || in->columns[i].asked))
            return i == 0
                       ? nn_fail(in->error, NN_BAD_DATA,
                                 "%s:%zu:1: column 1 has no name and holds no time stamps; name it, or say "
                                 "--time 1 where it counts the rows",
                                 in->name, line)
                       : nn_fail(
                             in->error, NN_BAD_DATA,
                             "%s:%zu:%d: column %d has no name (--no-header where the file has no line of "
                             "names, --exclude %d leaves it out)",
                             in->name, line, i + 1, i + 1, i + 1);
    return NN_OK;
}

int ds_columns_begin(ds_ingest *in, size_t line)
{
    in->time_column = in->pieces ? in->piece[0].column : -1;
    int code = check_header_is_one(in);
    if (code)
        return code;
    for (int i = 0; i < in->pieces; i++) {
        for (int k = 0; k < in->id_columns_count; k++)
            if (in->id_columns[k] == in->piece[i].column)
                return nn_fail(in->error, NN_USAGE, "%s: column '%.200s' cannot be both the time and the id",
                               in->name, in->columns[in->id_columns[k]].name);
        in->columns[in->piece[i].column].role = DS_ROLE_TIME;
    }
    for (int i = 0; i < in->count; i++)
        if (in->columns[i].role == DS_ROLE_OPEN && in->any_asked && !in->columns[i].asked)
            in->columns[i].role = DS_ROLE_OUT;
    if ((code = check_nameless(in)) || (code = check_unique(in)))
        return code;
    for (int i = 0; i < in->count; i++)
        if (in->columns[i].role == DS_ROLE_OPEN)
            in->columns[i].slot = in->width++;
    if (in->width == 0)
        return nn_fail(in->error, NN_BAD_DATA,
                       "%s:%zu: no column of values beside the time (delimiter %s; "
                       "--delimiter names another)",
                       in->name, line, ds_delimiter_name(in->scan.delimiter, (char[8]){0}));
    in->begun = true;
    return NN_OK;
}
