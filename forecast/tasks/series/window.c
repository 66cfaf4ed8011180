/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one window that a network forecasts from: its rows, its columns, and what is known behind it. */
#include "forecast/tasks/series/window.h"

#include "forecast/tasks/series/around.h"

#include <math.h>
#include <string.h>

/* The rows before `end` of a table as a table; borrows everything. */
static ds_table rows_before(const ds_table *table, size_t end, size_t rows)
{
    ds_table part = *table;
    size_t skip = end - rows;
    part.rows = rows;
    part.time += skip;
    part.values += skip * (size_t)table->columns;
    if (part.filled)
        part.filled += skip * (size_t)table->columns;
    return part;
}

int fc_window_check(const fc_model *model, const ds_table *table, nn_error *error)
{
    if (!model->kind->forecaster && table->rows < (size_t)model->lookback)
        return nn_fail(error, NN_BAD_DATA, "%s: has %zu rows; the model looks back over %d", table->path,
                       table->rows, model->lookback);
    return NN_OK;
}

/* Which columns of the scope have values in all rows of the window. One that begins in it, or has ended
 * before its end, is left out where the network takes any number of columns; a hole is an error. */
static void choose_columns(uint8_t *keep, const fc_scope *scope, const fc_model *model,
                           const ds_table *window)
{
    const bool all = !fc_series_any_variates(model);
    for (int j = 0; j < scope->count; j++) {
        size_t first, end;
        const bool any = fc_column_extent(window, scope->columns[j], &first, &end);
        keep[j] = all || (any && first == 0 && end == window->rows && !isnan(scope->scaler.shift[j]));
    }
}

/* Behind the last row that the column is known for, seen from `end`; a network wants all of them. */
static size_t end_of_known(const fc_model *model, const ds_table *table, int column, size_t end)
{
    size_t first, last;
    if (!fc_column_extent(table, column, &first, &last))
        return 0;
    for (size_t row = end; row < last && !model->kind->forecaster; row++)
        if (isnan(table->values[row * (size_t)table->columns + (size_t)column]))
            return row;
    return last;
}

int fc_window_check_reach(const fc_model *model, const fc_scope *scope, const ds_table *table, size_t end,
                          int steps, nn_error *error)
{
    for (int j = 0; j < model->columns; j++) {
        if (!model->is_future || !model->is_future[j])
            continue;
        const size_t last = end_of_known(model, table, scope->columns[j], end);
        if (last < end + (size_t)steps)
            return nn_fail(error, NN_BAD_DATA,
                           "%s: column '%s' is known for %zu of the %d rows to forecast; rows behind the "
                           "target's end or --future-file FILE say more",
                           table->path, model->names[j], last > end ? last - end : 0, steps);
    }
    return NN_OK;
}

int fc_window_open(fc_scope *scope, ds_table *seen, uint8_t *keep, const fc_model *model,
                   const ds_table *table, size_t end, nn_error *error)
{
    const size_t lookback = (size_t)model->lookback, horizon = (size_t)model->horizon;
    const size_t past =
        model->state ? end : lookback; /* what a network adds to looks back as far as it likes */
    const ds_table window = rows_before(table, end, lookback);
    *seen = rows_before(table, end, past);
    if (model->is_future && end + horizon <= table->rows)
        *seen = rows_before(table, end + horizon, past + horizon);
    int code = fc_scope_make(scope, model, seen, NULL, error);
    if (!code)
        code = fc_window_check_reach(model, scope, table, end, model->horizon, error);
    if (!code && keep)
        choose_columns(keep, scope, model, &window);
    if (!code && keep && memchr(keep, 0, (size_t)scope->count))
        code = fc_scope_keep(scope, model, seen, keep, error);
    if (!code)
        code = fc_scope_check_known(scope, seen, past - lookback, past, error);
    scope->samples.windows = (ds_windows){.first = past - lookback, .count = 1, .lookback = model->lookback};
    return code;
}

size_t fc_window_last_origin(const fc_model *model, const ds_table *table)
{
    const size_t window = (size_t)model->lookback + (size_t)model->horizon;
    size_t end = table->rows, first, last;
    if (!model->is_future || table->rows < window)
        return end;
    end -= (size_t)model->horizon;
    for (int j = 0; j < model->columns; j++) {
        const int column = model->is_target[j] ? ds_table_column(table, model->names[j]) : -1;
        if (column >= 0 && fc_column_extent(table, column, &first, &last) && last < end)
            end = last;
    }
    return end < (size_t)model->lookback ? (size_t)model->lookback : end;
}
