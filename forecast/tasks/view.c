/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table as a model sees it: its columns, scaled, cut into windows. */
#include "forecast/tasks/view.h"

#include "forecast/forecaster.h"

#include "forecast/tasks/series.h"

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

static int make_view(fc_scope *scope, const ds_table *table, nn_error *error)
{
    int targets = 0;
    scope->role = calloc((size_t)scope->count + 1, 1);
    scope->targets = calloc((size_t)scope->count + 1, sizeof *scope->targets);
    if (!scope->role || !scope->targets)
        return nn_no_memory(error);
    for (int j = 0; j < scope->count; j++) {
        scope->role[j] = scope->is_target[j] ? DS_VIEW_TARGET : DS_VIEW_PAST;
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
    if (model->task != &fc_series_task)
        return nn_fail(error, NN_USAGE, "%s: the model is one of a panel of stations, not of a plain table",
                       table->path);
    size_t most = (size_t)(table->columns > model->columns ? table->columns : model->columns) + 1;
    scope->columns = calloc(most, sizeof *scope->columns);
    scope->is_target = calloc(most, 1);
    const bool any_columns = model->kind->any_variates && split;
    int code = NN_OK;
    if (!scope->columns || !scope->is_target) {
        code = nn_no_memory(error);
    } else if (fc_model_match(model, table, scope->columns, any_columns ? NULL : error) == NN_OK) {
        scope->count = model->columns;
        scope->own = true;
        memcpy(scope->is_target, model->is_target, (size_t)model->columns);
        code = ds_scaler_copy(&scope->scaler, &model->scaler, error);
    } else if (any_columns) {
        code = take_all_columns(scope, model, table, split, error);
    } else {
        code = NN_BAD_DATA;
    }
    if (code == NN_OK)
        code = make_view(scope, table, error);
    if (code == NN_OK)
        code = fc_series_make(&scope->series, table, scope->columns, scope->count, &scope->scaler,
                              model->features, error);
    if (code) {
        fc_scope_clear(scope);
        return code;
    }
    scope->series.is_target = scope->is_target;
    scope->samples =
        (fc_samples){.model = model, .variates = scope->count, .series = scope->series, .mask = true};
    return NN_OK;
}

int fc_scope_check_known(const fc_scope *scope, const ds_table *table, nn_error *error)
{
    size_t n = (size_t)scope->count;
    for (size_t t = 0; t < table->rows; t++)
        for (size_t j = 0; j < n; j++)
            if (!isfinite(scope->series.values[t * n + j])) {
                char stamp[64];
                if (table->layout.timed)
                    ds_time_print(&table->layout.format, table->time[t], stamp, sizeof stamp);
                else
                    snprintf(stamp, sizeof stamp, "row %lld", (long long)table->time[t] + 1);
                int column = scope->columns[j];
                double value = table->values[t * (size_t)table->columns + (size_t)column];
                if (isfinite(value))
                    return nn_fail(
                        error, NN_BAD_DATA,
                        "%s: column '%s' spans more than can be scaled: %g at %s; --exclude leaves "
                        "the column out",
                        table->path, table->names[column], value, stamp);
                return nn_fail(error, NN_BAD_DATA,
                               "%s: column '%s' has no value at %s; --on-missing forward or "
                               "linear fills it, --exclude leaves the column out",
                               table->path, table->names[column], stamp);
            }
    return NN_OK;
}

void fc_scope_clear(fc_scope *scope)
{
    scope->series.is_target = NULL;
    fc_series_clear(&scope->series);
    ds_scaler_clear(&scope->scaler);
    free(scope->columns);
    free(scope->is_target);
    free(scope->role);
    free(scope->targets);
    *scope = (fc_scope){0};
}

/* --- windows through a model --- */

void fc_scope_scale(nn_real *out, const fc_scope *scope, const double *values, int horizon)
{
    const int targets = scope->view.targets;
    memset(out, 0, (size_t)horizon * (size_t)scope->count * sizeof *out);
    for (int h = 0; h < horizon; h++)
        for (int k = 0; k < targets; k++)
            out[h * scope->count + scope->targets[k]] =
                (nn_real)ds_scaler_scaled(&scope->scaler, scope->targets[k], values[h * targets + k]);
}

/* Window by window, in the shape of a network's ports. */
static int infer_locally(fc_scope *scope, const fc_model *model, nn_sink_fn take, void *context,
                         nn_error *error)
{
    const fc_samples *s = &scope->samples;
    const size_t n = (size_t)scope->count, horizon = (size_t)model->horizon,
                 lookback = (size_t)s->windows.lookback;
    const size_t f = (size_t)s->series.feature_count;
    nn_real *room = malloc((n * (lookback + 2 * horizon) + f * lookback + 1) * sizeof *room);
    double *values = malloc((horizon * n + 1) * sizeof *values);
    nn_tensor input = {.data = room}, features = {.data = room + n * lookback};
    nn_tensor output = {
        .rank = 3, .shape = {1, model->horizon, scope->count}, .data = features.data + f * lookback};
    nn_tensor target = {
        .rank = 3, .shape = {1, model->horizon, scope->count}, .data = output.data + n * horizon};
    const nn_ports ports = {.inputs = {&input, &features}, .output = &output, .target = &target};
    if (room && values)
        for (size_t w = 0; w < s->windows.count; w++) {
            fc_samples_load(&scope->samples, &w, 1, 0, &ports);
            model->kind->forecaster->forecast(model->state, &scope->view, s->windows.first + w + lookback,
                                              model->horizon, values);
            fc_scope_scale(output.data, scope, values, model->horizon);
            take(context, w, 1, &ports);
        }
    const int code = room && values ? NN_OK : nn_no_memory(error);
    free(room);
    free(values);
    return code;
}

static bool is_constant(const fc_model *model, const nn_real *seen, int column)
{
    if (!model->least || model->least[column] != model->most[column])
        return false;
    for (int t = 1; t < model->lookback; t++)
        if (seen[t * model->columns + column] != seen[column])
            return false;
    return true;
}

void fc_scope_settle(const fc_scope *scope, const fc_model *model, const nn_real *seen, nn_real *out,
                     int horizon)
{
    const int n = scope->count;
    for (int j = 0; j < n && scope->own; j++) {
        const bool constant = is_constant(model, seen, j);
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
        fc_scope_settle(self->scope, self->model, s->series.values + (s->windows.first + first + i) * n,
                        ports->output->data + i * horizon * n, self->model->horizon);
    self->take(self->context, first, count, ports);
}

int fc_scope_infer(fc_scope *scope, const fc_model *model, int batch, nn_pool *pool, nn_sink_fn take,
                   void *context, nn_error *error)
{
    if (model->kind->forecaster)
        return infer_locally(scope, model, take, context, error);
    nn_task network = fc_samples_network(&scope->samples);
    nn_source source = fc_samples_source(&scope->samples);
    relay self = {scope, model, take, context};
    return nn_infer(model->params, &network, &source, batch, pool, settle_chunk, &self, error);
}
