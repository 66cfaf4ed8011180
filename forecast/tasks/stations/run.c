/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts of panels. */
#include "forecast/forecast_each.h"
#include "forecast/tasks/stations/samples.h"
#include "lib/base/names.h"

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
                self->forecast[(size_t)self->place[s] * horizon + t] = y < model->floor ? model->floor : y;
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
    int *place = nn_names_places(task->panel->ids, task->panel->stations, panel->ids, panel->count);
    self.forecast = malloc(cells * sizeof *self.forecast);
    if (!place || !self.forecast) {
        free(place);
        free(self.forecast);
        return nn_no_memory(error);
    }
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

typedef struct turn {
    const fc_panel_order *order;
    fc_panel_origins origins;
    size_t horizon;
    double *out; /* panel stations x H */
    fc_panel_sink sink;
    void *context;
} turn;

static void turn_values(void *context, size_t w, const double *values)
{
    turn *self = context;
    const size_t stations = (size_t)self->order->view.targets;
    for (size_t s = 0; s < stations; s++)
        for (size_t h = 0; h < self->horizon; h++)
            self->out[(size_t)self->order->place[s] * self->horizon + h] = values[h * stations + s];
    self->sink(self->context, self->origins.first + w * self->origins.stride, self->out);
}

static int forecast_locally(const fc_model *model, const ds_panel *panel, fc_panel_origins origins,
                            int threads, fc_panel_sink sink, void *context, nn_error *error)
{
    const size_t cells = (size_t)model->horizon * (size_t)panel->count;
    fc_panel_order o;
    nn_pool *pool = NULL;
    turn self = {.order = &o,
                 .origins = origins,
                 .horizon = (size_t)model->horizon,
                 .out = malloc((cells + 1) * sizeof(double)),
                 .sink = sink,
                 .context = context};
    int code = fc_panel_order_make(&o, fc_model_panel(model), panel, error);
    if (!code && !self.out)
        code = nn_no_memory(error);
    if (!code)
        code = nn_pool_new(&pool, threads, error);
    for (size_t i = 0; i < cells && !code; i++)
        self.out[i] = NAN;
    if (!code)
        code = fc_forecast_each(model->kind->forecaster, model->state, &o.view,
                                (fc_origins){origins.first, origins.count, origins.stride}, model->horizon,
                                pool, turn_values, &self, error);
    nn_pool_free(pool);
    free(self.out);
    fc_panel_order_clear(&o);
    return code;
}

int fc_panel_forecasts(const fc_model *model, const ds_panel *panel, fc_panel_origins origins, int threads,
                       fc_panel_sink sink, void *context, nn_error *error)
{
    if (origins.count == 0)
        return NN_OK;
    if (model->kind->forecaster)
        return forecast_locally(model, panel, origins, threads, sink, context, error);
    const size_t first = origins.first, last = first + (origins.count - 1) * origins.stride;
    size_t horizon = (size_t)model->horizon;
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
    task.stride = origins.stride;
    task.count = origins.count;
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

/* Which of the model's stations those of the panel are. */
static int note_known(fc_future *future, const fc_panel *known, const ds_panel *panel, nn_error *error)
{
    future->known = nn_names_places(panel->ids, panel->count, known->ids, known->stations);
    return future->known ? NN_OK : nn_no_memory(error);
}

int fc_panel_forecast(fc_future **out, const fc_model *model, const ds_panel *panel, int steps,
                      nn_error *error)
{
    fc_future *future;
    *out = NULL;
    steps = steps ? steps : model->horizon;
    if (steps < 1 || steps > model->horizon)
        return nn_fail(error, NN_USAGE,
                       "--steps %d: a model of a panel forecasts 1 to its horizon of %d rows", steps,
                       model->horizon);
    int code = fc_future_new(&future, steps, panel->count, error);
    if (code)
        return code;
    size_t origin = ds_panel_end(panel);
    for (int t = 0; t < steps; t++)
        future->time[t] = ds_panel_time(panel, origin + (size_t)t);
    for (int s = 0; s < panel->count; s++)
        future->columns[s] = panel->column[s * panel->variables + panel->target];
    if ((code = note_known(future, fc_model_panel(model), panel, error))) {
        fc_future_free(future);
        return code;
    }
    code = fc_panel_forecasts(model, panel, (fc_panel_origins){origin, 1, 1}, 1, take_future,
                              &(take){future, (size_t)model->horizon}, error);
    if (code)
        fc_future_free(future);
    else
        *out = future;
    return code;
}
