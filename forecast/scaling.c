/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts the targets of a view on another scale. */
#include "forecast/scaling.h"

#include "lib/base/memory.h"

#include <stdlib.h>
#include <string.h>

int fc_scaling_learn(double *lambda, int scale, const ds_view *view, ds_part part, int season,
                     nn_error *error)
{
    const size_t rows = part.end - part.begin;
    double *y = malloc((rows + 1) * sizeof *y);
    int code = y ? fc_transform_check(scale, view, part, error) : nn_no_memory(error);
    for (int k = 0; k < view->targets && !code; k++) {
        fc_transform t;
        for (size_t i = 0; i < rows; i++)
            y[i] = ds_view_valid(view, part.begin + i, k) ? ds_view_value(view, part.begin + i, k) : NAN;
        if (fc_transform_make(&t, scale, y, rows, season))
            code = nn_no_memory(error);
        lambda[k] = t.lambda;
    }
    free(y);
    return code;
}

int fc_scaled_view_make(fc_scaled_view *s, const ds_view *view, int scale, const double *lambda,
                        nn_error *error)
{
    const size_t columns = (size_t)view->table->columns, rows = view->table->rows;
    double *values = nn_resize(NULL, rows + 1, columns, sizeof *values);
    if (!values)
        return nn_no_memory(error);
    memcpy(values, view->table->values, rows * columns * sizeof *values);
    for (int k = 0; k < view->targets; k++) {
        const fc_transform t = {scale, lambda[k]};
        double *cell = values + ds_view_column(view, k);
        for (size_t row = 0; row < view->rows; row++, cell += columns) {
            *cell = ds_view_value(view, row, k);
            fc_transform_there(&t, cell, 1);
        }
    }
    s->table = *view->table;
    s->table.values = values;
    s->view = *view;
    s->view.table = &s->table;
    s->view.floor = NAN;
    return NN_OK;
}

void fc_scaled_view_clear(fc_scaled_view *s)
{
    free(s->table.values);
    s->table.values = NULL;
}
