/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Seasons of a plain series by classical decomposition, and the power transform that makes its noise even. */
#ifndef FC_SEASONS_H
#define FC_SEASONS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a season of period rows is there: at least 4 rows and twice in y, and |r_period| > 1.645 sqrt((1 +
 * 2 sum of r_k^2, k < period) / n), r_k the autocorrelations (the test of the M4 competition's Theta, at 10
 * %). */
bool fc_season_present(const double *y, size_t n, int period);

/* index (period): what each phase (t % period) adds to a centred moving average of one period, or multiplies
 * it with; of mean 0 or 1. room (n) is overwritten; n at least 2 period. */
void fc_season_indices(const double *y, size_t n, int period, bool multiplicative, double *index,
                       double *room);

/* (y^lambda - 1) / lambda, log y for 0 (Box & Cox 1964), and back; what has no inverse is 0. */
double fc_power(double y, double lambda);
double fc_power_back(double x, double lambda);

/* lambda of 0, .05, ..., 1 with the largest likelihood of y, all above 0, about a straight line. */
double fc_power_choose(const double *y, size_t n);

#endif
