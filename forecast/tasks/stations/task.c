/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The task of panels of stations. */
#include "forecast/tasks/stations/samples.h"

static int forecast(fc_future **future, const fc_model *model, const ds_table *table, int steps,
                    nn_error *error)
{
    ds_panel *panel;
    int code = fc_panel_open(&panel, model, table, error);
    if (code == NN_OK) {
        code = fc_panel_forecast(future, model, panel, steps, error);
        ds_panel_free(panel);
    }
    return code;
}

static const char *const inputs[] = {"past", "future", "history", "clock", "base", NULL};

const fc_task fc_stations_task = {
    .name = "stations",
    .purpose = FC_FORECASTS,
    .step_axis = 2,
    .training = fc_training_options,
    .model_size = sizeof(fc_stations_model),
    .fields = fc_stations_fields,
    .take = fc_panel_model_take,
    .sizes = fc_panel_sizes_of,
    .inputs = inputs,
    .output = "forecast",
    .build = fc_panel_build,
    .learn = fc_panel_learn,
    .look = fc_panel_look,
    .forget = fc_panel_forget,
    .hardness = fc_panel_hardness,
    .wrong = fc_panel_wrong,
    .seen = fc_panel_seen,
    .base = fc_panel_base,
    .start = fc_panel_start,
    .calibrate = fc_panel_calibrate,
    .conclude = fc_panel_conclude,
    .forecast = forecast,
    .score = fc_stations_score,
    .backtest = fc_stations_backtest,
};
