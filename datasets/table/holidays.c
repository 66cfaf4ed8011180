/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads dates of holidays and marks the rows that they fall on. */
#include "datasets/table/holidays.h"

#include "datasets/table/extend.h"
#include "datasets/text/encoding.h"
#include "datasets/text/scan.h"
#include "datasets/text/time_names.h"
#include "datasets/time/calendar.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row of the file. */
typedef struct holiday {
    int64_t day; /* since 1970 */
    char *name;  /* owned; "": there is none */
    char *group; /* the series that it is of; owned; "": all */
    size_t line;
} holiday;

typedef struct holidays {
    const char *path;
    const ds_layout *layout;
    holiday *of; /* owned */
    ds_time *time;
    size_t count, room;
    int date, group;    /* columns of the file; group -1: there is none */
    int id;             /* which of the table's id columns the groups are in */
    bool begun, headed; /* a row was seen; the first one holds names */
    ds_time_reader *reader;
} holidays;

/* --- the file --- */

static bool is_empty(const ds_field *fields, int count)
{
    for (int i = 0; i < count; i++)
        if (fields[i].length)
            return false;
    return true;
}

/* A date by itself, such as 25.12.2026; a bare number may be anything. */
static bool is_date(const ds_field *field)
{
    ds_time time;
    nn_error ignored = {0};
    bool marked = field->length == 8; /* 20261225 */
    for (size_t i = 0; i < field->length; i++)
        marked |= i > 0 && !isdigit((unsigned char)field->text[i]);
    if (!field->length || !marked || !memchr("0123456789", field->text[0], 10))
        return false;
    ds_time_reader *reader = ds_time_reader_new(NULL, &ignored);
    const bool fits = reader && !ds_time_reader_add(reader, field->text, field->length, &time, &ignored);
    ds_time_reader_free(reader);
    return fits && field->length >= 6;
}

static int find_date(const ds_field *fields, int count)
{
    for (int i = 0; i < count; i++)
        if (is_date(&fields[i]))
            return i;
    return -1;
}

static bool is_word(const ds_field *field, const char *word)
{
    return word && strlen(word) == field->length && memcmp(word, field->text, field->length) == 0;
}

/* Which of the table's id columns has the name; -1: none. */
static int find_id(const ds_layout *l, const ds_field *field)
{
    for (int i = 0; i < l->id_columns; i++)
        if (is_word(field, l->id_names[i]))
            return i;
    return l->longform && l->id_columns == 0 && is_word(field, l->id_name) ? 0 : -1;
}

/* The line of names, where there is one. */
static void take_heading(holidays *h, const ds_field *fields, int count)
{
    h->date = find_date(fields, count);
    h->headed = h->date < 0;
    for (int i = 0; i < count && h->headed; i++) {
        char *name = nn_text_copy(fields[i].text, fields[i].length);
        if (name && h->date < 0 && (ds_name_is_usual(name) || ds_name_is_date(name)))
            h->date = i;
        free(name);
        const int id = find_id(h->layout, &fields[i]);
        if (id >= 0 && h->group < 0) {
            h->group = i;
            h->id = id;
        }
    }
}

static int add(holidays *h, const ds_field *fields, int count, size_t line, nn_error *error)
{
    bool recoded = false;
    const ds_field *date = &fields[h->date];
    nn_error why = {0};
    if (h->count == h->room) {
        const size_t room = 2 * h->room + 64;
        holiday *of = nn_resize(h->of, room, 1, sizeof *of);
        h->of = of ? of : h->of;
        ds_time *time = nn_resize(h->time, room, 1, sizeof *time);
        h->time = time ? time : h->time;
        if (!of || !time)
            return nn_no_memory(error);
        h->room = room;
    }
    if (ds_time_reader_add(h->reader, date->text, date->length, &h->time[h->count], &why))
        return nn_fail(error, NN_BAD_DATA, "%s:%zu:%d: '%s' is no date such as 2026-12-25", h->path, line,
                       h->date + 1, NN_SHOWN(40, date->text, date->length));
    const ds_field *name = NULL, *group = h->group >= 0 && h->group < count ? &fields[h->group] : NULL;
    for (int i = 0; i < count && !name; i++)
        name = i == h->date || i == h->group ? NULL : &fields[i];
    holiday *one = &h->of[h->count++];
    *one = (holiday){.line = line};
    one->name = name ? ds_name_copy(name->text, name->length, &recoded) : strdup("");
    one->group = group ? ds_name_copy(group->text, group->length, &recoded) : strdup("");
    return one->name && one->group ? NN_OK : nn_no_memory(error);
}

static int take_row(void *context, const ds_field *fields, int count, size_t line, nn_error *error)
{
    holidays *h = context;
    if (is_empty(fields, count))
        return NN_OK;
    if (!h->begun) {
        h->begun = true;
        take_heading(h, fields, count);
        if (h->headed)
            return NN_OK;
    }
    if (h->date < 0 && (h->date = find_date(fields, count)) < 0)
        return nn_fail(error, NN_BAD_DATA, "%s:%zu: '%s' is no date such as 2026-12-25", h->path, line,
                       NN_SHOWN(40, fields->text, fields->length));
    return h->date < count ? add(h, fields, count, line, error)
                           : nn_fail(error, NN_BAD_DATA, "%s:%zu: no date: %d fields, and dates stand in %d",
                                     h->path, line, count, h->date + 1);
}

static void clear(holidays *h)
{
    for (size_t i = 0; i < h->count; i++) {
        free(h->of[i].name);
        free(h->of[i].group);
    }
    free(h->of);
    free(h->time);
    ds_time_reader_free(h->reader);
}

static int by_day(const void *a, const void *b)
{
    const holiday *x = a, *y = b;
    return x->day != y->day ? (x->day > y->day) - (x->day < y->day)
                            : (x->line > y->line) - (x->line < y->line);
}

static int read_file(holidays *h, const char *path, const ds_layout *layout, nn_error *error)
{
    *h = (holidays){.path = path, .layout = layout, .date = -1, .group = -1};
    ds_scan_result result = {0};
    ds_time_format format;
    nn_error why = {0};
    if (!(h->reader = ds_time_reader_new(NULL, error)))
        return nn_no_memory(error);
    int code = ds_scan(path, &(ds_scan_options){0}, take_row, h, &result, NULL, error);
    if (!code && h->count == 0)
        code = nn_fail(error, NN_BAD_DATA, "--holidays: %s holds no dates", path);
    if (!code && ds_time_reader_finish(h->reader, h->time, h->count, &format, &why))
        code = nn_fail(error, NN_BAD_DATA,
                       "--holidays: %s: day and month of its dates could be either; write them as 2026-12-25",
                       path);
    if (!code && format.kind == DS_TIME_STEP)
        code = nn_fail(error, NN_BAD_DATA, "%s:%zu:%d: numbers are no dates such as 2026-12-25", path,
                       h->of[0].line, h->date + 1);
    for (size_t i = 0; i < h->count && !code; i++)
        h->of[i].day = ds_floor_div(h->time[i], DS_DAY);
    if (!code)
        qsort(h->of, h->count, sizeof *h->of, by_day);
    return code;
}

/* --- what is in it, beside the table --- */

static int64_t day_of(const ds_table *table, size_t row)
{
    return ds_floor_div(table->time[row], DS_DAY);
}

static int year_of(int64_t day)
{
    return ds_civil_from(day * DS_DAY).year;
}

/* The first holiday on a day or behind it. */
static size_t first_on(const holidays *h, int64_t day)
{
    size_t low = 0, high = h->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (h->of[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void print_day(int64_t day, char text[40])
{
    const ds_civil c = ds_civil_from(day * DS_DAY);
    snprintf(text, 40, "%d-%02d-%02d", c.year, c.month, c.day);
}

typedef struct speaker {
    void (*say)(void *context, const char *line);
    void *context;
} speaker;

/* A day with two names, and a beginning that is later than the table's. */
static void say_doubts(const holidays *h, const ds_table *table, const speaker *to)
{
    char line[400], day[40];
    const int first = year_of(day_of(table, 0)), least = year_of(h->of[0].day);
    size_t twice = 0, at = 0;
    for (size_t i = 1; i < h->count; i++)
        if (h->of[i].day == h->of[i - 1].day && strcmp(h->of[i].name, h->of[i - 1].name) != 0 &&
            strcmp(h->of[i].group, h->of[i - 1].group) == 0 && !twice++)
            at = i;
    if (twice) {
        print_day(h->of[at].day, day);
        snprintf(line, sizeof line, "%.100s: %s is '%.60s' and '%.60s'%s: one holiday", h->path, day,
                 h->of[at - 1].name, h->of[at].name, twice > 1 ? ", and there are more such days" : "");
        to->say(to->context, line);
    }
    if (least > first) {
        snprintf(line, sizeof line,
                 "%.100s begins in %d: rows from %d on before that count as without holidays", h->path, least,
                 first);
        to->say(to->context, line);
    }
}

/* The days of the year of the last row must be there; of rows that are learnt from some must be holidays. */
static int check_reach(const holidays *h, const ds_table *table, bool learns, nn_error *error)
{
    const int64_t begin = day_of(table, 0), end = day_of(table, table->rows - 1);
    const int most = year_of(h->of[h->count - 1].day), last = year_of(end);
    char from[40], to[40], dates[2][40];
    if (most < last)
        return nn_fail(error, NN_BAD_DATA,
                       "--holidays: %s ends in %d, and rows of %d of %s are to be known too", h->path, most,
                       last, table->path);
    const size_t first = first_on(h, begin);
    if (!learns || (first < h->count && h->of[first].day <= end))
        return NN_OK;
    print_day(begin, from);
    print_day(end, to);
    print_day(h->of[0].day, dates[0]);
    print_day(h->of[h->count - 1].day, dates[1]);
    return nn_fail(
        error, NN_BAD_DATA,
        "--holidays: none of the dates of %s, %s to %s, lies in %s, %s to %s: nothing can be learnt "
        "of them",
        h->path, dates[0], dates[1], table->path, from, to);
}

/* Whether the text of a series in the id column that groups are in is that of a group. */
static bool is_of(const holidays *h, const char *group, int id)
{
    const ds_layout *l = h->layout;
    const char *text = l->id_keys ? l->id_keys[id] : l->ids[id], *end;
    for (int piece = 0; l->id_keys && piece < h->id; piece++)
        text = strchr(text, 31) ? strchr(text, 31) + 1 : text;
    end = l->id_keys && strchr(text, 31) ? strchr(text, 31) : text + strlen(text);
    return !*group || (strlen(group) == (size_t)(end - text) && memcmp(group, text, strlen(group)) == 0);
}

static int check_groups(const holidays *h, nn_error *error)
{
    for (size_t i = 0; i < h->count && h->group >= 0; i++) {
        int id = 0;
        if (i && strcmp(h->of[i].group, h->of[i - 1].group) == 0)
            continue;
        while (id < h->layout->id_count && !is_of(h, h->of[i].group, id))
            id++;
        if (id < h->layout->id_count || !*h->of[i].group)
            return NN_OK; /* files may have further ones; one that fits tells that the column is the same */
    }
    return h->group < 0 ? NN_OK
                        : nn_fail(error, NN_BAD_DATA,
                                  "%s:%zu:%d: '%.100s' is no series of the data, nor any other there",
                                  h->path, h->of[0].line, h->group + 1, h->of[0].group);
}

/* --- the table --- */

/* Of a wide file "holiday", of a series of a long file "A/holiday", also where some columns of it were taken.
 */
static bool is_named(const char *name)
{
    const char *last = strrchr(name, '/');
    return strcmp(last ? last + 1 : name, DS_HOLIDAY) == 0;
}

bool ds_has_holidays(const ds_table *table)
{
    const ds_layout *l = &table->layout;
    const int count = l->longform ? l->value_count : table->columns;
    for (int j = 0; j < count; j++)
        if (is_named(l->longform ? l->value_names[j] : table->names[j]))
            return true;
    return false;
}

static int check_table(const ds_table *table, nn_error *error)
{
    const ds_unit unit = table->frequency.unit;
    if (ds_has_holidays(table))
        return nn_fail(error, NN_USAGE, "--holidays: %s has a column '%s' already", table->path, DS_HOLIDAY);
    return table->layout.timed && unit != DS_UNIT_STEP && unit < DS_UNIT_WEEK && table->rows
               ? NN_OK
               : nn_fail(error, NN_USAGE, "--holidays: %s has no rows of days or parts of days", table->path);
}

/* Columns of values for each series: of a wide file all of them are one series. */
static int per_series(const ds_table *table)
{
    return table->layout.longform ? table->layout.value_count : table->columns;
}

/* Values and marks with room for one more column of each series, NaN there. */
static int widen_values(ds_table *table, int series, nn_error *error)
{
    const size_t each = (size_t)per_series(table), old = (size_t)table->columns, n = old + (size_t)series;
    double *values = nn_resize(NULL, table->rows, n, sizeof *values);
    uint8_t *filled = table->filled ? calloc(table->rows, n) : NULL;
    if (!values || (table->filled && !filled)) {
        free(values);
        free(filled);
        return nn_no_memory(error);
    }
    for (size_t r = 0; r < table->rows; r++)
        for (size_t j = 0, to = r * n; j < old; j++) {
            values[to] = table->values[r * old + j];
            if (filled)
                filled[to] = table->filled[r * old + j];
            to++;
            if ((j + 1) % each == 0)
                values[to++] = 0;
        }
    free(table->values);
    free(table->filled);
    table->values = values;
    table->filled = filled;
    return NN_OK;
}

/* Of a long file with one column of values the series' names become those of two. */
static char *name_value(const ds_table *table, int j)
{
    const ds_layout *l = &table->layout;
    char *name = NULL;
    if (l->longform && l->value_count == 1)
        return asprintf(&name, "%s/%s", table->names[j], l->value_names[0]) < 0 ? NULL : name;
    return strdup(table->names[j]);
}

static char *name_holiday(const ds_layout *l, int series)
{
    char *name = NULL;
    if (!l->longform)
        return strdup(DS_HOLIDAY);
    return asprintf(&name, "%s/" DS_HOLIDAY, l->ids[series]) < 0 ? NULL : name;
}

/* Names and counts of missing values, likewise. */
static int widen_names(ds_table *table, int series, nn_error *error)
{
    const int each = per_series(table), n = table->columns + series;
    ds_layout *l = &table->layout;
    char **names = calloc((size_t)n + 1, sizeof *names);
    size_t *missing = table->report.missing ? calloc((size_t)n + 1, sizeof *missing) : NULL;
    bool fine = names && (missing || !table->report.missing);
    for (int j = 0; j < n && fine; j++) {
        const int s = j / (each + 1), at = j % (each + 1);
        names[j] = at < each ? name_value(table, s * each + at) : name_holiday(l, s);
        fine = names[j] != NULL;
        if (fine && missing && at < each)
            missing[j] = table->report.missing[s * each + at];
    }
    if (fine && l->longform) {
        char **values = nn_resize(l->value_names, (size_t)each + 1, 1, sizeof *values);
        l->value_names = values ? values : l->value_names;
        fine = values && (l->value_names[each] = strdup(DS_HOLIDAY));
    }
    char **old = fine ? table->names : names;
    for (int j = 0; old && j < (fine ? table->columns : n); j++)
        free(old[j]);
    free(old);
    free(fine ? table->report.missing : missing);
    if (!fine)
        return nn_no_memory(error);
    table->names = names;
    table->report.missing = missing;
    table->report.latest += table->report.latest / each;
    table->report.earliest += table->report.earliest / each;
    l->value_count += l->longform;
    table->columns = n;
    return NN_OK;
}

bool ds_is_holiday(const ds_table *table, int column)
{
    return table->holidays && is_named(table->names[column]);
}

static void mark(ds_table *table, const holidays *h, size_t begin)
{
    const int each = per_series(table), series = table->columns / each;
    for (size_t r = begin; r < table->rows; r++) {
        double *row = &table->values[r * (size_t)table->columns];
        const int64_t day = day_of(table, r);
        for (int s = 0; s < series; s++)
            row[s * each + each - 1] = 0;
        for (size_t i = first_on(h, day); i < h->count && h->of[i].day == day; i++)
            for (int s = 0; s < series; s++)
                if (h->group < 0 || is_of(h, h->of[i].group, s))
                    row[s * each + each - 1] = 1;
    }
}

int ds_holidays_add(ds_table *table, const char *path, bool learns,
                    void (*say)(void *context, const char *line), void *context, nn_error *error)
{
    holidays h = {0};
    const int series = table->layout.longform ? table->layout.id_count : 1;
    int code = check_table(table, error);
    if (!code)
        code = read_file(&h, path, &table->layout, error);
    if (!code)
        code = check_reach(&h, table, learns, error);
    if (!code)
        code = check_groups(&h, error);
    if (!code)
        say_doubts(&h, table, &(speaker){say, context});
    if (!code)
        code = widen_values(table, series, error);
    if (!code)
        code = widen_names(table, series, error);
    if (!code) {
        table->holidays = true;
        mark(table, &h, 0);
    }
    clear(&h);
    return code;
}

/* Behind the last value of a column that is no holiday. */
static size_t end_of_others(const ds_table *table)
{
    for (size_t r = table->rows; r > 0; r--)
        for (int j = 0; j < table->columns; j++)
            if (!ds_is_holiday(table, j) &&
                !isnan(table->values[(r - 1) * (size_t)table->columns + (size_t)j]))
                return r;
    return 0;
}

int ds_holidays_extend(ds_table *table, const char *path, size_t rows, nn_error *error)
{
    holidays h = {0};
    const size_t had = table->rows, wanted = end_of_others(table) + rows;
    if (wanted > had) {
        const int code = ds_table_grow(table, wanted, error);
        if (code)
            return code;
    }
    int code = read_file(&h, path, &table->layout, error);
    if (!code)
        code = check_reach(&h, table, false, error);
    if (!code)
        mark(table, &h, had);
    clear(&h);
    return code;
}
