/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One target of a view as a view of its own. */
#include "datasets/series/strip.h"

#include "datasets/series/values.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_OPENED = 10 }; /* times as many rows as there are */

/* The steps from row `from` to row `row`, its number at least; 0 where stamps do not tell. */
static size_t steps_to(const ds_table *table, size_t from, size_t row)
{
    const size_t last = row < table->rows ? row : table->rows - 1;
    const int64_t steps = ds_time_steps(table->frequency, table->time[from], table->time[last]);
    return steps < (int64_t)(last - from) ? 0 : (size_t)steps + (row - last);
}

static bool leaps(const ds_table *table)
{
    return table->time && table->layout.timed && table->report.gaps > 0 && table->report.duplicates == 0;
}

static int take(ds_strip *s, const ds_view *view, int k, size_t from, size_t to, size_t rows, nn_error *error)
{
    const bool opened = rows > to - from;
    s->rows = rows;
    s->values = malloc((rows + 1) * sizeof *s->values);
    if (!s->values)
        return nn_no_memory(error);
    if (!opened) {
        ds_values_copy(view, k, from, to - from, s->values);
        return NN_OK;
    }
    for (size_t i = 0; i < rows; i++)
        s->values[i] = NAN;
    for (size_t row = from; row < to; row++) {
        const size_t at = steps_to(view->table, from, row);
        if (at < rows)
            ds_values_copy(view, k, row, 1, s->values + at);
    }
    return NN_OK;
}

int ds_strip_make(ds_strip *s, const ds_view *view, int k, size_t from, size_t to, nn_error *error)
{
    const ds_table *table = view->table;
    size_t rows = to - from;
    *s = (ds_strip){.name = table->names[ds_view_column(view, k)], .role = DS_VIEW_TARGET};
    if (rows > 0 && leaps(table)) {
        const size_t steps = steps_to(table, from, to);
        rows = steps > rows && steps <= MOST_OPENED * (rows + 10) ? steps : rows;
    }
    const int code = take(s, view, k, from, to, rows, error);
    s->table = (ds_table){.path = table->path,
                          .rows = rows,
                          .columns = 1,
                          .values = s->values,
                          .names = &s->name,
                          .frequency = table->frequency};
    s->view = (ds_view){.table = &s->table,
                        .rows = rows,
                        .columns = 1,
                        .column = &s->zero,
                        .role = &s->role,
                        .targets = 1,
                        .target = &s->zero,
                        .what = view->what,
                        .floor = NAN};
    return code;
}

void ds_strip_tail(ds_strip *s, size_t rows)
{
    if (rows >= s->rows)
        return;
    memmove(s->values, s->values + (s->rows - rows), rows * sizeof *s->values);
    s->rows = s->table.rows = s->view.rows = rows;
}

ds_view ds_strip_head(const ds_strip *s, size_t rows, ds_table *table)
{
    ds_view view = s->view;
    *table = s->table;
    table->rows = view.rows = rows;
    view.table = table;
    return view;
}

void ds_strip_clear(ds_strip *s)
{
    free(s->values);
    s->values = NULL;
}
