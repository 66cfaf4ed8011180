/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts of rows that are known and were not learnt from. */
#include "forecast/training/rehearse.h"

#include "forecast/errors/spread.h"
#include "forecast/request.h"
#include "forecast/task.h"
#include "lib/base/memory.h"

#include <math.h>
#include <stdlib.h>

/* The residuals become the model's. */
static int keep(fc_model *model, fc_residuals *r, int code, nn_error *error)
{
    fc_spread_free(model->spread);
    model->spread = NULL;
    if (!code && model->task->settle_errors)
        model->task->settle_errors(model, r);
    if (!code)
        code = fc_spread_learn(&model->spread, r, error);
    fc_residuals_clear(r);
    return code;
}

static int count_targets(const fc_model *model)
{
    int count = 0;
    for (int j = 0; j < model->columns; j++)
        count += model->is_target[j] != 0;
    return count;
}

/* --- networks --- */

typedef struct rehearsal {
    const fc_model *model;
    const fc_lesson *lesson;
    fc_residuals residuals;
    size_t *index; /* which of the samples */
} rehearsal;

static void load_some(void *context, const size_t *index, int count, uint64_t key, const nn_ports *ports)
{
    const rehearsal *self = context;
    const nn_source *source = &self->lesson->validation;
    size_t at[count];
    for (int i = 0; i < count; i++)
        at[i] = self->index[index[i]];
    source->load(source->context, at, count, key, ports);
}

static void take_some(void *context, size_t first, int count, const nn_ports *ports)
{
    rehearsal *self = context;
    for (int i = 0; i < count; i++) {
        fc_residuals *r = &self->residuals;
        float *error = fc_residuals_next(r, 0);
        r->row[r->origins - 1] = self->model->task->wrong(self->model, self->lesson,
                                                          self->index[first + (size_t)i], i, ports, error);
    }
}

int fc_rehearse_network(fc_model *model, const fc_request *request, const fc_lesson *lesson, nn_pool *pool,
                        nn_error *error)
{
    const nn_source *validation = &lesson->validation;
    rehearsal self = {.model = model, .lesson = lesson};
    if (!model->task->wrong || validation->count == 0)
        return NN_OK;
    int code =
        fc_residuals_make(&self.residuals, count_targets(model), model->horizon, validation->count, error);
    self.index = code ? NULL : calloc(self.residuals.most + 1, sizeof *self.index);
    if (!code && !self.index)
        code = nn_no_memory(error);
    const size_t most = self.residuals.most;
    for (size_t i = 0; i < most && !code; i++)
        self.index[i] = fc_residuals_place(&self.residuals, validation->count, i);
    const nn_task *network = validation->network ? validation->network : &lesson->network;
    const nn_source source = {.context = &self, .count = most, .load = load_some};
    if (!code)
        code = nn_infer(model->params, network, &source, most < 8 ? (int)most : 8, pool, take_some, &self,
                        error);
    if (!code) {
        const ds_view view = model->task->seen(lesson, request);
        fc_residuals_steps(&self.residuals, &view, request->split->train, fc_model_season(model));
    }
    free(self.index);
    return keep(model, &self.residuals, code, error);
}

/* --- forecasters --- */

/* Horizons that a part holds below which its errors are those of a season or an accident: a second rehearsal
 * is then given before it. */
enum { REHEARSALS = 2, ENOUGH = 12 };

/* The rows to learn from and those to forecast, by falling time. */
typedef struct plan {
    ds_part learn, forecast;
} plan;

static size_t length_of(ds_part part)
{
    return part.end - part.begin;
}

static int make_plans(plan *plans, const fc_request *request, ds_part rows, int horizon)
{
    const ds_split *split = request->split;
    const size_t steps = (size_t)horizon, cut = rows.end - length_of(rows) / 3;
    if (length_of(split->validation) < steps) {
        plans[0] = (plan){{rows.begin, cut}, {cut, rows.end}};
        return 1;
    }
    plans[0] = (plan){split->train, split->validation};
    const size_t half = split->train.begin + length_of(split->train) / 2;
    plans[1] = (plan){{split->train.begin, half}, {half, split->train.end}};
    return length_of(split->validation) < ENOUGH * steps && length_of(plans[1].forecast) > 2 * steps ? 2 : 1;
}

/* Origins of a part. */
static size_t count_origins(ds_part part, int horizon)
{
    const size_t length = length_of(part), steps = (size_t)horizon;
    return length >= steps ? length - steps + 1 : length;
}

/* Origins side by side: the residuals' from `first` on. */
typedef struct origins {
    const fc_forecaster *forecaster;
    const void *state;
    const ds_view *view;
    ds_part part;
    fc_residuals *residuals;
    size_t first;
    double *values; /* origins x horizon x targets */
} origins;

static void forecast_origin(void *context, int i, int worker)
{
    const origins *self = context;
    const fc_residuals *r = self->residuals;
    const size_t targets = (size_t)r->targets, cells = targets * (size_t)r->horizon, at = (size_t)i * cells;
    const size_t origin = r->row[self->first + (size_t)i];
    float *error = r->error + self->first * cells;
    (void)worker;
    fc_forecaster_forecast(self->forecaster, self->state, self->view, origin, r->horizon, self->values + at);
    for (size_t c = 0; c < cells && origin + c / targets < self->part.end; c++)
        if (ds_view_valid(self->view, origin + c / targets, (int)(c % targets)))
            error[at + c] = (float)(ds_view_value(self->view, origin + c / targets, (int)(c % targets)) -
                                    self->values[at + c]);
}

/* Those of the residuals' origins that are for the part: places [from, from + count) of `all`. */
static int forecast_origins(origins *o, size_t from, size_t count, size_t all, nn_pool *pool, nn_error *error)
{
    fc_residuals *r = o->residuals;
    const size_t most = r->most, cells = (size_t)r->targets * (size_t)r->horizon;
    o->first = r->origins;
    for (size_t i = 0; i < most; i++) {
        const size_t place = fc_residuals_place(r, all, i);
        if (place >= from && place < from + count)
            fc_residuals_next(r, o->part.begin + place - from);
    }
    const int own = (int)(r->origins - o->first);
    o->values = nn_resize(NULL, (size_t)own + 1, cells, sizeof *o->values);
    if (!o->values)
        return nn_no_memory(error);
    if (pool)
        nn_pool_run(pool, own, forecast_origin, o);
    for (int i = 0; i < own && !pool; i++)
        forecast_origin(o, i, 0);
    free(o->values);
    return NN_OK;
}

/* A state that has not seen the rows to forecast, in the place of the model's; NULL: there is none. */
static void *fit_unseen(const fc_model *model, const ds_view *view, ds_part learn, nn_pool *pool)
{
    void *state = NULL;
    if (learn.end > learn.begin + 1)
        (void)fc_forecaster_fit_beside(&state, model->kind->forecaster, model->config, view, learn,
                                       model->horizon, fc_model_season(model), pool, NULL);
    return state;
}

int fc_rehearse_forecaster(fc_model *model, const fc_request *request, const ds_view *view, ds_part rows,
                           nn_pool *pool, nn_error *error)
{
    const fc_forecaster *forecaster = model->kind->forecaster;
    plan plans[REHEARSALS];
    void *fitted[REHEARSALS] = {0};
    size_t counts[REHEARSALS] = {0}, all = 0, from = 0;
    fc_residuals r;
    if (forecaster->width || forecaster->ready)
        return NN_OK;
    const int count = make_plans(plans, request, rows, model->horizon);
    for (int i = 0; i < count; i++) {
        /* What cannot be fitted to fewer rows has no errors, and the steps of the series speak for it. */
        const bool unseen = rows.end <= plans[i].forecast.begin;
        fitted[i] = unseen ? NULL : fit_unseen(model, view, plans[i].learn, pool);
        counts[i] = unseen || fitted[i] ? count_origins(plans[i].forecast, model->horizon) : 0;
        all += counts[i];
    }
    int code = fc_residuals_make(&r, view->targets, model->horizon, all, error);
    for (int i = count - 1; i >= 0 && !code; i--) { /* the earliest first */
        origins o = {.forecaster = forecaster,
                     .state = fitted[i] ? fitted[i] : model->state,
                     .view = view,
                     .part = plans[i].forecast,
                     .residuals = &r};
        if (counts[i])
            code = forecast_origins(&o, from, counts[i], all, pool, error);
        from += counts[i];
    }
    if (!code)
        fc_residuals_steps(&r, view, rows, fc_model_season(model));
    for (int i = 0; i < count; i++)
        fc_forecaster_free(fitted[i], forecaster);
    return keep(model, &r, code, error);
}
