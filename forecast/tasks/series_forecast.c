/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts beyond the end of a table, window after window, and the attention map of the last one. */
#include "forecast/tasks/series_forecast.h"

#include "forecast/forecaster.h"
#include "forecast/tasks/time_encoding.h"
#include "forecast/tasks/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The last rows of a table as a table; borrows everything. */
static ds_table tail_of(const ds_table *table, size_t rows)
{
    ds_table tail = *table;
    size_t skip = table->rows - rows;
    tail.rows = rows;
    tail.time += skip;
    tail.values += skip * (size_t)table->columns;
    if (tail.filled)
        tail.filled += skip * (size_t)table->columns;
    return tail;
}

static int check_window(const fc_model *model, const ds_table *table, nn_error *error)
{
    if (!model->kind->forecaster && table->rows < (size_t)model->lookback)
        return nn_fail(error, NN_BAD_DATA, "%s: has %zu rows; the model looks back over %d", table->path,
                       table->rows, model->lookback);
    return NN_OK;
}

static int make_future(fc_future **out, const fc_scope *scope, const ds_table *table, int steps,
                       nn_error *error)
{
    int targets = 0;
    for (int j = 0; j < scope->count; j++)
        targets += scope->is_target[j];
    int code = fc_future_new(out, steps, targets, error);
    for (int h = 0; h < steps && !code; h++)
        (*out)->time[h] = ds_time_add(table->frequency, table->time[table->rows - 1], h + 1);
    for (int j = 0, k = 0; j < scope->count && !code; j++)
        if (scope->is_target[j])
            (*out)->columns[k++] = scope->columns[j];
    return code;
}

typedef struct forecast_run {
    const fc_model *model;
    const fc_scope *scope;
    nn_plan *plan;
    nn_ports ports;
} forecast_run;

/* One pass; forecasts of rows [done, done + count) of the future in original units. */
static void run_once(forecast_run *self, fc_future *future, int done, int count)
{
    nn_run run = {.batch = 1, .params = self->model->params->data};
    nn_plan_forward(self->plan, &run);
    int n = self->scope->count;
    fc_scope_settle(self->scope, self->model, self->ports.inputs[0]->data, self->ports.output->data,
                    self->model->horizon);
    double *value = future->values + (size_t)done * (size_t)future->targets;
    for (int h = 0; h < count; h++)
        for (int j = 0; j < n; j++)
            if (self->scope->is_target[j])
                *value++ =
                    ds_scaler_value(&self->scope->scaler, j, (double)self->ports.output->data[h * n + j]);
}

/* The stamp of row t of the window after `done` rows of the future. */
static ds_time window_time(const forecast_run *self, const fc_future *future, size_t done, size_t t)
{
    const size_t length = (size_t)self->model->lookback;
    return t + done >= length ? future->time[t + done - length] : self->scope->series.time[t + done];
}

/* Moves the input window forward by the model's own forecasts. */
static void feed_back(forecast_run *self, const fc_future *future, int done, int count)
{
    size_t n = (size_t)self->scope->count, f = (size_t)self->scope->series.feature_count;
    size_t length = (size_t)self->model->lookback, fresh = (size_t)count < length ? (size_t)count : length;
    nn_real *values = self->ports.inputs[0]->data;
    memmove(values, values + fresh * n, (length - fresh) * n * sizeof *values);
    memcpy(values + (length - fresh) * n, self->ports.output->data + ((size_t)count - fresh) * n,
           fresh * n * sizeof *values);
    if (!f)
        return;
    nn_real *features = self->ports.inputs[1]->data;
    if (self->scope->series.time) {
        const size_t past = (size_t)(done + count);
        for (size_t t = 0; t < length; t++)
            features[t] = fc_time_input(self->model, window_time(self, future, past, t),
                                        window_time(self, future, past, length - 1));
        return;
    }
    memmove(features, features + fresh * f, (length - fresh) * f * sizeof *features);
    for (size_t t = 0; t < fresh; t++) {
        float row[DS_MAX_TIME_FEATURES];
        ds_time_features(self->model->features, future->time[(size_t)(done + count) - fresh + t], row);
        for (size_t j = 0; j < f; j++)
            features[(length - fresh + t) * f + j] = row[j];
    }
}

/* A plan for one window, the window loaded. */
static int prepare(forecast_run *self, fc_scope *scope, const fc_model *model, bool keep_all, nn_error *error)
{
    *self = (forecast_run){.model = model, .scope = scope, .plan = nn_plan_new(model->params, 1, false)};
    if (!self->plan)
        return nn_no_memory(error);
    if (keep_all)
        nn_plan_keep_all(self->plan);
    fc_samples_build(&scope->samples, self->plan, &self->ports);
    nn_keep(self->plan, self->ports.output);
    int code = nn_plan_compile(self->plan, error);
    if (code)
        return code;
    scope->samples.windows = (ds_windows){.count = 1, .lookback = model->lookback};
    scope->samples.mask = false;
    fc_samples_load(&scope->samples, &(size_t){0}, 1, 0, &self->ports);
    return NN_OK;
}

static int check_finite(const fc_future *future, nn_error *error)
{
    for (size_t i = 0; i < (size_t)future->steps * (size_t)future->targets; i++)
        if (!isfinite(future->values[i]))
            return nn_fail(error, NN_FAILED, "the forecast is not finite at step %zu",
                           i / (size_t)future->targets + 1);
    return NN_OK;
}

static int run_forecast(fc_future *future, fc_scope *scope, const fc_model *model, nn_error *error)
{
    const fc_forecaster *forecaster = model->kind->forecaster;
    if (forecaster) {
        forecaster->forecast(model->state, &scope->view, scope->view.rows, future->steps, future->values);
        return check_finite(future, error);
    }
    forecast_run self;
    int code = prepare(&self, scope, model, false, error);
    for (int done = 0; code == NN_OK && done < future->steps;) {
        int left = future->steps - done, count = left < model->horizon ? left : model->horizon;
        run_once(&self, future, done, count);
        if (left > count)
            feed_back(&self, future, done, count);
        done += count;
    }
    nn_plan_free(self.plan);
    return code ? code : check_finite(future, error);
}

/* What lies below the floor, or at it but for the rounding of scaled values. */
static void raise_to_floor(fc_future *future, const fc_scope *scope, double floor)
{
    const int targets = future->targets;
    for (int i = 0; i < future->steps * targets; i++) {
        const double rounding = 1e-6 * scope->scaler.scale[scope->targets[i % targets]];
        if (future->values[i] <= floor + rounding)
            future->values[i] = floor;
    }
}

int fc_series_forecast(fc_future **out, const fc_model *model, const ds_table *table, int steps,
                       nn_error *error)
{
    *out = NULL;
    steps = steps ? steps : model->horizon;
    int code = check_window(model, table, error);
    if (code)
        return code;
    if (steps < 1 || steps > 1000000)
        return nn_fail(error, NN_USAGE, "--steps %d is out of range (1 to 1000000)", steps);
    const fc_forecaster *forecaster = model->kind->forecaster;
    ds_table window = tail_of(table, forecaster ? table->rows : (size_t)model->lookback);
    fc_scope scope;
    code = fc_scope_make(&scope, model, &window, NULL, error);
    if (code)
        return code;
    fc_future *future = NULL;
    bool partial = memchr(scope.is_target, 0, (size_t)scope.count) != NULL;
    if (steps > model->horizon && forecaster && !forecaster->any_horizon)
        code =
            nn_fail(error, NN_USAGE, "--steps %d goes beyond the horizon of %d that the model was fitted for",
                    steps, model->horizon);
    else if (steps > model->horizon && !forecaster && partial)
        code = nn_fail(error, NN_USAGE,
                       "--steps %d goes beyond the horizon of %d: forecasts would be fed back, but the "
                       "model does not forecast all of its columns",
                       steps, model->horizon);
    if (code == NN_OK && !forecaster) /* which goes by the values that there are */
        code = fc_scope_check_known(&scope, &window, error);
    if (code == NN_OK)
        code = make_future(&future, &scope, table, steps, error);
    if (code == NN_OK)
        code = run_forecast(future, &scope, model, error);
    if (code == NN_OK && !isnan(model->floor))
        raise_to_floor(future, &scope, model->floor);
    fc_scope_clear(&scope);
    if (code) {
        fc_future_free(future);
        return code;
    }
    *out = future;
    return NN_OK;
}

/* --- attention --- */

/* Adds the weights of the wanted heads, divided by their number, into map. */
static int sum_heads(double *map, const forecast_run *self, const nn_tensor *attention, int tokens, int head,
                     nn_error *error)
{
    size_t size = (size_t)tokens * (size_t)tokens;
    nn_real *weights = malloc(size * sizeof *weights);
    if (!weights)
        return nn_no_memory(error);
    nn_run run = {.batch = 1, .params = self->model->params->data};
    int heads = 0;
    while (nn_attention_weights(self->plan, attention, &run, 0, heads, weights)) {
        for (size_t i = 0; i < size && (head < 0 || head == heads); i++)
            map[i] += (double)weights[i];
        heads++;
    }
    free(weights);
    if (head >= heads)
        return nn_fail(error, NN_USAGE, "--head %d: the model has the heads 0 to %d", head, heads - 1);
    for (size_t i = 0; head < 0 && i < size; i++)
        map[i] /= heads;
    return NN_OK;
}

static int read_attention(fc_scope *scope, const fc_model *model, int layer, int head, double **map,
                          int *tokens, nn_error *error)
{
    forecast_run self;
    int code = prepare(&self, scope, model, true, error);
    if (code == NN_OK) {
        nn_run run = {.batch = 1, .params = model->params->data};
        nn_plan_forward(self.plan, &run);
        const nn_tensor *attention = layer < 0 ? NULL : nn_plan_attention(self.plan, layer);
        int layers = 0;
        while (nn_plan_attention(self.plan, layers))
            layers++;
        *tokens = attention ? attention->shape[1] : 0;
        if (!attention)
            code = nn_fail(error, NN_USAGE, "--layer %d: the model has %d attention layers, numbered from 0",
                           layer, layers);
        else if (!(*map = calloc((size_t)*tokens * (size_t)*tokens, sizeof **map)))
            code = nn_no_memory(error);
        else
            code = sum_heads(*map, &self, attention, *tokens, head, error);
    }
    nn_plan_free(self.plan);
    return code;
}

int fc_attention(const fc_model *model, const ds_table *table, int layer, int head, double **map, int *tokens,
                 nn_error *error)
{
    *map = NULL;
    int code = check_window(model, table, error);
    if (code)
        return code;
    ds_table window = tail_of(table, (size_t)model->lookback);
    fc_scope scope;
    code = fc_scope_make(&scope, model, &window, NULL, error);
    if (code)
        return code;
    code = fc_scope_check_known(&scope, &window, error);
    if (code == NN_OK)
        code = read_attention(&scope, model, layer, head, map, tokens, error);
    fc_scope_clear(&scope);
    if (code) {
        free(*map);
        *map = NULL;
    }
    return code;
}
