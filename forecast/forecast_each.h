/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts of a forecaster from many origins, over a pool. */
#ifndef FC_FORECAST_EACH_H
#define FC_FORECAST_EACH_H

#include "forecast/forecaster.h"

/* values (horizon,K) of the w-th origin, in the file's units. */
typedef void (*fc_each_sink)(void *context, size_t w, const double *values);

/* The sink is called in the order of the origins, on the calling thread; the values are the same for any
 * number of threads. */
int fc_forecast_each(const fc_forecaster *forecaster, const void *state, const ds_view *view,
                     fc_origins origins, int horizon, nn_pool *pool, fc_each_sink sink, void *context,
                     nn_error *error);

#endif
