/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The naive forecasts of a table's columns, which every score stands beside. */
#ifndef FC_RIVALS_SERIES_H
#define FC_RIVALS_SERIES_H

#include "forecast/forecaster.h"
#include "forecast/tasks/series/view.h"

enum { FC_RIVALS = 2 };
/* "repeat-last", "seasonal-naive". */
extern const char *const fc_rival_names[FC_RIVALS];

/* The rivals of models of a kind: not those of the same kind, and without a season (1 row) the last one is
 * the last value. Returns how many; which: their numbers. */
int fc_rivals_choose(int which[FC_RIVALS], const fc_kind *kind, int season);

/* Fitted on the training part of what a scope sees. */
typedef struct fc_rivals {
    const fc_scope *scope; /* borrowed */
    int horizon;
    void *state[FC_RIVALS];
    double *values; /* horizon x targets, of one window */
} fc_rivals;
int fc_rivals_fit(fc_rivals *rivals, const fc_scope *scope, ds_part train, int horizon, int season,
                  nn_error *error);
void fc_rivals_clear(fc_rivals *rivals);

/* (horizon,N) scaled values for the rows from `row` on, from those before it; 0 where a column is no target.
 */
void fc_rivals_forecast(nn_real *out, const fc_rivals *rivals, int which, size_t row);

#endif
