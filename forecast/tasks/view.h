/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model put in front of a table: which columns it sees, which it forecasts, how they are scaled. */
#ifndef FC_SCOPE_H
#define FC_SCOPE_H

#include "datasets/series/split.h"
#include "forecast/tasks/series_samples.h"

typedef struct fc_scope {
    int count;          /* columns in use */
    int *columns;       /* count: of the table */
    uint8_t *is_target; /* count */
    ds_scaler scaler;   /* count columns */
    fc_series series;   /* the whole table, scaled; series.is_target is the scope's */
    fc_samples samples; /* over series; its windows are the caller's to set */
} fc_scope;

/* When the table has all columns of the model: these, with the model's scaler. Otherwise, for a kind that
 * takes any number of variates and with a split given: all columns of the table as targets, with a scaler of
 * the model's kind fitted on split->train. NN_BAD_DATA with the missing column's name in all other cases. */
int fc_scope_make(fc_scope *scope, const fc_model *model, const ds_table *table, const ds_split *split,
                  nn_error *error);
/* NN_BAD_DATA with column and stamp of the first value that is missing: NaN would spread over every forecast.
 */
int fc_scope_check_known(const fc_scope *scope, const ds_table *table, nn_error *error);
void fc_scope_clear(fc_scope *scope);

#endif
