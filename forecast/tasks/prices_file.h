/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a model of prices sees them, as JSON. */
#ifndef FC_PRICES_FILE_H
#define FC_PRICES_FILE_H

#include "forecast/tasks/prices.h"

#include <jansson.h>

json_t *fc_market_json(const fc_market *market);
int fc_market_from_json(fc_market *market, const json_t *object, const char *path, nn_error *error);

#endif
