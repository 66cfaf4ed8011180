/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The real future: forecasts after the last row of a table. */
#ifndef FC_PREDICT_H
#define FC_PREDICT_H

#include "forecast/model.h"

typedef struct fc_future {
    int steps, targets;
    ds_time *time;  /* steps stamps after the table's last */
    int *columns;   /* targets: columns of the table */
    double *values; /* steps x targets, original units */
} fc_future;

/* One pass per horizon, on the calling thread. steps 0: the model's horizon. More steps than the horizon are
 * forecast by feeding forecasts back (every column must then be a target; NN_USAGE otherwise). */
int fc_forecast(fc_future **future, const fc_model *model, const ds_table *table, int steps, nn_error *error);
void fc_future_free(fc_future *future);

/* Attention of one layer at the last look-back window, mean over heads unless head >= 0: tokens x tokens, row
 * = query, malloced. *tokens counts variates first, then time features. NN_USAGE for a layer or head that the
 * model has not. */
int fc_attention(const fc_model *model, const ds_table *table, int layer, int head, double **map, int *tokens,
                 nn_error *error);

#endif
