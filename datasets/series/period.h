/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The strongest cycle of a series. */
#ifndef DS_PERIOD_H
#define DS_PERIOD_H

#include "lib/base/error.h"

#include <stddef.h>

/* Looks at the last rows of the series (up to 2^18, a number that is fast to transform), less their linear
 * trend. A cycle stands out when it has four periods or more, its frequency and the two beside it hold at
 * least 2 % of the variance, and far more than the noise around them: noise alone, a random walk included,
 * raises a false alarm in some thousandth of all series. *period is in rows, and whole unless the series is
 * long enough to tell a fraction; 0 when nothing stands out. Overwrites the series. */
int ds_period_find(double *series, size_t count, double *period, double *share, nn_error *error);

#endif
