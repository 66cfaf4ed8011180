/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The seasonal naive forecast: the value one season before, or of the nearest season before that has one;
 * without any the last known value. */
#include "forecast/forecasters.h"

#include <math.h>
#include <string.h>

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const fc_local *local = state;
    const size_t season = (size_t)local->season, targets = (size_t)local->targets;
    for (size_t h = 0; h < (size_t)horizon; h++) {
        double *row = out + h * targets;
        if (h >= season) { /* the same season again */
            memcpy(row, row - season * targets, targets * sizeof *row);
            continue;
        }
        for (int k = 0; k < local->targets; k++) {
            if (origin >= season && ds_view_valid(view, origin - season + h, k)) { /* nearly always */
                row[k] = ds_view_value(view, origin - season + h, k);
                continue;
            }
            double value = ds_view_season(view, origin, (int)h, local->season, k);
            if (isnan(value))
                value = ds_view_last(view, origin, k);
            row[k] = isnan(value) ? local->level[k] : value;
        }
    }
}

const fc_forecaster fc_forecaster_seasonal_naive = {.scales = true,
                                                    .scale_offset = offsetof(fc_plain_config, scale),
                                                    .state_size = sizeof(fc_local),
                                                    .any_horizon = true,
                                                    .forecast = forecast};
const fc_kind fc_seasonal_naive = {.name = "seasonal-naive",
                                   .summary = "the value one season before",
                                   .options = fc_plain_options,
                                   .later = fc_scale_later,
                                   .config_size = sizeof(fc_plain_config),
                                   .forecaster = &fc_forecaster_seasonal_naive};
