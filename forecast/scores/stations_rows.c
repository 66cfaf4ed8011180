/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts of a panel's stations, written as rows: the model's beside the simple ones of the same window. */
#include "forecast/scores/stations.h"

#include <math.h>
#include <stdlib.h>

static int write_window(const fc_panel_evaluation *e, size_t origin, const double *forecast,
                        const fc_stream *stream, double *room)
{
    const ds_panel *p = e->panel;
    const size_t stations = (size_t)p->count, cells = stations * (size_t)e->horizon;
    const int baselines = e->score_count - 1;
    fc_rows_window w = {.table = p->table,
                        .row = origin,
                        .horizon = e->horizon,
                        .targets = p->count,
                        .names = (const char *const *)p->ids,
                        .truth = room,
                        .forecasters = 1 + baselines,
                        .name = {e->scores[0].base.name},
                        .forecast = {forecast},
                        .stream = stream};
    for (size_t i = 0; i < cells; i++)
        room[i] = p->valid[origin * stations + i] ? p->y[origin * stations + i] : NAN;
    for (int b = 0; b < baselines; b++) {
        double *to = room + (size_t)(1 + b) * cells;
        fc_panel_baseline_forecast(e->baselines, e->which[b], origin, to);
        w.name[1 + b] = fc_panel_baseline_name(e->which[b]);
        w.forecast[1 + b] = to;
    }
    fc_forecast_rows_write(e->settings.rows, &w);
    return NN_OK;
}

int fc_panel_write_rows(const fc_panel_evaluation *e, size_t origin, const double *forecast,
                        const fc_stream *stream)
{
    if (!e->settings.rows)
        return NN_OK;
    const size_t cells = (size_t)e->panel->count * (size_t)e->horizon;
    double *room = malloc((size_t)(1 + FC_PANEL_BASELINES) * cells * sizeof *room);
    const int code = room ? write_window(e, origin, forecast, stream, room) : NN_FAILED;
    free(room);
    return code;
}
