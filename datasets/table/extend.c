/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Known values of the future put behind a table. */
#include "datasets/table/extend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Whether `name` is that of more's column j. A long file with one value column names its series by their ids
 * alone; beside files with several that is id/value. */
static bool is_named(const ds_table *more, int j, const char *name)
{
    const ds_layout *layout = &more->layout;
    if (strcmp(name, more->names[j]) == 0)
        return true;
    if (!layout->longform || layout->value_count != 1)
        return false;
    size_t length = strlen(more->names[j]);
    return strncmp(name, more->names[j], length) == 0 && name[length] == '/' &&
           strcmp(name + length + 1, layout->value_names[0]) == 0;
}

/* map[j]: the table's column of more's column j, -1 where there is none; returns how many there are. */
static int match_columns(const ds_table *table, const ds_table *more, int *map)
{
    int found = 0;
    for (int j = 0; j < more->columns; j++) {
        map[j] = -1;
        for (int c = 0; c < table->columns && map[j] < 0; c++)
            if (is_named(more, j, table->names[c]))
                map[j] = c;
        found += map[j] >= 0;
    }
    return found;
}

/* The table's row of row r of more, which may lie behind its end. */
static int row_of(const ds_table *table, const ds_table *more, size_t r, size_t *row, nn_error *error)
{
    if (!table->layout.timed) {
        *row = table->rows + r;
        return NN_OK;
    }
    char stamp[64];
    ds_time time = more->time[r], last = table->time[table->rows - 1];
    if (time <= last) {
        size_t low = 0, high = table->rows;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (table->time[middle] < time)
                low = middle + 1;
            else
                high = middle;
        }
        *row = low;
        if (table->time[low] == time)
            return NN_OK;
    } else {
        int64_t steps = ds_time_steps(table->frequency, last, time);
        *row = table->rows - 1 + (size_t)(steps > 0 ? steps : 0);
        if (steps > 0 && steps <= (int64_t)more->rows)
            return NN_OK;
    }
    ds_time_print(&more->layout.format, time, stamp, sizeof stamp);
    return nn_fail(error, NN_BAD_DATA, "%s: the row of %s does not follow the rows of %s", more->path, stamp,
                   table->path);
}

int ds_table_grow(ds_table *table, size_t rows, nn_error *error)
{
    size_t n = (size_t)table->columns, old = table->rows;
    if (rows <= old)
        return NN_OK;
    double *values = realloc(table->values, rows * n * sizeof *values);
    table->values = values ? values : table->values;
    ds_time *time = realloc(table->time, rows * sizeof *time);
    table->time = time ? time : table->time;
    uint8_t *filled = table->filled ? realloc(table->filled, rows * n) : NULL;
    table->filled = filled ? filled : table->filled;
    if (!values || !time || (table->filled && !filled))
        return nn_fail(error, NN_FAILED, "no memory for %zu rows", rows);
    for (size_t i = old * n; i < rows * n; i++)
        values[i] = NAN;
    if (filled)
        memset(filled + old * n, 0, (rows - old) * n);
    for (size_t r = old; r < rows; r++)
        time[r] = table->layout.timed ? ds_time_add(table->frequency, time[old - 1], (int64_t)(r - old + 1))
                                      : time[old - 1] + (ds_time)(r - old + 1);
    table->rows = rows;
    return NN_OK;
}

static void take_row(ds_table *table, size_t row, const ds_table *more, size_t r, const int *map)
{
    for (int j = 0; j < more->columns; j++) {
        double value = more->values[r * (size_t)more->columns + (size_t)j];
        double *cell = map[j] < 0 ? NULL : table->values + row * (size_t)table->columns + (size_t)map[j];
        if (cell && isnan(*cell))
            *cell = value;
    }
}

int ds_table_extend(ds_table *table, const ds_table *more, nn_error *error)
{
    size_t last = 0;
    if (table->rows == 0 || more->rows == 0)
        return nn_fail(error, NN_BAD_DATA, "%s: has no rows", table->rows ? more->path : table->path);
    int *map = malloc(((size_t)more->columns + 1) * sizeof *map);
    size_t *rows = malloc(more->rows * sizeof *rows);
    int code = map && rows ? NN_OK : nn_no_memory(error);
    if (!code && match_columns(table, more, map) == 0)
        code = nn_fail(error, NN_BAD_DATA, "%s: has no column of %s, such as '%s'", more->path, table->path,
                       table->names[0]);
    for (size_t r = 0; r < more->rows && !code; r++)
        if (!(code = row_of(table, more, r, &rows[r], error)) && rows[r] > last)
            last = rows[r];
    if (!code)
        code = ds_table_grow(table, last + 1, error);
    for (size_t r = 0; r < more->rows && !code; r++)
        take_row(table, rows[r], more, r, map);
    free(map);
    free(rows);
    return code;
}
