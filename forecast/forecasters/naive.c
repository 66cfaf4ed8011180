/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The naive forecast: the last known value, repeated. */
#include "forecast/forecasters.h"

#include <math.h>

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const fc_local *local = state;
    for (int k = 0; k < local->targets; k++) {
        const double last = ds_view_last(view, origin, k), value = isnan(last) ? local->level[k] : last;
        for (int h = 0; h < horizon; h++)
            out[h * local->targets + k] = value;
    }
}

const fc_forecaster fc_forecaster_naive = {.scales = true,
                                           .scale_offset = offsetof(fc_plain_config, scale),
                                           .state_size = sizeof(fc_local),
                                           .any_horizon = true,
                                           .forecast = forecast};
const fc_kind fc_naive = {.name = "naive",
                          .summary = "the last known value, repeated",
                          .options = fc_plain_options,
                          .later = fc_scale_later,
                          .config_size = sizeof(fc_plain_config),
                          .forecaster = &fc_forecaster_naive};
