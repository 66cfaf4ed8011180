/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The classical decomposition of a series by moving averages. */
#include "datasets/series/stl.h"

#include <math.h>

/* The centred mean over one period around row i; an even period's two ends count half each. NaN near the
 * ends. */
static double centred_mean(const double *x, size_t n, size_t period, size_t i)
{
    const size_t half = period / 2;
    if (i < half || i + half >= n)
        return NAN;
    double sum = 0;
    for (size_t j = i - half; j <= i + half; j++)
        sum += x[j] * (period % 2 == 0 && (j == i - half || j == i + half) ? .5 : 1);
    return sum / (double)period;
}

int ds_decompose(const double *series, size_t count, int period, bool multiplicative, double *figure,
                 double *trend, nn_error *error)
{
    const size_t p = period > 0 ? (size_t)period : 0;
    if (p < 2 || count < 2 * p)
        return nn_fail(error, NN_BAD_DATA, "%zu values are fewer than two seasons of %d", count, period);
    double mean = 0;
    for (size_t phase = 0; phase < p; phase++) {
        double sum = 0;
        size_t known = 0;
        for (size_t i = phase; i < count; i += p) {
            const double level = centred_mean(series, count, p, i);
            if (trend)
                trend[i] = level;
            if (isnan(level))
                continue;
            sum += multiplicative ? series[i] / level : series[i] - level;
            known++;
        }
        figure[phase] = sum / (double)known;
        mean += figure[phase] / (double)p;
    }
    for (size_t phase = 0; phase < p; phase++)
        figure[phase] = multiplicative ? figure[phase] / mean : figure[phase] - mean;
    return NN_OK;
}
