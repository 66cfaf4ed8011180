/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantiles in linear time. */
#ifndef DS_QUANTILE_H
#define DS_QUANTILE_H

#include <stddef.h>

/* The quantile at p in [0, 1] of count > 0 values by linear interpolation between order statistics (type 7 of
 * Hyndman & Fan 1996). Rearranges the values. */
double ds_quantile(double *values, size_t count, double p);

#endif
