/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How often a series has to be differenced before it may be taken for stationary. Values are all there. */
#ifndef FC_UNIT_ROOT_H
#define FC_UNIT_ROOT_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* The statistic of Kwiatkowski, Phillips, Schmidt & Shin (1992) against a constant level, its variance with
 * Bartlett's weights of trunc(3 sqrt(n) / 13) lags. .463 is reached by one stationary series of twenty. */
double fc_kpss(const double *x, size_t n);

/* d: differences x (n) in place until KPSS rejects no longer at 5 %, or it is constant, at most `most` times.
 */
int fc_differences(double *x, size_t n, int most);

/* D, 0 or 1: whether the season's strength (datasets/series/stl.h) by MSTL is above .64. 0 for up to two
 * seasons. */
int fc_seasonal_differences(const double *x, size_t n, int period, int *count, nn_error *error);

/* The same by the test of Osborn, Chui, Smith & Birchenhall (1988) at 5 %, its lags, at most three, by AIC.
 */
int fc_ocsb(const double *x, size_t n, int period, bool *difference, nn_error *error);

/* All alike, but for rounding. */
bool fc_is_constant(const double *x, size_t n);

#endif
