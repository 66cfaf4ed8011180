/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts of all windows of a part, collected as arrays and as price paths. */
#include "forecast/tasks/series/windows.h"

#include "forecast/tasks/series/series.h"
#include "forecast/tasks/series/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const fc_path_names[] = {[FC_BY_MODEL] = "model",
                                     [FC_BY_LAST] = "last value",
                                     [FC_BY_DRIFT] = "drift",
                                     [FC_BY_MEAN] = "mean return"};

typedef struct collector {
    const fc_scope *scope;
    double *values;
    size_t targets;
} collector;

static void take_chunk(void *context, size_t first, int count, const nn_ports *ports)
{
    collector *self = context;
    const size_t horizon = (size_t)ports->output->shape[1], n = (size_t)self->scope->count;
    double *out = self->values + first * horizon * self->targets;
    const nn_real *value = ports->output->data;
    for (size_t row = 0; row < (size_t)count * horizon; row++, value += n)
        for (size_t j = 0; j < n; j++)
            if (self->scope->is_target[j])
                *out++ = ds_scaler_value(&self->scope->scaler, (int)j, (double)value[j]);
}

static int run(collector *self, fc_scope *scope, const fc_model *model, int threads, nn_error *error)
{
    nn_pool *pool;
    int code = nn_pool_new(&pool, threads, error);
    if (code)
        return code;
    code = fc_scope_infer(scope, model, 32, pool, take_chunk, self, error);
    nn_pool_free(pool);
    return code;
}

int fc_collect(double **values, const fc_model *model, const ds_table *table, const ds_windows *windows,
               int threads, nn_error *error)
{
    fc_scope scope;
    *values = NULL;
    int code = fc_scope_make(&scope, model, table, NULL, error);
    if (code)
        return code;
    collector self = {.scope = &scope};
    ds_windows inside = *windows;
    for (int j = 0; j < scope.count; j++)
        self.targets += scope.is_target[j];
    const size_t size = windows->count * (size_t)windows->horizon * self.targets;
    code = model->kind->forecaster ? NN_OK : fc_scope_bound(&scope, table, &inside, "test", error);
    if (!code && !(self.values = malloc((size + 1) * sizeof *self.values)))
        code = nn_fail(error, NN_FAILED, "no memory for the forecasts of %zu windows", windows->count);
    scope.samples.windows = *windows;
    if (!code)
        code = run(&self, &scope, model, threads, error);
    for (size_t i = 0; i < size && !code; i++)
        if (!isfinite(self.values[i]))
            code = nn_fail(error, NN_FAILED, "the model's forecasts are not finite");
    fc_scope_clear(&scope);
    if (code)
        free(self.values);
    else
        *values = self.values;
    return code;
}

/* --- paths --- */

static bool allocate(fc_paths *p, size_t windows, int horizon)
{
    const size_t cells = windows * (size_t)horizon + 1;
    *p = (fc_paths){.windows = windows, .horizon = horizon};
    p->last = malloc((windows + 1) * sizeof *p->last);
    p->truth = malloc(cells * sizeof *p->truth);
    bool complete = p->last && p->truth;
    for (int k = 0; k < FC_PATH_KINDS; k++)
        complete = (p->path[k] = malloc(cells * sizeof(double))) && complete;
    return complete;
}

/* The closes of one ticker. */
typedef struct closes {
    const ds_table *table;
    int column;
} closes;

static double close_at(const closes *c, size_t row)
{
    return c->table->values[row * (size_t)c->table->columns + (size_t)c->column];
}

/* Paths that only the past decides. row: of the first close to forecast. */
static void fill_naive(fc_paths *p, const closes *c, size_t window, size_t row, size_t lookback)
{
    const size_t horizon = (size_t)p->horizon, at = window * horizon;
    const size_t first = row - 1 > lookback ? row - 1 - lookback : 0;
    const double last = close_at(c, row - 1);
    const double drift = log(last / close_at(c, first)) / (double)(row - 1 - first);
    const double mean = row > 1 ? log(last / close_at(c, 0)) / (double)(row - 1) : 0;
    p->last[window] = last;
    for (size_t h = 0; h < horizon; h++) {
        p->truth[at + h] = close_at(c, row + h);
        p->path[FC_BY_LAST][at + h] = last;
        p->path[FC_BY_DRIFT][at + h] = row - 1 > first ? last * exp(drift * (double)(h + 1)) : last;
        p->path[FC_BY_MEAN][at + h] = last * exp(mean * (double)(h + 1));
    }
}

int fc_paths_make(fc_paths *p, const fc_model *model, const ds_prices *prices, const ds_windows *windows,
                  const double *values, int target, nn_error *error)
{
    const fc_market *m = fc_model_market(model);
    const size_t w = ds_returns_offset(&m->prices), horizon = (size_t)windows->horizon;
    const closes c = {prices->close, fc_market_target(m, prices, target)};
    size_t width = 0;
    for (int j = 0; j < model->columns; j++)
        width += model->is_target[j];
    double *work = malloc((2 * w + 2 * horizon + 1) * sizeof *work);
    int code = work && allocate(p, windows->count, windows->horizon) ? NN_OK : NN_FAILED;
    if (code)
        nn_fail(error, code, "no memory for paths of %zu windows", windows->count);
    else if (c.column < 0)
        code = nn_fail(error, NN_BAD_DATA, "%s: a ticker that the model forecasts is missing",
                       prices->close->path);
    for (size_t i = 0; i < windows->count && !code; i++) {
        double *history = work, *returns = history + w, *scratch = returns + horizon;
        const size_t row = windows->first + i + (size_t)windows->lookback + w; /* of the prices */
        fill_naive(p, &c, i, row, (size_t)windows->lookback);
        for (size_t t = 0; t < w; t++)
            history[t] = close_at(&c, row - w + t);
        for (size_t h = 0; h < horizon; h++) {
            const double value = values[(i * horizon + h) * width + (m->merge.kind ? 0 : (size_t)target)];
            returns[h] = m->merge.kind ? fc_market_member(m, target, value) : value;
        }
        ds_returns_decode(p->path[FC_BY_MODEL] + i * horizon, returns, horizon, history, &m->prices, scratch);
    }
    free(work);
    if (code)
        fc_paths_clear(p);
    return code;
}

static bool append(double **to, size_t have, const double *more, size_t count)
{
    double *longer = realloc(*to, (have + count + 1) * sizeof *longer);
    if (!longer)
        return false;
    *to = longer;
    memcpy(longer + have, more, count * sizeof *longer);
    return true;
}

int fc_paths_append(fc_paths *p, const fc_paths *more, nn_error *error)
{
    const size_t horizon = (size_t)more->horizon, have = p->windows * horizon,
                 count = more->windows * horizon;
    bool complete = append(&p->last, p->windows, more->last, more->windows) &&
                    append(&p->truth, have, more->truth, count);
    for (int k = 0; k < FC_PATH_KINDS && complete; k++)
        complete = append(&p->path[k], have, more->path[k], count);
    if (!complete)
        return nn_no_memory(error);
    p->windows += more->windows;
    p->horizon = more->horizon;
    return NN_OK;
}

void fc_paths_clear(fc_paths *p)
{
    free(p->last);
    free(p->truth);
    for (int k = 0; k < FC_PATH_KINDS; k++)
        free(p->path[k]);
    *p = (fc_paths){0};
}
