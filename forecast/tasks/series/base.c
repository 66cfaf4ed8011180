/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The forecasts that a network of a table adds to, of every window. */
#include "forecast/tasks/series/around.h"
#include "forecast/tasks/series/samples.h"
#include "lib/base/memory.h"

#include <math.h>
#include <stdlib.h>

/* Bytes of forecasts that are kept for training; more are made anew whenever a window is loaded. */
#define MOST_KEPT 5e8

/* Which of the targets column j is; -1: none. */
static int target_of(const ds_view *view, int j)
{
    for (int k = 0; k < view->targets; k++)
        if (view->target[k] == j)
            return k;
    return -1;
}

/* out (horizon, columns of the view), scaled. */
static void forecast_all(nn_real *out, const fc_samples *samples, size_t origin)
{
    const fc_model *model = samples->model;
    const ds_view *view = samples->view;
    const int horizon = model->horizon, targets = view->targets, n = view->columns;
    double *values = malloc((size_t)horizon * (size_t)targets * sizeof *values);
    if (values)
        fc_forecaster_forecast(fc_series_base(model), model->state, view, origin, horizon, values);
    for (int j = 0; j < n; j++) {
        const int k = target_of(view, j);
        for (int h = 0; h < horizon; h++)
            out[h * n + j] = !values ? (nn_real)NAN
                             : k < 0 ? 0
                                     : (nn_real)ds_scaler_scaled(view->scaler, j, values[h * targets + k]);
    }
    free(values);
}

static size_t cells_of(const fc_samples *samples)
{
    return (size_t)samples->model->horizon * (size_t)samples->view->columns;
}

void fc_series_base_load(nn_real *out, const fc_samples *samples, size_t origin, const int *columns, int n)
{
    const int horizon = samples->model->horizon, all = samples->view->columns;
    const bool kept = samples->kept && origin >= samples->kept_from && origin < samples->kept_to;
    nn_real *own = kept ? NULL : malloc(cells_of(samples) * sizeof *own);
    const nn_real *from = kept ? samples->kept + (origin - samples->kept_from) * cells_of(samples) : own;
    if (own)
        forecast_all(own, samples, origin);
    for (int h = 0; h < horizon; h++)
        for (int j = 0; j < n; j++)
            out[h * n + j] = from ? from[h * all + (columns ? columns[j] : j)] : (nn_real)NAN;
    free(own);
}

static void keep_one(void *context, int i, int worker)
{
    fc_samples *samples = context;
    (void)worker;
    forecast_all(samples->kept + (size_t)i * cells_of(samples), samples, samples->kept_from + (size_t)i);
}

void fc_series_base_keep(fc_samples *samples, nn_pool *pool)
{
    const size_t count = samples->windows.count;
    if (!fc_series_base(samples->model) || !count ||
        (double)cells_of(samples) * (double)count * sizeof(nn_real) > MOST_KEPT ||
        !(samples->kept = nn_resize(NULL, count, cells_of(samples), sizeof *samples->kept)))
        return;
    samples->kept_from = samples->windows.first + (size_t)samples->windows.lookback;
    samples->kept_to = samples->kept_from + count;
    if (pool)
        nn_pool_run(pool, (int)count, keep_one, samples);
    for (size_t i = 0; i < count && !pool; i++)
        keep_one(samples, (int)i, 0);
}
