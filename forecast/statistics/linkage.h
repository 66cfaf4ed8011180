/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the errors of one forecast hang together from step to step, which sample paths and whatever is summed
 * over steps go by: a part that all steps share, such as a level that was taken wrongly, and one that goes on
 * from step to step as an autoregression of first order does that begins at the origin; a random walk is the
 * one of coefficient 1. Fitted to the correlations of errors at past origins by least squares. */
#ifndef FC_LINKAGE_H
#define FC_LINKAGE_H

#include <stddef.h>
#include <stdint.h>

enum { FC_LINKAGE_LAGS = 8 };

typedef struct fc_linkage {
    double chain;  /* the coefficient, -1 to 1; NaN: not known, and a random walk it is */
    double common; /* share of the variance that all steps have in common, 0 to 1 */
} fc_linkage;

/* What was seen, in the making: sums over pairs of steps that lie 1, 2, 4, ... apart. Begins as zeros. */
typedef struct fc_linkages {
    double product[FC_LINKAGE_LAGS], square[FC_LINKAGE_LAGS];
    size_t pairs[FC_LINKAGE_LAGS];
    size_t origins;
} fc_linkages;

/* Adds the errors of one origin (horizon), each by its usual size at its step; NaN is left out. */
void fc_linkages_add(fc_linkages *seen, const double *errors, int horizon);
fc_linkage fc_linkage_learn(const fc_linkages *seen, int horizon);

/* Standard normal numbers that hang together so, step by step; the same for the same key. */
typedef struct fc_linked {
    fc_linkage linkage;
    uint64_t key, step;
    double state, variance;
} fc_linked;
fc_linked fc_linked_begin(fc_linkage linkage, uint64_t key);
double fc_linked_next(fc_linked *path);

#endif
