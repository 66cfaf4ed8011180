/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The random walk with drift: the last value, and each step the mean step from the first known value on. */
#include "forecast/forecasters/forecasters.h"

#include <math.h>

/* The last valid row before row; row where there is none. */
static size_t last_row(const ds_view *view, size_t row, int k)
{
    size_t at = row;
    while (at > 0)
        if (ds_view_valid(view, --at, k))
            return at;
    return row;
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const fc_local *local = state;
    for (int k = 0; k < local->targets; k++) {
        const size_t first = ds_view_first(view, k), last = last_row(view, origin, k);
        const bool known = last < origin;
        const double value = known ? ds_view_value(view, last, k) : local->level[k];
        const double step =
            known && last > first ? (value - ds_view_value(view, first, k)) / (double)(last - first) : 0;
        for (int h = 0; h < horizon; h++)
            out[h * local->targets + k] = value + step * (double)(origin - last + (size_t)h) * known;
    }
}

const fc_forecaster fc_forecaster_drift = {
    .name = "drift", .state_size = sizeof(fc_local), .forecast = forecast};
