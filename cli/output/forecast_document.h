/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A forecast for programs: as a JSON document, or as arrays of the library. */
#ifndef CLI_FORECAST_DOCUMENT_H
#define CLI_FORECAST_DOCUMENT_H

#include "forecast/intervals/bands.h"

int cli_forecast_give(const fc_model *model, const ds_table *table, const fc_future *future,
                      const fc_bands *bands, nn_error *error);

#endif
