/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The drift forecast: the line through the first and the last known value, continued (Hyndman &
 * Athanasopoulos 2021, section 5.2). */
#include "forecast/forecasters.h"

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const fc_local *local = state;
    for (int k = 0; k < local->targets; k++) {
        const size_t first = ds_view_first(view, k);
        size_t last = origin;
        while (last > first && !ds_view_valid(view, last - 1, k))
            last--;
        const double to = last > first ? ds_view_value(view, last - 1, k) : local->level[k];
        const double slope =
            last > first + 1 ? (to - ds_view_value(view, first, k)) / (double)(last - 1 - first) : 0;
        for (int h = 0; h < horizon; h++)
            out[h * local->targets + k] = to + slope * (double)(origin - last + (size_t)h + 1);
    }
}

const fc_forecaster fc_forecaster_drift = {.scales = true,
                                           .scale_offset = offsetof(fc_plain_config, scale),
                                           .state_size = sizeof(fc_local),
                                           .any_horizon = true,
                                           .forecast = forecast};
const fc_kind fc_drift = {.name = "drift",
                          .summary = "the line through the first and the last known value, continued",
                          .options = fc_plain_options,
                          .later = fc_scale_later,
                          .config_size = sizeof(fc_plain_config),
                          .forecaster = &fc_forecaster_drift};
