/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks for the row at which the means on either side differ most. */
#include "forecast/statistics/jump.h"

#include <math.h>
#include <stdlib.h>

enum { LEAST_WINDOW = 8, OUTSTANDING = 8, NOISE = 4 };

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Overwrites x with a sorted copy of itself. */
static double median(double *x, size_t n)
{
    qsort(x, n, sizeof *x, compare);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

/* Mean of x in [begin, end) by its sums from the first value on. */
static double mean_of(const double *sum, size_t begin, size_t end)
{
    return (sum[end] - sum[begin]) / (double)(end - begin);
}

/* Median size of the steps from value to value, as a deviation of the values: noise apart from the level. */
static double noise_of(const double *x, double *room, size_t n)
{
    for (size_t i = 1; i < n; i++)
        room[i - 1] = fabs(x[i] - x[i - 1]);
    return median(room, n - 1) / (.6745 * sqrt(2));
}

int fc_jump_find(fc_jump *jump, const double *trend, const double *rest, size_t n, int season,
                 nn_error *error)
{
    const size_t w = season > LEAST_WINDOW ? (size_t)season : LEAST_WINDOW;
    *jump = (fc_jump){0};
    if (n < 4 * w)
        return NN_OK;
    const size_t places = n - 2 * w + 1;
    double *x = malloc((3 * n + 2) * sizeof *x), *sum = x + n, *room = sum + n + 1;
    if (!x)
        return nn_no_memory(error);
    sum[0] = 0;
    for (size_t i = 0; i < n; i++) {
        x[i] = trend[i] + (isnan(rest[i]) ? 0 : rest[i]);
        sum[i + 1] = sum[i] + x[i];
    }
    const double noise = noise_of(x, room, n);
    for (size_t i = 0; i < places; i++)
        room[i] = mean_of(sum, i + w, i + 2 * w) - mean_of(sum, i, i + w);
    const double usual = median(room, places);
    for (size_t i = 0; i < places; i++)
        room[i] = fabs(mean_of(sum, i + w, i + 2 * w) - mean_of(sum, i, i + w) - usual);
    const double spread = median(room, places) / .6745;
    double most = 0;
    for (size_t i = 0; i < places; i++) {
        const double before = mean_of(sum, i, i + w), after = mean_of(sum, i + w, i + 2 * w),
                     off = fabs(after - before - usual);
        if (off > most && off > OUTSTANDING * spread && off > NOISE * noise) {
            most = off;
            *jump = (fc_jump){i + w, before, after};
        }
    }
    free(x);
    return NN_OK;
}
