/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads dates of holidays and marks the rows that they fall on. */
#include "cli/input/holidays.h"

#include "cli/shell/report.h"
#include "datasets/time/calendar.h"
#include "forecast/tasks/view.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOLIDAY "holiday"

/* Days since 1970, as the file has them. */
typedef struct days {
    int64_t *day; /* owned */
    size_t count;
} days;

static int add_day(days *d, int64_t day, nn_error *error)
{
    int64_t *more = nn_resize(d->day, d->count + 1, 1, sizeof *more);
    if (!more)
        return nn_no_memory(error);
    d->day = more;
    d->day[d->count++] = day;
    return NN_OK;
}

/* The first field of a line, which is overwritten; the first line may be a heading. */
static int take_line(days *d, char *line, size_t number, const char *path, nn_error *error)
{
    ds_time time;
    char *field = line + (*line == '"');
    field[strcspn(field, ",;\t\"\r\n")] = '\0';
    if (*field == '\0')
        return NN_OK;
    if (ds_time_parse_iso(field, &time, NULL) == NN_OK)
        return add_day(d, ds_floor_div(time, DS_DAY), error);
    return number == 1 ? NN_OK
                       : nn_fail(error, NN_BAD_DATA, "%s:%zu: '%.40s' is no date such as 2026-12-25", path,
                                 number, field);
}

static int read_days(days *d, const char *path, nn_error *error)
{
    char *line = NULL;
    size_t size = 0, number = 0;
    int code = NN_OK;
    FILE *in = fopen(path, "r");
    if (!in)
        return nn_fail(error, NN_BAD_DATA, "--holidays: %s cannot be read", path);
    while (!code && getline(&line, &size, in) >= 0)
        code = take_line(d, line, ++number, path, error);
    free(line);
    fclose(in);
    return code || d->count ? code : nn_fail(error, NN_BAD_DATA, "%s holds no dates", path);
}

static int64_t year_of(int64_t day)
{
    int64_t year;
    int month, of_month;
    ds_date_from_days(day, &year, &month, &of_month);
    return year;
}

/* The days of the year of the first and of the last row must be there. */
static int check_reach(const days *d, const ds_table *table, const char *path, nn_error *error)
{
    const int64_t first = year_of(ds_floor_div(table->time[0], DS_DAY)),
                  last = year_of(ds_floor_div(table->time[table->rows - 1], DS_DAY));
    int64_t least = INT64_MAX, most = INT64_MIN;
    for (size_t i = 0; i < d->count; i++) {
        const int64_t year = year_of(d->day[i]);
        least = year < least ? year : least;
        most = year > most ? year : most;
    }
    if (most < last)
        return nn_fail(error, NN_BAD_DATA, "--holidays: %s ends in %lld, and rows of %lld are to be forecast",
                       path, (long long)most, (long long)last);
    if (least > first)
        cli_say_note("%s begins in %lld: rows from %lld on before that count as without holidays", path,
                     (long long)least, (long long)first);
    return NN_OK;
}

/* Room for one column more and so many rows. */
static int widen(ds_table *table, size_t rows, nn_error *error)
{
    const size_t old = (size_t)table->columns, n = old + 1, had = table->rows;
    double *values = nn_resize(NULL, rows + 1, n, sizeof *values);
    uint8_t *filled = table->filled ? calloc(rows + 1, n) : NULL;
    ds_time *time = nn_resize(table->time, rows + 1, 1, sizeof *time);
    char **names = nn_resize(table->names, n, 1, sizeof *names);
    size_t *missing = table->report.missing ? nn_resize(table->report.missing, n, 1, sizeof *missing) : NULL;
    table->time = time ? time : table->time;
    table->names = names ? names : table->names;
    table->report.missing = missing ? missing : table->report.missing;
    if (missing)
        missing[old] = 0;
    if (!values || !time || !names || (table->filled && !filled) || (table->report.missing && !missing) ||
        !(names[old] = strdup(HOLIDAY))) {
        free(values);
        free(filled);
        return nn_no_memory(error);
    }
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < n; j++) {
            values[r * n + j] = r < had && j < old ? table->values[r * old + j] : NAN;
            if (filled && r < had && j < old)
                filled[r * n + j] = table->filled[r * old + j];
        }
    for (size_t r = had; r < rows; r++)
        table->time[r] = ds_time_add(table->frequency, table->time[had - 1], (int64_t)(r - had) + 1);
    free(table->values);
    free(table->filled);
    table->values = values;
    table->filled = filled;
    table->columns++;
    table->rows = rows;
    return NN_OK;
}

static int check_table(const ds_table *table, nn_error *error)
{
    const ds_unit unit = table->frequency.unit;
    if (table->layout.longform)
        return nn_fail(error, NN_USAGE,
                       "--holidays is for files with a column for each series, and %s is long", table->path);
    for (int j = 0; j < table->columns; j++)
        if (strcmp(table->names[j], HOLIDAY) == 0)
            return nn_fail(error, NN_USAGE, "--holidays: %s has a column '%s' already", table->path, HOLIDAY);
    return table->layout.timed && unit != DS_UNIT_STEP && unit < DS_UNIT_WEEK
               ? NN_OK
               : nn_fail(error, NN_USAGE, "--holidays: %s has no rows of days or parts of days", table->path);
}

/* 1 in rows of a day that the file names, else 0. */
static int add_column(ds_table *table, const char *path, int horizon, nn_error *error)
{
    days d = {0};
    size_t end = 0, rows;
    int code = check_table(table, error);
    if (!code)
        code = read_days(&d, path, error);
    for (int j = 0; j < table->columns && !code; j++) {
        size_t first, last;
        if (fc_column_extent(table, j, &first, &last) && last > end)
            end = last;
    }
    rows = end + (size_t)horizon > table->rows ? end + (size_t)horizon : table->rows;
    if (!code)
        code = widen(table, rows, error);
    if (!code)
        code = check_reach(&d, table, path, error);
    for (size_t r = 0; r < rows && !code; r++) {
        double *cell = &table->values[(r + 1) * (size_t)table->columns - 1];
        const int64_t day = ds_floor_div(table->time[r], DS_DAY);
        *cell = 0;
        for (size_t i = 0; i < d.count && *cell == 0; i++)
            *cell = d.day[i] == day;
    }
    free(d.day);
    return code;
}

int cli_holidays_know(cli_automatic *how, ds_table *table, char **future, nn_error *error)
{
    int code = cli_automatic_horizon(&how->horizon, how, table, error);
    if (!code)
        code = add_column(table, how->holidays, how->horizon, error);
    *future = code ? NULL : strdup(how->future ? how->future : "");
    if (!code && *future)
        nn_list_add(future, HOLIDAY);
    how->future = *future;
    return code || *future ? code : nn_no_memory(error);
}
