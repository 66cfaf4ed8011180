/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts beyond the end of a table, window after window, and the attention map of the last one. */
#include "forecast/tasks/series/forecast.h"

#include "forecast/forecaster.h"
#include "forecast/tasks/series/around.h"
#include "forecast/tasks/series/series.h"
#include "forecast/tasks/series/view.h"
#include "forecast/tasks/series/window.h"
#include "forecast/tasks/table/time_encoding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The targets of a model in a table, and where each ends. */
typedef struct target_ends {
    int count;
    int *map;      /* model columns: of the table */
    int *column;   /* count: model column */
    size_t *first; /* count: row of the first value */
    size_t *end;   /* count: behind the row of the last; 0: none */
} target_ends;

static void clear_ends(target_ends *e)
{
    free(e->map);
    free(e->column);
    free(e->first);
    free(e->end);
}

static int find_ends(target_ends *e, const fc_model *model, const ds_table *table, nn_error *error)
{
    const size_t n = (size_t)model->columns + 1;
    *e = (target_ends){.map = malloc(n * sizeof *e->map),
                       .column = malloc(n * sizeof *e->column),
                       .first = malloc(n * sizeof *e->first),
                       .end = malloc(n * sizeof *e->end)};
    if (!e->map || !e->column || !e->first || !e->end)
        return nn_no_memory(error);
    const int code = fc_model_match(model, table, e->map, error);
    for (int j = 0; j < model->columns && !code; j++) {
        if (!model->is_target[j])
            continue;
        e->column[e->count] = j;
        (void)fc_column_extent(table, e->map[j], &e->first[e->count], &e->end[e->count]);
        e->count++;
    }
    return code;
}

/* Stamps and columns; the values are still missing. */
static int make_future(fc_future **out, const target_ends *e, const ds_table *table, int steps,
                       nn_error *error)
{
    const size_t targets = (size_t)e->count, cells = (size_t)steps * targets;
    size_t last = 0;
    bool alike = true;
    int code = fc_future_new(out, steps, e->count, error);
    if (code)
        return code;
    for (size_t k = 0; k < targets; k++) {
        (*out)->columns[k] = e->map[e->column[k]];
        alike = alike && e->end[k] == e->end[0];
        last = e->end[k] > last ? e->end[k] : last;
    }
    for (size_t i = 0; i < cells; i++)
        (*out)->values[i] = NAN;
    if (last == 0)
        return nn_fail(error, NN_BAD_DATA, "%s: column '%s' holds no value", table->path,
                       table->names[(*out)->columns[0]]);
    for (int h = 0; h < steps; h++)
        (*out)->time[h] = ds_time_add(table->frequency, table->time[last - 1], h + 1);
    if (alike)
        return NN_OK;
    if (!((*out)->own = malloc((cells + 1) * sizeof *(*out)->own)))
        return nn_no_memory(error);
    for (size_t i = 0; i < cells; i++)
        (*out)->own[i] =
            ds_time_add(table->frequency, table->time[e->end[i % targets] ? e->end[i % targets] - 1 : 0],
                        (int64_t)(i / targets) + 1);
    return NN_OK;
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
    fc_scope_settle(self->scope, self->model, self->ports.inputs[FC_IN_SERIES]->data,
                    self->ports.output->data, self->model->horizon);
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
    return t + done >= length ? future->time[t + done - length] : self->scope->view.table->time[t + done];
}

/* Moves the input window forward by the model's own forecasts. */
static void feed_back(forecast_run *self, const fc_future *future, int done, int count)
{
    size_t n = (size_t)self->scope->count, f = (size_t)self->scope->series.feature_count;
    size_t length = (size_t)self->model->lookback, fresh = (size_t)count < length ? (size_t)count : length;
    nn_real *values = self->ports.inputs[FC_IN_SERIES]->data;
    memmove(values, values + fresh * n, (length - fresh) * n * sizeof *values);
    memcpy(values + (length - fresh) * n, self->ports.output->data + ((size_t)count - fresh) * n,
           fresh * n * sizeof *values);
    if (self->ports.inputs[FC_IN_PHASE])
        *self->ports.inputs[FC_IN_PHASE]->data =
            (nn_real)fc_series_phase(self->model, window_time(self, future, (size_t)(done + count), 0));
    if (!f)
        return;
    nn_real *features = self->ports.inputs[FC_IN_TIME]->data;
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
    nn_plan_keep_packed(self->plan);
    int code = nn_plan_compile(self->plan, error);
    if (code)
        return code;
    scope->samples.mask = false;
    fc_samples_load(&scope->samples, &(size_t){0}, 1, 0, &self->ports);
    return NN_OK;
}

static int check_finite(const fc_future *future, const ds_view *view, nn_error *error)
{
    const size_t targets = (size_t)future->targets;
    for (size_t i = 0; i < (size_t)future->steps * targets; i++)
        if (!isfinite(future->values[i]))
            return nn_fail(error, NN_FAILED, "the forecast of '%.200s' is not finite at step %zu",
                           view->table->names[ds_view_column(view, (int)(i % targets))], i / targets + 1);
    return NN_OK;
}

/* All targets of the scope's window, from its end. */
static int run_network(fc_future *future, fc_scope *scope, const fc_model *model, nn_error *error)
{
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
    return code ? code : check_finite(future, &scope->view, error);
}

/* What lies below the floor, or at it but for the rounding of scaled values. */
static void raise_to_floor(fc_future *future, const fc_model *model, const target_ends *e)
{
    for (int i = 0; i < future->steps * e->count; i++) {
        const double rounding = 1e-6 * model->scaler.scale[e->column[i % e->count]];
        if (future->values[i] <= model->floor + rounding)
            future->values[i] = model->floor;
    }
}

/* The targets that end where `which` does, from there, by a network. */
static int forecast_window(fc_future *future, const fc_model *model, const ds_table *table,
                           const target_ends *e, int which, nn_error *error)
{
    uint8_t *keep = malloc((size_t)model->columns + 1);
    fc_future *part = NULL;
    ds_table seen;
    fc_scope scope = {0};
    int code =
        keep ? fc_window_open(&scope, &seen, keep, model, table, e->end[which], error) : nn_no_memory(error);
    if (!code)
        code = fc_future_new(&part, future->steps, scope.view.targets, error);
    for (int h = 0; h < future->steps && !code; h++)
        part->time[h] = ds_time_add(table->frequency, table->time[e->end[which] - 1], h + 1);
    if (!code)
        code = run_network(part, &scope, model, error);
    for (int k = 0, from = 0; k < e->count && !code; k++) {
        if (!keep[e->column[k]])
            continue;
        for (int h = 0; h < future->steps && e->end[k] == e->end[which]; h++)
            future->values[h * e->count + k] = part->values[h * part->targets + from];
        from++;
    }
    fc_future_free(part);
    fc_scope_clear(&scope);
    free(keep);
    return code;
}

/* Whether a network can say something of target k. */
static bool is_within_reach(const fc_model *model, const target_ends *e, int k)
{
    return e->end[k] >= e->first[k] + (size_t)model->lookback && !isnan(model->scaler.shift[e->column[k]]);
}

/* Series too short for the look-back, and such as were not learnt from, are left without values. */
static int forecast_by_network(fc_future *future, const fc_model *model, const ds_table *table,
                               const target_ends *e, nn_error *error)
{
    int done = 0, code = NN_OK;
    for (int k = 0; k < e->count && !code; k++) {
        bool before = false;
        if (!is_within_reach(model, e, k))
            continue;
        for (int i = 0; i < k && !before; i++)
            before = e->end[i] == e->end[k] && is_within_reach(model, e, i);
        done++;
        if (!before)
            code = forecast_window(future, model, table, e, k, error);
    }
    if (code || done)
        return code;
    return nn_fail(error, NN_BAD_DATA,
                   "%s: no series has the %d values that the model looks back over; '%s' has %zu",
                   table->path, model->lookback, table->names[future->columns[0]], e->end[0] - e->first[0]);
}

/* All targets that end with target k, from there; all: room for steps x targets. */
static void forecast_group(fc_future *future, const fc_model *model, const fc_scope *scope,
                           const target_ends *e, size_t k, double *all)
{
    const size_t steps = (size_t)future->steps, targets = (size_t)e->count;
    size_t before = 0;
    while (before < k && e->end[before] != e->end[k])
        before++;
    if (before < k)
        return;
    fc_forecaster_forecast(model->kind->forecaster, model->state, &scope->view, e->end[k], future->steps,
                           all);
    for (size_t i = 0; i < steps * targets; i++)
        if (e->end[i % targets] == e->end[k])
            future->values[i] = all[i];
}

/* Each target from its own end, by a forecaster; what has no value at all is left without. */
static int forecast_locally(fc_future *future, const fc_model *model, const ds_table *table,
                            const target_ends *e, nn_error *error)
{
    const fc_forecaster *forecaster = model->kind->forecaster;
    const size_t steps = (size_t)future->steps, targets = (size_t)e->count;
    double *all = malloc((steps * targets + 1) * sizeof *all);
    fc_scope scope = {0};
    int code = all ? fc_scope_make(&scope, model, table, NULL, error) : nn_no_memory(error);
    for (size_t k = 0; k < targets && !code; k++) {
        if (e->end[k] == 0)
            continue;
        code = fc_window_check_reach(model, &scope, table, e->end[k], model->horizon, error);
        if (code)
            break;
        if (!forecaster->forecast_one) {
            forecast_group(future, model, &scope, e, k, all);
        } else {
            forecaster->forecast_one(model->state, &scope.view, (int)k, e->end[k], future->steps, all);
            for (size_t h = 0; h < steps; h++)
                future->values[h * targets + k] = all[h];
        }
        for (size_t h = 0; h < steps && !code; h++)
            if (!isfinite(future->values[h * targets + k]))
                code = nn_fail(error, NN_FAILED, "the forecast of '%s' is not finite at step %zu",
                               table->names[future->columns[k]], h + 1);
    }
    free(all);
    fc_scope_clear(&scope);
    return code;
}

static int check_steps(const fc_model *model, int steps, nn_error *error)
{
    const fc_forecaster *forecaster = model->kind->forecaster;
    if (steps < 1 || steps > 1000000)
        return nn_fail(error, NN_USAGE, "--steps %d is out of range (1 to 1000000)", steps);
    if (steps <= model->horizon)
        return NN_OK;
    if (forecaster ? !forecaster->any_horizon : model->state != NULL)
        return nn_fail(error, NN_USAGE,
                       "--steps %d goes beyond the horizon of %d that the model was fitted for", steps,
                       model->horizon);
    return forecaster || !memchr(model->is_target, 0, (size_t)model->columns)
               ? NN_OK
               : nn_fail(error, NN_USAGE,
                         "--steps %d goes beyond the horizon of %d: forecasts would be fed back, but the "
                         "model does not forecast all of its columns",
                         steps, model->horizon);
}

int fc_series_forecast(fc_future **out, const fc_model *model, const ds_table *table, int steps,
                       nn_error *error)
{
    *out = NULL;
    steps = steps ? steps : model->horizon;
    target_ends ends = {0};
    fc_future *future = NULL;
    int code = fc_window_check(model, table, error);
    if (code == NN_OK)
        code = find_ends(&ends, model, table, error);
    if (code == NN_OK)
        code = check_steps(model, steps, error);
    if (code == NN_OK)
        code = make_future(&future, &ends, table, steps, error);
    if (code == NN_OK)
        code = model->kind->forecaster ? forecast_locally(future, model, table, &ends, error)
                                       : forecast_by_network(future, model, table, &ends, error);
    if (code == NN_OK && !isnan(model->floor))
        raise_to_floor(future, model, &ends);
    clear_ends(&ends);
    if (code)
        fc_future_free(future);
    else
        *out = future;
    return code;
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
    int code = fc_window_check(model, table, error);
    if (code)
        return code;
    fc_scope scope = {0};
    ds_table seen;
    code = fc_window_open(&scope, &seen, NULL, model, table, fc_window_last_origin(model, table), error);
    if (code == NN_OK)
        code = read_attention(&scope, model, layer, head, map, tokens, error);
    fc_scope_clear(&scope);
    if (code) {
        free(*map);
        *map = NULL;
    }
    return code;
}
