/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts from row after row of a table, by a network in batches or by a forecaster side by side. */
#include "forecast/scores/rolling.h"

#include "forecast/forecaster.h"
#include "forecast/tasks/series/view.h"
#include "lib/base/ranks.h"
#include "lib/pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 32 };

int fc_rolling_bound(ds_part *origins, const fc_model *model, const ds_table *table, int horizon,
                     const char *what, nn_error *error)
{
    const size_t lookback = (size_t)model->lookback, h = (size_t)horizon,
                 end = table->rows >= h ? table->rows + 1 - h : 0;
    origins->end = origins->end < end ? origins->end : end;
    if (!model->kind->forecaster && origins->begin < lookback)
        origins->begin = lookback;
    if (origins->begin >= origins->end)
        return nn_fail(error, NN_BAD_DATA,
                       "%s: the %s rows are too few for a look-back of %d and a horizon of %d", table->path,
                       what, model->lookback, horizon);
    if (model->kind->forecaster)
        return NN_OK;
    fc_scope scope;
    int code = fc_scope_make(&scope, model, table, NULL, error);
    if (code)
        return code;
    ds_windows windows = {.first = origins->begin - lookback,
                          .count = origins->end - origins->begin,
                          .lookback = model->lookback,
                          .horizon = horizon};
    code = fc_scope_bound(&scope, table, &windows, what, error);
    fc_scope_clear(&scope);
    *origins = (ds_part){windows.first + lookback, windows.first + lookback + windows.count};
    return code;
}

/* --- a forecaster's --- */

typedef struct local {
    fc_rolling *rolling;
    const fc_model *model;
    const ds_view *view;
    size_t first; /* of this rank */
} local;

static void forecast_one(void *context, int n, int worker)
{
    const local *self = context;
    fc_rolling *r = self->rolling;
    const size_t i = self->first + (size_t)n, size = (size_t)r->horizon * (size_t)r->targets;
    (void)worker;
    fc_forecaster_forecast(self->model->kind->forecaster, self->model->state, self->view,
                           r->first + i * r->stride, r->horizon, r->values + i * size);
}

static int roll_forecaster(fc_rolling *r, const fc_scope *scope, const fc_model *model, int threads,
                           nn_error *error)
{
    nn_pool *pool;
    size_t begin, end;
    nn_ranks_part(nn_rank(), r->count, &begin, &end);
    local self = {r, model, &scope->view, begin};
    const int code = nn_pool_new(&pool, threads, error);
    if (code)
        return code;
    nn_pool_run(pool, (int)(end - begin), forecast_one, &self);
    nn_ranks_share(r->values, r->count, (size_t)r->horizon * (size_t)r->targets * sizeof *r->values);
    nn_pool_free(pool);
    return NN_OK;
}

/* --- a network's --- */

typedef struct batches {
    fc_rolling *rolling;
    const fc_scope *scope;
} batches;

static void take_batch(void *context, size_t first, int count, const nn_ports *ports)
{
    const batches *self = context;
    const fc_scope *scope = self->scope;
    fc_rolling *r = self->rolling;
    const size_t steps = (size_t)ports->output->shape[1], n = (size_t)scope->count;
    for (size_t i = 0; i < (size_t)count; i++) {
        double *out = r->values + (first + i) * (size_t)r->horizon * (size_t)r->targets;
        const nn_real *from = ports->output->data + i * steps * n;
        for (int h = 0; h < r->horizon; h++)
            for (int k = 0; k < r->targets; k++)
                *out++ = ds_scaler_value(&scope->scaler, scope->targets[k],
                                         (double)from[(size_t)h * n + (size_t)scope->targets[k]]);
    }
}

static int roll_network(fc_rolling *r, fc_scope *scope, const fc_model *model, int threads, nn_error *error)
{
    nn_pool *pool;
    batches self = {r, scope};
    int code = nn_pool_new(&pool, threads, error);
    if (code)
        return code;
    scope->samples.windows = (ds_windows){.first = r->first - (size_t)model->lookback,
                                          .count = r->count,
                                          .stride = r->stride,
                                          .lookback = model->lookback,
                                          .horizon = model->horizon};
    code = fc_scope_infer(scope, model, BATCH, pool, take_batch, &self, error);
    nn_pool_free(pool);
    return code;
}

/* The table with empty rows behind it, for windows that reach beyond its end; its values and times are to be
 * freed. */
static int pad(ds_table *padded, const ds_table *table, size_t rows, nn_error *error)
{
    const size_t width = (size_t)table->columns;
    *padded = *table;
    padded->rows = rows;
    padded->filled = NULL;
    padded->values = malloc((rows * width + 1) * sizeof *padded->values);
    padded->time = malloc((rows + 1) * sizeof *padded->time);
    if (!padded->values || !padded->time) {
        free(padded->values);
        free(padded->time);
        return nn_no_memory(error);
    }
    memcpy(padded->values, table->values, table->rows * width * sizeof *padded->values);
    memcpy(padded->time, table->time, table->rows * sizeof *padded->time);
    for (size_t i = table->rows * width; i < rows * width; i++)
        padded->values[i] = NAN;
    for (size_t t = table->rows; t < rows; t++)
        padded->time[t] = table->time[table->rows - 1];
    return NN_OK;
}

/* --- both --- */

static int roll(fc_rolling *r, const fc_model *model, const ds_table *table, int threads, nn_error *error)
{
    fc_scope scope;
    int code = fc_scope_make(&scope, model, table, NULL, error);
    if (code)
        return code;
    r->targets = scope.view.targets;
    const size_t targets = (size_t)r->targets;
    r->column = malloc((targets + 1) * sizeof *r->column);
    r->values = malloc((r->count * (size_t)r->horizon * targets + 1) * sizeof *r->values);
    code = r->column && r->values
               ? NN_OK
               : nn_fail(error, NN_FAILED, "no memory for forecasts from %zu rows", r->count);
    for (size_t k = 0; k < targets && !code; k++)
        r->column[k] = scope.columns[scope.targets[k]];
    if (!code)
        code = model->kind->forecaster ? roll_forecaster(r, &scope, model, threads, error)
                                       : roll_network(r, &scope, model, threads, error);
    fc_scope_clear(&scope);
    return code;
}

int fc_roll(fc_rolling *r, const fc_model *model, const ds_table *table, int horizon, int threads,
            nn_error *error)
{
    const size_t last = r->first + (r->count - 1) * r->stride,
                 needed = last + (model->kind->forecaster ? 0 : (size_t)model->horizon);
    ds_table padded;
    r->horizon = horizon;
    r->column = NULL;
    r->values = NULL;
    if (needed <= table->rows)
        return roll(r, model, table, threads, error);
    int code = pad(&padded, table, needed, error);
    if (code)
        return code;
    code = roll(r, model, &padded, threads, error);
    free(padded.values);
    free(padded.time);
    return code;
}

void fc_rolling_clear(fc_rolling *r)
{
    free(r->column);
    free(r->values);
    *r = (fc_rolling){0};
}
