/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mean of the values that it was fitted to, for every step. */
#include "forecast/forecasters.h"

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const fc_local *local = state;
    (void)view, (void)origin;
    for (int h = 0; h < horizon; h++)
        for (int k = 0; k < local->targets; k++)
            out[h * local->targets + k] = local->level[k];
}

const fc_forecaster fc_forecaster_mean = {.scales = true,
                                          .scale_offset = offsetof(fc_plain_config, scale),
                                          .state_size = sizeof(fc_local),
                                          .any_horizon = true,
                                          .forecast = forecast};
const fc_kind fc_mean = {.name = "mean",
                         .summary = "the mean of the training part",
                         .options = fc_plain_options,
                         .later = fc_scale_later,
                         .config_size = sizeof(fc_plain_config),
                         .forecaster = &fc_forecaster_mean};
