/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table as a model sees it: its columns, scaled, cut into windows. */
#include "forecast/tasks/series/view.h"

#include "forecast/forecast_each.h"

#include "forecast/tasks/series/around.h"
#include "forecast/tasks/series/series.h"
#include "forecast/tasks/stations/stations.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int take_all_columns(fc_scope *scope, const fc_model *model, const ds_table *table,
                            const ds_split *split, nn_error *error)
{
    scope->count = table->columns;
    for (int j = 0; j < table->columns; j++)
        scope->columns[j] = j;
    memset(scope->is_target, 1, (size_t)table->columns);
    return ds_scaler_fit(&scope->scaler, model->scaler.kind, table, split->train, error);
}

/* model: of which the scope has all columns, in order; NULL: not. */
static int make_view(fc_scope *scope, const fc_model *model, const ds_table *table, nn_error *error)
{
    int targets = 0;
    scope->role = calloc((size_t)scope->count + 1, 1);
    scope->targets = calloc((size_t)scope->count + 1, sizeof *scope->targets);
    if (!scope->role || !scope->targets)
        return nn_no_memory(error);
    for (int j = 0; j < scope->count; j++) {
        scope->role[j] = scope->is_target[j] ? DS_VIEW_TARGET : DS_VIEW_PAST;
        if (model && model->is_future && model->is_future[j])
            scope->role[j] = DS_VIEW_FUTURE;
        if (scope->is_target[j])
            scope->targets[targets++] = j;
    }
    scope->view = (ds_view){.table = table,
                            .rows = table->rows,
                            .columns = scope->count,
                            .column = scope->columns,
                            .role = scope->role,
                            .targets = targets,
                            .target = scope->targets,
                            .scaler = &scope->scaler,
                            .floor = NAN};
    return NN_OK;
}

int fc_scope_make(fc_scope *scope, const fc_model *model, const ds_table *table, const ds_split *split,
                  nn_error *error)
{
    *scope = (fc_scope){0};
    if (fc_model_panel(model))
        return nn_fail(error, NN_USAGE, "%s: the model is one of a panel of stations, not of a plain table",
                       table->path);
    size_t most = (size_t)(table->columns > model->columns ? table->columns : model->columns) + 1;
    scope->columns = calloc(most, sizeof *scope->columns);
    scope->is_target = calloc(most, 1);
    const bool any_columns = fc_series_any_variates(model) && !model->is_future && split;
    int code = NN_OK;
    if (!scope->columns || !scope->is_target) {
        code = nn_no_memory(error);
    } else if (fc_model_match(model, table, scope->columns, any_columns ? NULL : error) == NN_OK) {
        scope->count = model->columns;
        memcpy(scope->is_target, model->is_target, (size_t)model->columns);
        code = ds_scaler_copy(&scope->scaler, &model->scaler, error);
        scope->known = malloc(most * sizeof *scope->known);
        for (int j = 0; j < model->columns && scope->known; j++)
            scope->known[j] = j;
        code = code || scope->known ? code : nn_no_memory(error);
    } else if (any_columns) {
        code = take_all_columns(scope, model, table, split, error);
    } else {
        code = NN_BAD_DATA;
    }
    if (code == NN_OK)
        code = make_view(scope, any_columns ? NULL : model, table, error);
    if (code == NN_OK)
        code = fc_series_make(&scope->series, table, scope->columns, scope->count, &scope->scaler,
                              model->kind->forecaster ? "none" : model->features, error);
    if (code) {
        fc_scope_clear(scope);
        return code;
    }
    scope->series.is_target = scope->is_target;
    scope->series.role = model->is_future ? scope->role : NULL;
    scope->samples = (fc_samples){.model = model,
                                  .variates = scope->count,
                                  .series = scope->series,
                                  .view = &scope->view,
                                  .mask = true};
    return NN_OK;
}

/* Stamp and reason of a value that is not finite. */
static int fail_unknown(const fc_scope *scope, const ds_table *table, size_t t, size_t j, nn_error *error)
{
    char stamp[64];
    if (table->layout.timed)
        ds_time_print(&table->layout.format, table->time[t], stamp, sizeof stamp);
    else
        snprintf(stamp, sizeof stamp, "row %lld", (long long)table->time[t] + 1);
    const int column = scope->columns[j];
    const double value = table->values[t * (size_t)table->columns + (size_t)column];
    if (isnan(scope->scaler.shift[j]))
        return nn_fail(error, NN_BAD_DATA,
                       "%s: column '%s' has no value in the rows that were trained on; --exclude leaves the "
                       "column out",
                       table->path, table->names[column]);
    if (isfinite(value))
        return nn_fail(error, NN_BAD_DATA,
                       "%s: column '%s' spans more than can be scaled: %g at %s; --exclude leaves "
                       "the column out",
                       table->path, table->names[column], value, stamp);
    return nn_fail(error, NN_BAD_DATA,
                   "%s: column '%s' has no value at %s; --on-missing forward or "
                   "linear fills it, --exclude leaves the column out",
                   table->path, table->names[column], stamp);
}

int fc_scope_check_known(const fc_scope *scope, const ds_table *table, size_t begin, size_t end,
                         nn_error *error)
{
    const size_t n = (size_t)scope->count;
    for (size_t t = begin; t < end; t++)
        for (size_t j = 0; j < n; j++)
            if (!isfinite(scope->series.values[t * n + j]))
                return fail_unknown(scope, table, t, j, error);
    return NN_OK;
}

bool fc_column_extent(const ds_table *table, int column, size_t *first, size_t *end)
{
    const size_t width = (size_t)table->columns;
    const double *value = table->values + column;
    *first = 0;
    *end = table->rows;
    while (*end > 0 && isnan(value[(*end - 1) * width]))
        --*end;
    while (*first < *end && isnan(value[*first * width]))
        ++*first;
    return *end > 0;
}

/* The rows of column j that can be seen: none of one whose scale is not known. */
static bool extent_of(const fc_scope *scope, const ds_table *table, int j, size_t *first, size_t *end)
{
    return fc_column_extent(table, scope->columns[j], first, end) && !isnan(scope->scaler.shift[j]);
}

/* A hole between values is for the reader to fill. */
static int check_holes(const fc_scope *scope, const ds_table *table, nn_error *error)
{
    const size_t n = (size_t)scope->count;
    for (size_t j = 0; j < n; j++) {
        size_t first, end;
        if (!extent_of(scope, table, (int)j, &first, &end))
            continue;
        for (size_t t = first; t < end; t++)
            if (!isfinite(scope->series.values[t * n + j]))
                return fail_unknown(scope, table, t, j, error);
    }
    return NN_OK;
}

static int fail_bound(const fc_scope *scope, const ds_table *table, const ds_windows *windows,
                      const char *what, nn_error *error)
{
    size_t longest = 0;
    int which = scope->targets[0];
    for (int k = 0; k < scope->view.targets; k++) {
        size_t first, end;
        if (!extent_of(scope, table, scope->targets[k], &first, &end) || end - first <= longest)
            continue;
        longest = end - first;
        which = scope->targets[k];
    }
    return nn_fail(
        error, NN_BAD_DATA,
        "%s: in the %s part no column to forecast has the %d values that a look-back needs and one "
        "behind them; '%.100s' has %zu in all, the most",
        table->path, what, windows->lookback, table->names[scope->columns[which]], longest);
}

int fc_scope_bound(const fc_scope *scope, const ds_table *table, ds_windows *windows, const char *what,
                   nn_error *error)
{
    const size_t lookback = (size_t)windows->lookback, stride = windows->stride ? windows->stride : 1,
                 last = ds_windows_row(windows, windows->count - 1);
    size_t from = last + 1, to = windows->first; /* of the rows at which windows begin: the last one */
    for (int k = 0; k < scope->view.targets; k++) {
        size_t first, end;
        if (!extent_of(scope, table, scope->targets[k], &first, &end) || end < lookback + 1)
            continue;
        first = first > windows->first ? first : windows->first;
        end = end - lookback - 1 < last ? end - lookback - 1 : last;
        if (first > end)
            continue;
        from = first < from ? first : from;
        to = end > to ? end : to;
    }
    if (from > to)
        return fail_bound(scope, table, windows, what, error);
    from = windows->first + (from - windows->first + stride - 1) / stride * stride;
    if (from > to)
        return fail_bound(scope, table, windows, what, error);
    windows->first = from;
    windows->count = (to - from) / stride + 1;
    return check_holes(scope, table, error);
}

int fc_scope_keep(fc_scope *scope, const fc_model *model, const ds_table *table, const uint8_t *keep,
                  nn_error *error)
{
    int kept = 0, targets = 0;
    for (int j = 0; j < scope->count; j++) {
        if (!keep[j])
            continue;
        scope->columns[kept] = scope->columns[j];
        if (scope->known)
            scope->known[kept] = scope->known[j];
        scope->is_target[kept] = scope->is_target[j];
        scope->role[kept] = scope->role[j];
        scope->scaler.shift[kept] = scope->scaler.shift[j];
        scope->scaler.scale[kept] = scope->scaler.scale[j];
        if (scope->is_target[kept])
            scope->targets[targets++] = kept;
        kept++;
    }
    scope->count = scope->scaler.columns = scope->view.columns = kept;
    scope->view.targets = targets;
    scope->series.is_target = NULL;
    fc_series_clear(&scope->series);
    const int code =
        fc_series_make(&scope->series, table, scope->columns, kept, &scope->scaler, model->features, error);
    scope->series.is_target = scope->is_target;
    scope->series.role = model->is_future ? scope->role : NULL;
    scope->samples.variates = kept;
    scope->samples.series = scope->series;
    return code;
}

void fc_scope_clear(fc_scope *scope)
{
    scope->series.is_target = NULL;
    fc_series_clear(&scope->series);
    ds_scaler_clear(&scope->scaler);
    free(scope->columns);
    free(scope->known);
    free(scope->is_target);
    free(scope->role);
    free(scope->targets);
    *scope = (fc_scope){0};
}

/* --- windows through a model --- */

/* What cannot be scaled is never scored; it must not spread. */
static nn_real scaled_or_none(const fc_scope *scope, int j, double value)
{
    return isnan(scope->scaler.shift[j]) ? 0 : (nn_real)ds_scaler_scaled(&scope->scaler, j, value);
}

void fc_scope_scale(nn_real *out, const fc_scope *scope, const double *values, int horizon)
{
    const int targets = scope->view.targets;
    memset(out, 0, (size_t)horizon * (size_t)scope->count * sizeof *out);
    for (int h = 0; h < horizon; h++)
        for (int k = 0; k < targets; k++)
            out[h * scope->count + scope->targets[k]] =
                scaled_or_none(scope, scope->targets[k], values[h * targets + k]);
}

/* A forecaster says nothing of a column that has no value before; nothing is asked of it, then. */
static void hide_unknown(const nn_ports *ports, const fc_scope *scope, const double *values, int horizon)
{
    const int targets = scope->view.targets;
    for (int h = 0; h < horizon; h++)
        for (int k = 0; k < targets; k++)
            if (isnan(values[h * targets + k])) {
                ports->target->data[h * scope->count + scope->targets[k]] = NAN;
                ports->output->data[h * scope->count + scope->targets[k]] = 0;
            }
}

/* Between a forecaster and who takes its forecasts in the shape of a network's ports. */
typedef struct local_relay {
    fc_scope *scope;
    const fc_model *model;
    const nn_ports *ports;
    nn_sink_fn take;
    void *context;
} local_relay;

static void take_locally(void *context, size_t w, const double *values)
{
    local_relay *self = context;
    fc_samples_load(&self->scope->samples, &w, 1, 0, self->ports);
    fc_scope_scale(self->ports->output->data, self->scope, values, self->model->horizon);
    hide_unknown(self->ports, self->scope, values, self->model->horizon);
    self->take(self->context, w, 1, self->ports);
}

static int infer_locally(fc_scope *scope, const fc_model *model, nn_pool *pool, nn_sink_fn take,
                         void *context, nn_error *error)
{
    const fc_samples *s = &scope->samples;
    const size_t n = (size_t)scope->count, horizon = (size_t)model->horizon,
                 lookback = (size_t)s->windows.lookback;
    const size_t f = (size_t)s->series.feature_count;
    nn_real *room = malloc((n * (lookback + 2 * horizon) + f * lookback + 1) * sizeof *room);
    if (!room)
        return nn_no_memory(error);
    nn_tensor input = {.data = room}, features = {.data = room + n * lookback};
    nn_tensor output = {
        .rank = 3, .shape = {1, model->horizon, scope->count}, .data = features.data + f * lookback};
    nn_tensor target = {
        .rank = 3, .shape = {1, model->horizon, scope->count}, .data = output.data + n * horizon};
    const nn_ports ports = {.inputs = {&input, &features}, .output = &output, .target = &target};
    local_relay self = {scope, model, &ports, take, context};
    const fc_origins origins = {s->windows.first + lookback, s->windows.count,
                                s->windows.stride ? s->windows.stride : 1};
    const int code = fc_forecast_each(model->kind->forecaster, model->state, &scope->view, origins,
                                      model->horizon, pool, take_locally, &self, error);
    free(room);
    return code;
}

/* Whether the model's column k, the j-th of `count` in the look-back, has never been anything else. */
static bool is_constant(const fc_model *model, int k, const nn_real *seen, int j, int count)
{
    if (!model->least || model->least[k] != model->most[k])
        return false;
    for (int t = 1; t < model->lookback; t++)
        if (seen[t * count + j] != seen[j])
            return false;
    return true;
}

void fc_scope_settle(const fc_scope *scope, const fc_model *model, const nn_real *seen, nn_real *out,
                     int horizon)
{
    const int n = scope->count;
    for (int j = 0; j < n && scope->known; j++) {
        const bool constant = is_constant(model, scope->known[j], seen, j, n);
        const double floor =
            isnan(model->floor) ? -INFINITY : ds_scaler_scaled(&scope->scaler, j, model->floor);
        for (int h = 0; h < horizon && scope->is_target[j]; h++)
            if (constant)
                out[h * n + j] = seen[j];
            else if ((double)out[h * n + j] < floor)
                out[h * n + j] = (nn_real)floor;
    }
}

/* Between the network and who takes its forecasts. */
typedef struct relay {
    const fc_scope *scope;
    const fc_model *model;
    nn_sink_fn take;
    void *context;
} relay;

static void settle_chunk(void *context, size_t first, int count, const nn_ports *ports)
{
    const relay *self = context;
    const fc_samples *s = &self->scope->samples;
    const size_t n = (size_t)self->scope->count, horizon = (size_t)self->model->horizon;
    for (size_t i = 0; i < (size_t)count; i++)
        fc_scope_settle(self->scope, self->model,
                        s->series.values + ds_windows_row(&s->windows, first + i) * n,
                        ports->output->data + i * horizon * n, self->model->horizon);
    self->take(self->context, first, count, ports);
}

int fc_scope_infer(fc_scope *scope, const fc_model *model, int batch, nn_pool *pool, nn_sink_fn take,
                   void *context, nn_error *error)
{
    if (model->kind->forecaster)
        return infer_locally(scope, model, pool, take, context, error);
    nn_task network = fc_samples_network(&scope->samples);
    nn_source source = fc_samples_source(&scope->samples);
    relay self = {scope, model, take, context};
    return nn_infer(model->params, &network, &source, batch, pool, settle_chunk, &self, error);
}
