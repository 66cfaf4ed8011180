/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Collects what forecasts were wrong by. */
#include "forecast/errors/residuals.h"

#include "lib/base/memory.h"

#include <math.h>
#include <stdlib.h>

enum { ORIGINS = 250, FEW = 30, VALUES = 1 << 24 };

int fc_residuals_make(fc_residuals *r, int targets, int horizon, size_t count, nn_error *error)
{
    const size_t cells = (size_t)targets * (size_t)horizon,
                 room = VALUES / cells > FEW ? VALUES / cells : FEW;
    size_t most = count < ORIGINS ? count : ORIGINS;
    most = most < room ? most : room;
    *r = (fc_residuals){.targets = targets, .horizon = horizon, .most = most};
    r->row = calloc(most + 1, sizeof *r->row);
    r->error = nn_resize(NULL, most + 1, cells, sizeof *r->error);
    r->step = calloc((size_t)targets + 1, sizeof *r->step);
    for (int k = 0; k < targets && r->step; k++)
        r->step[k] = NAN;
    return r->row && r->error && r->step ? NN_OK : nn_no_memory(error);
}

size_t fc_residuals_place(const fc_residuals *r, size_t count, size_t i)
{
    const double golden = fmod((double)i * .6180339887498949, 1);
    return count <= r->most ? i : (size_t)(((double)i + golden) * (double)count / (double)r->most);
}

float *fc_residuals_next(fc_residuals *r, size_t row)
{
    const size_t cells = (size_t)r->targets * (size_t)r->horizon;
    float *to = r->error + r->origins * cells;
    r->row[r->origins] = row;
    for (size_t i = 0; i < cells; i++)
        to[i] = NAN;
    if (r->origins < r->most) /* one more has room, and is written over */
        r->origins++;
    return to;
}

static double mean_step(const ds_view *view, ds_part part, int k, size_t season)
{
    double sum = 0, count = 0;
    for (size_t t = part.begin + season; t < part.end; t++) {
        if (!ds_view_valid(view, t, k) || !ds_view_valid(view, t - season, k))
            continue;
        sum += fabs(ds_view_value(view, t, k) - ds_view_value(view, t - season, k));
        count++;
    }
    return sum / count;
}

void fc_residuals_steps(fc_residuals *r, const ds_view *view, ds_part part, int season)
{
    for (int k = 0; k < r->targets; k++) {
        r->step[k] = mean_step(view, part, k, (size_t)season);
        if (isnan(r->step[k]))
            r->step[k] = mean_step(view, part, k, 1);
    }
}

void fc_residuals_clear(fc_residuals *r)
{
    free(r->row);
    free(r->error);
    free(r->step);
    *r = (fc_residuals){0};
}
