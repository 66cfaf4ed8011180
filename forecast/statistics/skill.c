/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tests of Diebold and Mariano and of Pesaran and Timmermann, and explained variance. */
#include "forecast/statistics/skill.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>

/* --- equal accuracy --- */

/* The two series of losses of a test. */
typedef struct pair {
    const double *first, *second;
    size_t count;
} pair;

/* Steps to the next pair without NaN; false at the end. */
static bool next_difference(const pair *of, size_t *at, double *difference, double *size)
{
    while (*at < of->count) {
        double a = of->first[*at], b = of->second[*at];
        ++*at;
        if (isnan(a) || isnan(b))
            continue;
        *difference = a - b;
        *size = fmax(fabs(a), fabs(b));
        return true;
    }
    return false;
}

/* V of the header. The Bartlett-weighted autocovariances are the mean square of the sums of h neighbours,
 * with zeros before the first value and after the last: h n V n = sum_t (d_t + ... + d_(t-h+1))^2, d less its
 * mean. */
static double bartlett_variance(const pair *of, double mean, size_t n, size_t h)
{
    double sum = 0, squares = 0, d, size;
    size_t lead = 0, lag = 0;
    for (size_t t = 0; t < n + h - 1; t++) {
        if (t < n && next_difference(of, &lead, &d, &size))
            sum += d - mean;
        if (t >= h && next_difference(of, &lag, &d, &size))
            sum -= d - mean;
        squares += sum * sum;
    }
    return squares / (double)h / (double)n / (double)n;
}

static double student_p(double t, double degrees, fc_dm_alternative alternative)
{
    if (alternative == FC_DM_TWO_SIDED)
        return 2 * gsl_cdf_tdist_Q(fabs(t), degrees);
    return alternative == FC_DM_LESS ? gsl_cdf_tdist_P(t, degrees) : gsl_cdf_tdist_Q(t, degrees);
}

static fc_dm dm_test(const pair *of, size_t h, fc_dm_alternative alternative)
{
    fc_dm result = {0, NAN, NAN, NAN};
    double sum = 0, squares = 0, largest = 0, d, size;
    size_t n = 0;
    for (size_t at = 0; next_difference(of, &at, &d, &size); n++) {
        sum += d;
        largest = fmax(largest, size);
    }
    result.count = n;
    if (n == 0)
        return result;
    double mean = result.difference = sum / (double)n;
    for (size_t at = 0; next_difference(of, &at, &d, &size);)
        squares += (d - mean) * (d - mean);
    /* A constant difference varies by its rounding alone. */
    bool constant = sqrt(squares / (double)n) <= 4 * DBL_EPSILON * largest;
    if (h < 1 || n <= h || constant || !isfinite(squares))
        return result;
    double variance = bartlett_variance(of, mean, n, h), N = (double)n, H = (double)h;
    if (!isfinite(variance))
        return result;
    double statistic = mean / sqrt(variance) * sqrt((N + 1 - 2 * H + H * (H - 1) / N) / N);
    if (!isfinite(statistic))
        return result;
    result.statistic = statistic;
    result.p = student_p(statistic, N - 1, alternative);
    return result;
}

fc_dm fc_dm_losses(const double *loss1, const double *loss2, size_t count, size_t h,
                   fc_dm_alternative alternative)
{
    const pair of = {loss1, loss2, count};
    return dm_test(&of, h, alternative);
}

/* --- several tests --- */

void fc_holm(double *p, int count)
{
    int tried = 0;
    double largest = 0;
    bool done[FC_MOST_TESTS] = {0};
    for (int i = 0; i < count; i++)
        tried += !isnan(p[i]);
    for (int left = tried; left > 0; left--) {
        int least = -1;
        for (int i = 0; i < count; i++)
            if (!done[i] && !isnan(p[i]) && (least < 0 || p[i] < p[least]))
                least = i;
        largest = fmax(largest, fmin(1, left * p[least]));
        p[least] = largest;
        done[least] = true;
    }
}

/* --- directions --- */

static void pesaran_timmermann(fc_directions *d, double forecast_ups)
{
    double n = (double)d->count, y = d->up_rate, f = forecast_ups;
    double expected = y * f + (1 - y) * (1 - f);
    double variance = expected * (1 - expected) / n;
    double variance_expected = ((2 * y - 1) * (2 * y - 1) * f * (1 - f) +
                                (2 * f - 1) * (2 * f - 1) * y * (1 - y) + 4 * y * f * (1 - y) * (1 - f) / n) /
                               n;
    double rest = variance - variance_expected;
    if (y <= 0 || y >= 1 || f <= 0 || f >= 1 || !(rest > 0))
        return;
    d->statistic = (d->hit_rate - expected) / sqrt(rest);
    d->p = gsl_cdf_ugaussian_Q(d->statistic);
}

fc_directions fc_directions_score(const double *truth, const double *forecast, size_t count)
{
    fc_directions d = {0, 0, NAN, NAN, NAN, NAN, NAN, NAN};
    size_t seen[2][2] = {{0}}; /* [the change went up][the forecast did] */
    for (size_t t = 0; t < count; t++) {
        if (isnan(truth[t]) || isnan(forecast[t]))
            continue;
        if (truth[t] == 0)
            d.flat++;
        else
            seen[truth[t] > 0][forecast[t] > 0]++;
    }
    size_t ups = seen[1][0] + seen[1][1], downs = seen[0][0] + seen[0][1];
    d.count = ups + downs;
    if (d.count == 0)
        return d;
    double n = (double)d.count;
    d.hit_rate = (double)(seen[0][0] + seen[1][1]) / n;
    d.up_rate = (double)ups / n;
    d.base_rate = fmax(d.up_rate, (double)downs / n);
    if (ups && downs)
        d.balanced_accuracy = ((double)seen[1][1] / (double)ups + (double)seen[0][0] / (double)downs) / 2;
    pesaran_timmermann(&d, (double)(seen[0][1] + seen[1][1]) / n);
    return d;
}
