/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What forecasts can be: not below a value, whole numbers. */
#ifndef CLI_LIMITS_H
#define CLI_LIMITS_H

#include "forecast/intervals/bands.h"

typedef struct cli_limits {
    const char *floor; /* a number; "none"; NULL: 0 where no past value is below */
    bool whole;
} cli_limits;

/* Makes forecasts and the values beside them what they can be; says where some were not. */
int cli_limits_put(fc_future *future, fc_bands *bands, cli_limits limits, const fc_model *model,
                   const ds_table *table, nn_error *error);

#endif
