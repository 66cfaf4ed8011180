/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Normal numbers by inversion, and the order statistics of simulated paths. */
#include "forecast/statistics/draw.h"

#include "lib/base/random.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

double fc_draw_normal(uint64_t key, uint64_t i)
{
    return gsl_cdf_ugaussian_Pinv(nn_random_uniform(key, i) + 0x1p-54);
}

void fc_normal_quantiles(const double *mean, const double *variance, int horizon, const double *share,
                         int shares, double *out)
{
    for (int s = 0; s < shares; s++) {
        const double z = gsl_cdf_ugaussian_Pinv(share[s]);
        for (int h = 0; h < horizon; h++)
            out[s * horizon + h] = mean[h] + z * sqrt(variance[h]);
    }
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

bool fc_path_quantiles(const double *paths, int count, int horizon, const double *share, int shares,
                       double *out)
{
    double *value = malloc(((size_t)count + 1) * sizeof *value);
    bool fine = value;
    for (int h = 0; h < horizon && fine; h++) {
        int known = 0;
        for (int i = 0; i < count; i++)
            if (isfinite(paths[(size_t)i * (size_t)horizon + (size_t)h]))
                value[known++] = paths[(size_t)i * (size_t)horizon + (size_t)h];
        fine = known > 0;
        qsort(value, (size_t)known, sizeof *value, by_size);
        for (int s = 0; s < shares && fine; s++) {
            const double at = share[s] * (known - 1);
            const int low = (int)at, high = low + 1 < known ? low + 1 : low;
            out[s * horizon + h] = value[low] + (at - low) * (value[high] - value[low]);
        }
    }
    free(value);
    return fine;
}
