/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intermittent demand, where most values are 0: one level for all steps ahead, by simple exponential
 * smoothing whose first value is the start. Croston (1972): the demands above 0, by the intervals between
 * them, both with .1; optimised: the same with the least squares of .1 to .3 each. SBA (Syntetos & Boylan
 * 2005): .95 of Croston's. TSB (Teunter, Syntetos & Babai 2011): the demands, times the probability of one.
 * ADIDA (Nikolopoulos et al. 2011): sums over the mean interval. IMAPA (Petropoulos & Kourentzes 2015): sums
 * over 1, 2, ... up to the mean interval, averaged. */
#ifndef FC_CROSTON_H
#define FC_CROSTON_H

#include "forecast/forecasters.h"

#include <stddef.h>

enum { FC_INTERMITTENT_LEVELS = 48 }; /* IMAPA sums over no more rows than that */

typedef struct fc_intermittent {
    fc_intermittent_kind kind;
    int rows;                             /* of the sums of ADIDA, and of the widest of IMAPA */
    double alpha[FC_INTERMITTENT_LEVELS]; /* of demand and interval or probability; ADIDA: of the sums; IMAPA:
                                             of the sums over 1, 2, ... rows */
} fc_intermittent;

/* y has no missing values. TSB keeps the alpha[0] and alpha[1] that the model has; the others set
 * theirs. */
void fc_intermittent_fit(fc_intermittent *model, fc_intermittent_kind kind, const double *y, size_t n);

/* The level after y; 0 where nothing was above 0. */
double fc_intermittent_forecast(const fc_intermittent *model, const double *y, size_t n);

#endif
