/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model's forecasts from many rows of a table, each made without what came later: the material of
 * comparisons and of the search for values that nobody could expect. */
#ifndef FC_ROLLING_H
#define FC_ROLLING_H

#include "datasets/series/split.h"
#include "forecast/model.h"

typedef struct fc_rolling {
    int targets, horizon;
    int *column;                 /* targets: of the table; owned */
    size_t first, stride, count; /* forecast i begins with row first + i stride */
    double *values; /* count x horizon x targets, in the file's units; owned. A network's are NaN where it
                       saw too little */
} fc_rolling;

/* Cuts a range of rows down to those that a model can forecast from, `horizon` rows each: a network needs its
 * look-back before them, and every column in it. NN_BAD_DATA where none is left. what: names the rows. */
int fc_rolling_bound(ds_part *origins, const fc_model *model, const ds_table *table, int horizon,
                     const char *what, nn_error *error);
/* Every stride-th row of origins is forecast from, with first, stride and count of the record set by the
 * caller; the other members are filled. The model's parameters stay as they are, its states go with the rows.
 * horizon at most the model's. The results are the same for any number of threads (0: all cores). */
int fc_roll(fc_rolling *rolling, const fc_model *model, const ds_table *table, int horizon, int threads,
            nn_error *error);
void fc_rolling_clear(fc_rolling *rolling);

#endif
