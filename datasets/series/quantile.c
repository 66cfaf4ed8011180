/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantiles of type 7 by selection in linear time. */
#include "datasets/series/quantile.h"

#include <gsl/gsl_statistics_double.h>

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
    return low + fraction * (gsl_stats_select(values, 1, count, below + 1) - low);
}
