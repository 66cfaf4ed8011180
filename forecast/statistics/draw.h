/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Normal numbers, and quantiles of normal and of simulated futures. */
#ifndef FC_DRAW_H
#define FC_DRAW_H

#include <stdbool.h>
#include <stdint.h>

/* The i-th standard normal number of a key. */
double fc_draw_normal(uint64_t key, uint64_t i);

/* out (shares, horizon): quantiles of normal distributions of these means and variances (horizon each). */
void fc_normal_quantiles(const double *mean, const double *variance, int horizon, const double *share,
                         int shares, double *out);

/* The same of paths (count, horizon), step by step; between two values of a step by a line. Values that are
 * not finite are left out. False without memory, or where a step has none. */
bool fc_path_quantiles(const double *paths, int count, int horizon, const double *share, int shares,
                       double *out);

#endif
