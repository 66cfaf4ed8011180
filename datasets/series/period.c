/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the strongest cycle of a series by its Fourier transform. */
#include "datasets/series/period.h"

#include "datasets/series/quantile.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_fft_real.h>
#include <math.h>
#include <stdbool.h>

enum { MOST_ROWS = 1 << 18, LEAST_ROWS = 24, LEAST_CYCLES = 4, MOST_NEIGHBOURS = 128 };
static const double least_share = 0.02;

/* The largest number of the form 2^a 3^b 5^c up to n: GSL has special code for these factors, and needs time
 * in proportion to the square of others. */
static size_t fast_length(size_t n)
{
    size_t best = 1;
    for (size_t fives = 1; fives <= n; fives *= 5)
        for (size_t threes = fives; threes <= n; threes *= 3) {
            size_t product = threes;
            while (product <= n / 2)
                product *= 2;
            if (product > best)
                best = product;
        }
    return best;
}

static void remove_line(double *x, size_t n)
{
    const double middle = (double)(n - 1) / 2;
    double mean = 0, slope = 0, square = 0;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        const double t = (double)i - middle;
        slope += t * (x[i] - mean);
        square += t * t;
    }
    slope /= square;
    for (size_t i = 0; i < n; i++)
        x[i] -= mean + slope * ((double)i - middle);
}

/* x becomes the power at frequencies 1..n/2 in x[1..n/2]; x[0] is unused. Their sum is the variance times n.
 */
static int make_spectrum(double *x, size_t n, nn_error *error)
{
    gsl_fft_real_wavetable *table = gsl_fft_real_wavetable_alloc(n);
    gsl_fft_real_workspace *space = gsl_fft_real_workspace_alloc(n);
    const bool ready = table && space && gsl_fft_real_transform(x, 1, n, table, space) == GSL_SUCCESS;
    if (table)
        gsl_fft_real_wavetable_free(table);
    if (space)
        gsl_fft_real_workspace_free(space);
    if (!ready)
        return nn_fail(error, NN_FAILED, "no memory for a spectrum of %zu rows", n);
    for (size_t k = 1; k <= n / 2; k++) {
        const double real = x[2 * k - 1], imaginary = 2 * k < n ? x[2 * k] : 0;
        x[k] = (real * real + imaginary * imaginary) * (2 * k < n ? 2 : 1) / (double)n;
    }
    return NN_OK;
}

static double three(const double *power, size_t k, size_t last)
{
    return power[k - 1] + power[k] + (k < last ? power[k + 1] : 0);
}

/* What noise alone would have at frequency k: the median of the frequencies around it. Higher ones are lifted
 * as if the spectrum fell with the square of the frequency, lest the slope of a random walk looks like a
 * peak. */
static double noise_at(const double *power, size_t k, size_t last)
{
    double near[2 * MOST_NEIGHBOURS];
    size_t n = 0, reach = k / 2 + 6;
    if (reach > MOST_NEIGHBOURS)
        reach = MOST_NEIGHBOURS;
    for (size_t j = k > reach ? k - reach : 1; j < k + reach && j <= last; j++)
        if (j + 1 < k)
            near[n++] = power[j];
        else if (j > k + 1)
            near[n++] = power[j] * ((double)j / (double)k) * ((double)j / (double)k);
    return n > 0 ? ds_quantile(near, n, 0.5) / M_LN2 : 0; /* the mean of an exponential distribution */
}

/* Frequency k with the most power in it and its two neighbours among those that stand out; 0: none does. */
static size_t find_peak(const double *power, size_t last, double total)
{
    const double times = 12 + log((double)last) + 100 / (double)last;
    size_t best = 0;
    double most = least_share * total;
    for (size_t k = LEAST_CYCLES; k <= last; k++) {
        const double sum = three(power, k, last);
        if (sum > most && power[k] >= power[k - 1] && (k == last || power[k] >= power[k + 1]) &&
            sum > times * noise_at(power, k, last)) {
            best = k;
            most = sum;
        }
    }
    return best;
}

int ds_period_find(double *series, size_t count, double *period, double *share, nn_error *error)
{
    *period = *share = 0;
    if (count < LEAST_ROWS)
        return NN_OK;
    const size_t n = fast_length(count < MOST_ROWS ? count : MOST_ROWS), last = n / 2;
    double *x = series + (count - n), total = 0;
    remove_line(x, n);
    const int code = make_spectrum(x, n, error);
    if (code)
        return code;
    for (size_t k = 1; k <= last; k++)
        total += x[k];
    const size_t peak = total > 0 && isfinite(total) ? find_peak(x, last, total) : 0;
    if (peak == 0)
        return NN_OK;
    const double sum = three(x, peak, last), above = peak < last ? x[peak + 1] : 0;
    const double centre = (double)peak + (above - x[peak - 1]) / sum;
    *period = (double)n / centre;
    if (fabs(*period - round(*period)) < *period / (2 * (double)peak))
        *period = round(*period);
    *share = sum / total;
    return NN_OK;
}
