/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the samples of a table hold for the frame of a network: the place in a cycle, and the forecast that
 * the network adds to. */
#ifndef FC_SERIES_AROUND_H
#define FC_SERIES_AROUND_H

#include "datasets/series/view.h"
#include "forecast/forecaster.h"
#include "forecast/tasks/series/network.h"

/* The settings of a network of tables; all 0 of what is none. */
fc_frame_settings fc_series_frame(const fc_model *model);
/* Whether the model's weights serve any number of columns. */
bool fc_series_any_variates(const fc_model *model);

/* The forecaster whose forecasts a network adds to, of which model->state is; NULL: there is none. */
const fc_forecaster *fc_series_base(const fc_model *model);
/* Fits it on the training rows. */
int fc_series_base_fit(fc_model *model, const ds_view *view, const fc_request *request, nn_error *error);

/* The row's place in the cycle: the same for the same stamp in every file. */
int fc_series_phase(const fc_model *model, ds_time time);

/* Of fc_task: a network that adds to a forecast begins with adding nothing. */
int fc_series_start(fc_model *model, fc_lesson *lesson, nn_error *error);

#endif
