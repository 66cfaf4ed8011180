/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The series that a linear forecaster learns from: scaled, short holes bridged, longer ones marked. */
#include "forecast/forecasters/linear/data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void fc_linear_data_free(fc_linear_data *d)
{
    free(d->x);
    free(d->truth);
    free(d->hole);
    free(d->place);
}

/* Longer stretches are not bridged for learning. */
static size_t longest_bridge(int season)
{
    return season > 6 ? (size_t)season / 2 : 3;
}

static void take_target(fc_linear_data *d, const linear *s, const ds_view *view, int k)
{
    double *x = d->x + (size_t)k * d->rows;
    uint8_t *hole = d->hole + (size_t)k * d->rows, *truth = d->truth + (size_t)k * d->rows;
    size_t last = 0, bridge = longest_bridge(d->season);
    bool begun = false;
    for (size_t t = 0; t < d->rows; t++) {
        if (ds_view_valid(view, t, k)) {
            x[t] = (ds_view_value(view, t, k) - s->local.level[k]) / s->local.spread[k];
            if (begun && t - last - 1 > bridge)
                memset(hole + last + 1, 1, t - last - 1);
            last = t;
            begun = true;
            truth[t] = 1;
            continue;
        }
        x[t] = begun ? x[t - 1] : 0;
        hole[t] = !begun;
    }
    if (begun && d->rows - last - 1 > bridge)
        memset(hole + last + 1, 1, d->rows - last - 1);
}

int fc_linear_steps(const ds_table *table, double start, ds_time time)
{
    const ds_time from = (ds_time)start;
    const int64_t steps = time >= from ? ds_time_steps(table->frequency, from, time)
                                       : -ds_time_steps(table->frequency, time, from);
    return (int)(steps % 1000000000);
}

int fc_linear_data_make(fc_linear_data *d, const linear *s, const ds_view *view, size_t rows, nn_error *error)
{
    const size_t cells = (size_t)view->targets * rows + 1;
    *d = (fc_linear_data){
        .targets = view->targets, .horizon = s->local.horizon, .season = s->local.season, .rows = rows};
    d->x = malloc(cells * sizeof *d->x);
    d->truth = calloc(cells, 1);
    d->hole = calloc(cells, 1);
    d->place = calloc(rows + 1, sizeof *d->place);
    if (!d->x || !d->truth || !d->hole || !d->place)
        return nn_no_memory(error);
    for (int k = 0; k < view->targets; k++)
        take_target(d, s, view, k);
    for (size_t t = 0; t < rows && view->table->time; t++) {
        const int place = fc_linear_steps(view->table, s->start, view->table->time[t]);
        d->place[t] = place >= 0 ? place : t ? d->place[t - 1] + 1 : 0;
    }
    for (size_t t = 0; t < rows && !view->table->time; t++)
        d->place[t] = (int)t;
    return NN_OK;
}
