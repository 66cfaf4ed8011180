/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intervals and paths by a forecaster's own distribution. */
#ifndef FC_SERIES_OUTLOOK_H
#define FC_SERIES_OUTLOOK_H

#include "forecast/intervals/bands.h"

/* Of fc_task. */
int fc_series_outlook(fc_bands *bands, const fc_model *model, const ds_table *table, const fc_future *future,
                      nn_error *error);

#endif
