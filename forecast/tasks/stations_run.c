/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Panels trained and forecast. */
#include "forecast/fit_internal.h"
#include "forecast/tasks/stations_samples.h"

#include "datasets/series/windows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- training --- */

static int take_scaler(fc_model *model, const ds_panel *panel, ds_part train, ds_scaler_kind kind,
                       nn_error *error)
{
    ds_scaler all;
    int code = ds_panel_scaler_fit(&all, kind, panel, train, error);
    if (code)
        return code;
    size_t n = (size_t)model->columns;
    ds_scaler_clear(&model->scaler);
    model->scaler = (ds_scaler){.kind = kind,
                                .columns = model->columns,
                                .shift = malloc(n * sizeof(double)),
                                .scale = malloc(n * sizeof(double))};
    if (!model->scaler.shift || !model->scaler.scale)
        code = nn_no_memory(error);
    for (size_t i = 0; code == NN_OK && i < n; i++) {
        model->scaler.shift[i] = all.shift[panel->column[i]];
        model->scaler.scale[i] = all.scale[panel->column[i]];
    }
    ds_scaler_clear(&all);
    return code;
}

/* Features whose whole cycle the rows of part went through: they came back to where they began. */
static unsigned seen_calendar(const fc_model *model, const ds_panel *panel, ds_part part)
{
    float row[DS_MAX_TIME_FEATURES], first[DS_MAX_TIME_FEATURES], last[DS_MAX_TIME_FEATURES];
    bool wrapped[DS_MAX_TIME_FEATURES] = {false};
    int features = ds_time_features_count(model->features);
    unsigned seen = 0;
    for (size_t t = part.begin; t < part.end && features > 0; t++) {
        ds_time_features(model->features, ds_panel_time(panel, t), row);
        for (int i = 0; i < features; i++) {
            first[i] = t == part.begin ? row[i] : first[i];
            wrapped[i] = wrapped[i] || (t > part.begin && row[i] < last[i]);
            seen |= (unsigned)(wrapped[i] && row[i] >= first[i]) << i;
            last[i] = row[i];
        }
    }
    return seen;
}

static int cut(fc_panel_samples *task, const ds_part *part, const char *name, int stride, nn_error *error)
{
    ds_windows windows;
    int code = ds_windows_make(part, name, task->model->lookback, task->model->horizon, &windows, error);
    if (code)
        return code;
    task->first = windows.first + (size_t)task->model->lookback;
    task->stride = (size_t)stride;
    task->count = (windows.count + task->stride - 1) / task->stride;
    return NN_OK;
}

/* Windows without a season before them would teach that there is none; a year must have been seen whole. */
static int leave_out_first(fc_panel_samples *train, const ds_panel *panel, ds_part part, nn_error *error)
{
    const ds_time year = 365 * DS_DAY;
    if (train->form.yearly && ds_panel_time(panel, part.end - 1) - ds_panel_time(panel, part.begin) < year)
        return nn_fail(error, NN_USAGE, "--shortcut-year: the training rows are less than a year");
    size_t season = (size_t)train->form.season;
    size_t skipped = season > train->first ? (season - train->first + train->stride - 1) / train->stride : 0;
    if (skipped >= train->count)
        return nn_fail(error, NN_USAGE,
                       "--season-rows %zu: no window of the training rows has a season before it", season);
    train->first += skipped * train->stride;
    train->count -= skipped;
    return NN_OK;
}

/* The mean squared error, scaled, of repeating what stood `season` rows before; 0: the last value. */
static double naive_loss(const fc_panel_samples *task, size_t season)
{
    const fc_panel *panel = task->panel;
    size_t stations = (size_t)panel->stations, horizon = (size_t)task->model->horizon, count = 0;
    double sum = 0;
    for (size_t w = 0; w < task->count; w++)
        for (size_t t = 0; t < horizon; t++) {
            size_t origin = task->first + w * task->stride;
            size_t back = season ? season - t % season : 1;
            for (size_t s = 0; s < stations && back <= origin; s++) {
                double y = (double)task->series.target[(origin + t) * stations + s];
                size_t at = ((origin - back) * stations + s) * (size_t)panel->variables;
                double e = y - (double)task->series.values[at + (size_t)panel->target];
                if (!isnan(y)) {
                    sum += e * e;
                    count++;
                }
            }
        }
    return count ? sum / (double)count : NAN;
}

static void record_naive(fc_record *record, const fc_panel_samples *task, int season)
{
    double last = naive_loss(task, 0), seasonal = season > 1 ? naive_loss(task, (size_t)season) : NAN;
    bool repeats = !(seasonal < last);
    record->naive_validation_loss = repeats ? last : seasonal;
    snprintf(record->naive_name, sizeof record->naive_name, "%s", repeats ? "repeat-last" : "seasonal-naive");
}

int fc_panel_fit(fc_model *model, const ds_panel *panel, const ds_split *split, ds_scaler_kind scaler,
                 int stride, int threads, fc_progress_fn progress, void *context, nn_error *error)
{
    fc_panel_samples train = {0}, all, validation;
    int code = take_scaler(model, panel, split->train, scaler, error);
    if (code)
        return code;
    fc_record_data(&model->record, panel->table);
    ((fc_stations_model *)model)->panel.calendar = seen_calendar(model, panel, split->train);
    if ((code = fc_panel_samples_make(&train, model, panel, panel->rows, error)))
        return code;
    validation = train;
    validation.scored = true;
    all = train; /* least squares can afford every window */
    code = cut(&train, &split->train, "train", stride, error);
    if (code == NN_OK)
        code = cut(&all, &split->train, "train", 1, error);
    if (code == NN_OK)
        code = leave_out_first(&all, panel, split->train, error);
    if (code == NN_OK)
        code = leave_out_first(&train, panel, split->train, error);
    if (code == NN_OK)
        code = cut(&validation, &split->validation, "validation", stride, error);
    if (code == NN_OK) {
        record_naive(&model->record, &validation, ds_frequency_season(model->frequency));
        nn_task network = fc_panel_samples_network(&train);
        nn_source train_source = fc_panel_samples_source(&train),
                  validation_source = fc_panel_samples_source(&validation);
        code = fc_panel_start(model, &all, &validation, error);
        if (code == NN_OK)
            code = fc_fit_sources(model, &network, &train_source, &validation_source, threads, progress,
                                  context, error);
    }
    fc_panel_samples_clear(&train);
    return code;
}

/* --- forecasts --- */

typedef struct give {
    const fc_panel_samples *task;
    const int *place; /* of the model's stations in the panel */
    double *forecast; /* panel stations x H */
    fc_panel_sink sink;
    void *context;
    bool finite;
} give;

static void give_chunk(void *context, size_t first, int count, const nn_ports *ports)
{
    give *self = context;
    const fc_model *model = self->task->model;
    size_t horizon = (size_t)model->horizon;
    int stations = self->task->panel->stations;
    for (int i = 0; i < count; i++) {
        for (int s = 0; s < stations; s++)
            for (size_t t = 0; t < horizon; t++) {
                size_t from = ((size_t)i * (size_t)stations + (size_t)s) * horizon + t;
                double y = ds_scaler_value(&model->scaler,
                                           s * self->task->panel->variables + self->task->panel->target,
                                           (double)ports->output->data[from]);
                self->finite = self->finite && isfinite(y);
                self->forecast[(size_t)self->place[s] * horizon + t] = y;
            }
        self->sink(self->context, self->task->first + (first + (size_t)i) * self->task->stride,
                   self->forecast);
    }
}

static int run_task(fc_panel_samples *task, const ds_panel *panel, int threads, fc_panel_sink sink,
                    void *context, nn_error *error)
{
    const fc_model *model = task->model;
    size_t cells = (size_t)panel->count * (size_t)model->horizon;
    give self = {.task = task, .sink = sink, .context = context, .finite = true};
    int *place = calloc((size_t)task->panel->stations, sizeof *place);
    self.forecast = malloc(cells * sizeof *self.forecast);
    if (!place || !self.forecast) {
        free(place);
        free(self.forecast);
        return nn_no_memory(error);
    }
    for (int s = 0; s < task->panel->stations; s++)
        for (int p = 0; p < panel->count; p++)
            if (strcmp(panel->ids[p], task->panel->ids[s]) == 0)
                place[s] = p;
    for (size_t i = 0; i < cells; i++)
        self.forecast[i] = NAN;
    self.place = place;
    nn_pool *pool;
    int code = nn_pool_new(&pool, threads, error);
    if (code == NN_OK) {
        nn_task network = fc_panel_samples_network(task);
        nn_source source = fc_panel_samples_source(task);
        int batch = task->count < 8 ? (int)task->count : 8;
        code = nn_infer(model->params, &network, &source, batch, pool, give_chunk, &self, error);
        nn_pool_free(pool);
    }
    if (code == NN_OK && !self.finite)
        code = nn_fail(error, NN_FAILED, "the model's forecasts are not finite");
    free(place);
    free(self.forecast);
    return code;
}

int fc_panel_forecasts(const fc_model *model, const ds_panel *panel, size_t first, size_t count,
                       size_t stride, int threads, fc_panel_sink sink, void *context, nn_error *error)
{
    if (count == 0)
        return NN_OK;
    size_t horizon = (size_t)model->horizon, last = first + (count - 1) * stride;
    if (first < (size_t)model->lookback || last > panel->rows)
        return nn_fail(error, NN_BAD_DATA,
                       "%s: has %zu rows before the forecast; the model looks back over %d",
                       panel->table->path, last > panel->rows ? panel->rows : first, model->lookback);
    int code = NN_OK;
    if (fc_model_panel(model)->futures)
        code = ds_panel_check_future(panel, last, model->horizon, error);
    if (code)
        return code;
    fc_panel_samples task;
    size_t rows = last + horizon > panel->rows ? last + horizon : panel->rows;
    if ((code = fc_panel_samples_make(&task, model, panel, rows, error)))
        return code;
    task.scored = true;
    task.first = first;
    task.stride = stride;
    task.count = count;
    code = run_task(&task, panel, threads, sink, context, error);
    fc_panel_samples_clear(&task);
    return code;
}

typedef struct take {
    fc_future *future;
    size_t horizon;
} take;

static void take_future(void *context, size_t origin, const double *forecast)
{
    const take *self = context;
    (void)origin;
    size_t targets = (size_t)self->future->targets, steps = (size_t)self->future->steps;
    for (size_t s = 0; s < targets; s++)
        for (size_t t = 0; t < steps; t++)
            self->future->values[t * targets + s] = forecast[s * self->horizon + t];
}

static fc_future *new_future(const ds_panel *panel, int steps)
{
    fc_future *future = calloc(1, sizeof *future);
    if (!future)
        return NULL;
    size_t s = (size_t)panel->count, n = (size_t)steps;
    *future = (fc_future){.steps = steps,
                          .targets = panel->count,
                          .time = malloc(n * sizeof(ds_time)),
                          .columns = malloc(s * sizeof(int)),
                          .values = malloc(n * s * sizeof(double))};
    if (future->time && future->columns && future->values)
        return future;
    fc_future_free(future);
    return NULL;
}

int fc_panel_forecast(fc_future **out, const fc_model *model, const ds_panel *panel, int steps,
                      nn_error *error)
{
    *out = NULL;
    steps = steps ? steps : model->horizon;
    if (steps < 1 || steps > model->horizon)
        return nn_fail(error, NN_USAGE,
                       "--steps %d: a model of a panel forecasts 1 to its horizon of %d rows", steps,
                       model->horizon);
    fc_future *future = new_future(panel, steps);
    if (!future)
        return nn_fail(error, NN_FAILED, "no memory for %d steps", steps);
    size_t origin = ds_panel_end(panel);
    for (int t = 0; t < steps; t++)
        future->time[t] = ds_panel_time(panel, origin + (size_t)t);
    for (int s = 0; s < panel->count; s++)
        future->columns[s] = panel->column[s * panel->variables + panel->target];
    int code = fc_panel_forecasts(model, panel, origin, 1, 1, 1, take_future,
                                  &(take){future, (size_t)model->horizon}, error);
    if (code) {
        fc_future_free(future);
        return code;
    }
    *out = future;
    return NN_OK;
}
