/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear forecasts that a network of stations adds to: its panel in the model's order, the fit, and what
 * they say of every window. */
#include "forecast/tasks/stations/samples.h"

#include "forecast/forecaster.h"
#include "lib/base/memory.h"
#include "lib/base/names.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of forecasts that are kept for training; more are made anew whenever a window is loaded. */
#define MOST_KEPT 1e9

/* --- a panel in the model's order --- */

int fc_panel_order_make(fc_panel_order *o, const fc_panel *known, const ds_panel *panel, nn_error *error)
{
    const size_t stations = (size_t)known->stations, all = (size_t)panel->count;
    *o = (fc_panel_order){.view = ds_panel_view(panel),
                          .target = calloc(stations + 1, sizeof(int)),
                          .place = nn_names_places(known->ids, known->stations, panel->ids, panel->count),
                          .masked = panel->masked ? calloc(panel->rows + 1, stations) : NULL};
    if (!o->target || !o->place || (panel->masked && !o->masked))
        return nn_no_memory(error);
    for (size_t s = 0; s < stations; s++) {
        if (o->place[s] < 0)
            return nn_fail(error, NN_BAD_DATA, "%s: the model's station '%s' is missing", panel->table->path,
                           known->ids[s]);
        o->target[s] = panel->targets[o->place[s]];
        for (size_t r = 0; o->masked && r < panel->rows; r++)
            o->masked[r * stations + s] = panel->masked[r * all + (size_t)o->place[s]];
    }
    o->view.targets = known->stations;
    o->view.target = o->target;
    o->view.masked = o->masked;
    return NN_OK;
}

void fc_panel_order_clear(fc_panel_order *o)
{
    free(o->target);
    free(o->place);
    free(o->masked);
    *o = (fc_panel_order){0};
}

/* --- the fit --- */

int fc_panel_base_fit(fc_model *model, const fc_request *request, ds_part rows, nn_pool *pool,
                      nn_error *error)
{
    const fc_forecaster *forecaster = fc_panel_base(model);
    const ds_view view = ds_panel_view(request->panel);
    fc_forecaster_free(model->state, forecaster);
    model->state = NULL;
    nn_pool_blas_alone();
    return fc_forecaster_fit_once(&model->state, request->base, forecaster, NULL, &view, rows, model->horizon,
                                  fc_model_season(model), pool, error);
}

/* --- windows --- */

/* out (S,H), scaled; 0 without memory. */
static void forecast(nn_real *out, const fc_panel_samples *task, size_t origin)
{
    const fc_model *model = task->model;
    const size_t stations = (size_t)task->panel->stations, horizon = (size_t)model->horizon;
    double *values = malloc((stations * horizon + 1) * sizeof *values);
    memset(out, 0, stations * horizon * sizeof *out);
    if (values)
        fc_forecaster_forecast(fc_panel_base(model), model->state, &task->order.view, origin, model->horizon,
                               values);
    for (size_t s = 0; s < stations && values; s++)
        for (size_t h = 0; h < horizon; h++)
            out[s * horizon + h] = (nn_real)ds_scaler_scaled(
                &model->scaler, (int)s * task->panel->variables + task->panel->target,
                values[h * stations + s]);
    free(values);
}

static size_t cells_of(const fc_panel_samples *task)
{
    return (size_t)task->panel->stations * (size_t)task->model->horizon;
}

void fc_panel_base_load(nn_real *out, const fc_panel_samples *task, size_t origin)
{
    const size_t cells = cells_of(task);
    if (task->kept && origin >= task->kept_from && origin < task->kept_to)
        memcpy(out, task->kept + (origin - task->kept_from) * cells, cells * sizeof *out);
    else
        forecast(out, task, origin);
}

static void keep_one(void *context, int i, int worker)
{
    fc_panel_samples *task = context;
    (void)worker;
    forecast(task->kept + (size_t)i * cells_of(task), task, task->kept_from + (size_t)i);
}

void fc_panel_base_keep(fc_panel_samples *task, size_t from, size_t to, nn_pool *pool)
{
    const size_t cells = cells_of(task);
    if (!task->model->state || (double)cells * (double)(to - from) * sizeof(nn_real) > MOST_KEPT ||
        !(task->kept = nn_resize(NULL, to - from, cells, sizeof *task->kept)))
        return; /* they are made as they are asked for */
    task->kept_from = from;
    task->kept_to = to;
    nn_pool_run(pool, (int)(to - from), keep_one, task);
}
