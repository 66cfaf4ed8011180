/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantiles of type 7 by selection in linear time. */
#include "datasets/series/quantile.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>

double ds_quantile(double *values, size_t count, double p)
{
    const double position = p * (double)(count - 1);
    size_t below = (size_t)position;
    if (below > count - 1)
        below = count - 1;
    const double fraction = position - (double)below;
    const double low = gsl_stats_select(values, 1, count, below);
    if (fraction == 0)
        return low;
    const double high = gsl_stats_select(values, 1, count, below + 1), apart = high - low;
    /* Values of either sign may be further apart than any number. */
    return isfinite(apart) ? low + fraction * apart : (1 - fraction) * low + fraction * high;
}
