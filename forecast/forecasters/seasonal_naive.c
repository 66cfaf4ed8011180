/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The seasonal naive forecast: the value one season before, or of the nearest season before that has one;
 * without any the last known value. */
#include "forecast/forecasters/forecasters.h"

#include <math.h>

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const fc_local *local = state;
    for (int h = 0; h < horizon; h++)
        for (int k = 0; k < local->targets; k++) {
            if (h >= local->season) { /* the same season again */
                out[h * local->targets + k] = out[(h - local->season) * local->targets + k];
                continue;
            }
            double value = ds_view_season(view, origin, h, local->season, k);
            if (isnan(value))
                value = ds_view_last(view, origin, k);
            out[h * local->targets + k] = isnan(value) ? local->level[k] : value;
        }
}

const fc_forecaster fc_forecaster_seasonal_naive = {
    .state_size = sizeof(fc_local), .any_horizon = true, .forecast = forecast};
const fc_kind fc_seasonal_naive = {.name = "seasonal-naive",
                                   .summary = "the value one season before",
                                   .options = fc_no_options,
                                   .config_size = 1,
                                   .forecaster = &fc_forecaster_seasonal_naive};
