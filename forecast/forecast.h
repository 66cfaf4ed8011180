/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The real future: forecasts after the last row of a table. */
#ifndef FC_FORECAST_H
#define FC_FORECAST_H

#include "forecast/model.h"

struct fc_future {
    int steps, targets;
    ds_time *time; /* steps stamps after the table's last, or after the last value of all targets */
    ds_time *own; /* steps x targets stamps, each target's after its own last value, where these differ; NULL:
                     all have `time` */
    int *columns; /* targets: columns of the table */
    int *known;   /* targets: which of the model's they are, -1: none; NULL: they are the model's */
    double *values; /* steps x targets, original units; NaN: of a series too short for the look-back */
};

/* steps 0: the model's horizon. Of a plain table more steps than the horizon are forecast by feeding
 * forecasts back (every column must then be a target; NN_USAGE otherwise), of a panel they are NN_USAGE. */
int fc_forecast(fc_future **future, const fc_model *model, const ds_table *table, int steps, nn_error *error);
/* Room for one, its values not set. */
int fc_future_new(fc_future **future, int steps, int targets, nn_error *error);
void fc_future_free(fc_future *future);
/* The stamp of a step of a target. */
static inline ds_time fc_future_time(const fc_future *future, int step, int target)
{
    return future->own ? future->own[(size_t)step * (size_t)future->targets + (size_t)target]
                       : future->time[step];
}
/* Writes it as the table's file is written, see ds_write_file. */
int fc_future_write(const fc_future *future, const char *path, const ds_table *like, nn_error *error);

#endif
