/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts of a table's columns, and what the network attends to. */
#ifndef FC_SERIES_FORECAST_H
#define FC_SERIES_FORECAST_H

#include "forecast/forecast.h"

/* Of fc_task: one pass per horizon, on the calling thread; more steps are forecast by feeding forecasts back.
 */
int fc_series_forecast(fc_future **future, const fc_model *model, const ds_table *table, int steps,
                       nn_error *error);

/* Attention of one layer at the last look-back window, mean over heads unless head >= 0: tokens x tokens, row
 * = query, malloced. *tokens counts variates first, then time features. NN_USAGE for a layer or head that the
 * model has not. */
int fc_attention(const fc_model *model, const ds_table *table, int layer, int head, double **map, int *tokens,
                 nn_error *error);

#endif
