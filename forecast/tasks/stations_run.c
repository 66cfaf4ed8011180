/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts of panels. */
#include "forecast/tasks/stations_samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
