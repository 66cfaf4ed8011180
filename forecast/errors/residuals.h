/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What forecasts of rows that they had not seen were wrong by: the raw material of intervals. */
#ifndef FC_RESIDUALS_H
#define FC_RESIDUALS_H

#include "datasets/series/view.h"
#include "lib/base/error.h"

typedef struct fc_residuals {
    int targets, horizon;
    size_t origins, most; /* how many there are, and have room */
    size_t *row;          /* most: first row of each forecast, rising; owned */
    float *error; /* most x horizon x targets: truth less forecast, NaN where the truth is not known; owned */
    double *step; /* targets: mean size of the step over a season, in what was learnt from; NaN: not known;
                     owned */
    bool logs;    /* all of it is of logarithms */
} fc_residuals;

/* Room for the forecasts from some of `count` rows: as many as intervals need and memory has. */
int fc_residuals_make(fc_residuals *residuals, int targets, int horizon, size_t count, nn_error *error);
/* Which of `count` rows is the i-th: spread over all of them, and not always at the same hour. */
size_t fc_residuals_place(const fc_residuals *residuals, size_t count, size_t i);
/* Horizon x targets values to be filled with what a forecast from that row was wrong by. */
float *fc_residuals_next(fc_residuals *residuals, size_t row);
/* Sets `step` of the targets of a view. */
void fc_residuals_steps(fc_residuals *residuals, const ds_view *view, ds_part part, int season);
void fc_residuals_clear(fc_residuals *residuals);

#endif
