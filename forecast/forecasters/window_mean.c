/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mean of the last valid values. */
#include "forecast/forecasters.h"

typedef struct window_mean {
    fc_local local;
    int window;
} window_mean;

static const nn_option options[] = {{"mean-of", 0, NN_INT, offsetof(fc_window_mean_config, window), "0", "N",
                                     0, 1000000, "values that the mean is of; 0: one season's"},
                                    FC_SCALE_OPTION(fc_window_mean_config),
                                    {0}};

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    window_mean *w = state;
    const fc_window_mean_config *how = config;
    (void)view;
    (void)train;
    (void)error;
    w->window = how && how->window > 0 ? how->window : w->local.season;
    return NN_OK;
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const window_mean *w = state;
    for (int k = 0; k < w->local.targets; k++) {
        double sum = 0;
        int count = 0;
        for (size_t row = origin; row > 0 && count < w->window;)
            if (ds_view_valid(view, --row, k)) {
                sum += ds_view_value(view, row, k);
                count++;
            }
        const double value = count ? sum / count : w->local.level[k];
        for (int h = 0; h < horizon; h++)
            out[h * w->local.targets + k] = value;
    }
}

static const fc_field fields[] = {
    {"window", FC_NUMBER, FC_HERE, offsetof(window_mean, window), .least = 1, .most = 100000000}, {0}};

const fc_forecaster fc_forecaster_window_mean = {.scales = true,
                                                 .scale_offset = offsetof(fc_window_mean_config, scale),
                                                 .state_size = sizeof(window_mean),
                                                 .any_horizon = true,
                                                 .fields = fields,
                                                 .fit = fit,
                                                 .forecast = forecast};
const fc_kind fc_window_mean = {.name = "window-mean",
                                .summary = "the mean of the last values, of one season by default",
                                .options = options,
                                .later = fc_scale_later,
                                .config_size = sizeof(fc_window_mean_config),
                                .forecaster = &fc_forecaster_window_mean};
