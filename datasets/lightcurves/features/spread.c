/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How widely values spread: amplitudes, deviations and percentiles. */
#include "datasets/lightcurves/features/group.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>

static const char *const names[] = {"median",
                                    "amplitude",
                                    "standard_deviation",
                                    "median_absolute_deviation",
                                    "percent_amplitude",
                                    "inter_percentile_range_2",
                                    "inter_percentile_range_10",
                                    "inter_percentile_range_25",
                                    "magnitude_percentage_ratio_40_5",
                                    "magnitude_percentage_ratio_20_5",
                                    "median_buffer_range_percentage_10",
                                    "beyond_1_std",
                                    "beyond_2_std",
                                    "biweight_scale",
                                    "anderson_darling",
                                    "otsu_difference",
                                    "otsu_deviation_low",
                                    "otsu_deviation_high",
                                    "otsu_share_low",
                                    NULL};

static double range(const ds_feature_curve *c, double p)
{
    return ds_feature_quantile(c, 1 - p) - ds_feature_quantile(c, p);
}

static double median_deviation(const ds_feature_curve *c, double *scratch)
{
    for (int i = 0; i < c->count; i++)
        scratch[i] = fabs(c->value[i] - c->median);
    gsl_sort(scratch, 1, (size_t)c->count);
    const ds_feature_curve deviations = {.count = c->count, .sorted = scratch};
    return ds_feature_quantile(&deviations, 0.5);
}

static double beyond(const ds_feature_curve *c, double from, double limit)
{
    int n = 0;
    for (int i = 0; i < c->count; i++)
        n += fabs(c->value[i] - from) > limit;
    return (double)n / c->count;
}

/* Tukey's biweight scale with c = 9. deviation: the median absolute one. */
static double biweight(const ds_feature_curve *c, double deviation)
{
    double above = 0, below = 0;
    for (int i = 0; i < c->count; i++) {
        const double d = c->value[i] - c->median, u = d / (9 * deviation), rest = 1 - u * u;
        if (!(rest > 0))
            continue;
        above += d * d * rest * rest * rest * rest;
        below += rest * (1 - 5 * u * u);
    }
    return sqrt(c->count * above) / fabs(below);
}

/* How far the values are from a Gaussian, corrected for the size of the sample. */
static double anderson_darling(const ds_feature_curve *c)
{
    const int n = c->count;
    double sum = 0;
    if (n < 4)
        return NAN;
    for (int i = 0; i < n; i++) {
        const double z = (c->sorted[i] - c->mean) / c->deviation;
        const double below = log(gsl_cdf_ugaussian_P(z)), above = log(gsl_cdf_ugaussian_Q(z));
        sum += (2 * i + 1) * below + (2 * (n - i) - 1) * above;
    }
    return (1 + 4.0 / n - 25.0 / ((double)n * n)) * (-n - sum / n);
}

/* Otsu's threshold: values in two groups whose means differ most, as variances between groups go. */
static void otsu(const ds_feature_curve *c, double *out)
{
    const int n = c->count;
    double below = 0, all = 0, best = -1;
    int split = 0;
    for (int i = 0; i < n; i++)
        all += c->sorted[i] - c->mean;
    for (int i = 1; i < n; i++) {
        below += c->sorted[i - 1] - c->mean;
        const double gap = (all - below) / (n - i) - below / i, between = gap * gap * i * (double)(n - i);
        if (between > best) {
            best = between;
            split = i;
        }
    }
    double mean[2] = {0}, squares[2] = {0};
    for (int i = 0; i < n; i++)
        mean[i >= split] += c->sorted[i] / (i < split ? split : n - split);
    for (int i = 0; i < n; i++)
        squares[i >= split] += (c->sorted[i] - mean[i >= split]) * (c->sorted[i] - mean[i >= split]);
    out[0] = mean[1] - mean[0];
    out[1] = split > 1 ? sqrt(squares[0] / (split - 1)) : 0;
    out[2] = n - split > 1 ? sqrt(squares[1] / (n - split - 1)) : 0;
    out[3] = (double)split / n;
}

static int compute(const ds_feature_object *object, int a, int b, double *out, nn_error *error)
{
    (void)b, (void)error;
    const ds_feature_curve *c = &object->band[a];
    const double least = c->sorted[0], most = c->sorted[c->count - 1];
    const double deviation = median_deviation(c, object->scratch);
    *out++ = c->median;
    *out++ = (most - least) / 2;
    *out++ = c->deviation;
    *out++ = deviation;
    *out++ = fmax(most - c->median, c->median - least);
    *out++ = range(c, 0.02);
    *out++ = range(c, 0.10);
    *out++ = range(c, 0.25);
    *out++ = range(c, 0.40) / range(c, 0.05);
    *out++ = range(c, 0.20) / range(c, 0.05);
    *out++ = 1 - beyond(c, c->median, 0.10 * (most - least) / 2);
    *out++ = beyond(c, c->mean, c->deviation);
    *out++ = beyond(c, c->mean, 2 * c->deviation);
    *out++ = biweight(c, deviation);
    *out++ = anderson_darling(c);
    if (c->count >= 2)
        otsu(c, out);
    return NN_OK;
}

const ds_feature_group ds_feature_spread = {
    .name = "spread",
    .summary = "median, amplitude, deviations, percentile ranges, shares beyond deviations",
    .source = "D'Isanto et al. 2016 (doi 10.1093/mnras/stw157); Tukey's biweight; Stephens 1974 (doi "
              "10.1080/01621459.1974.10480196); Otsu 1979 (doi 10.1109/tsmc.1979.4310076)",
    .scope = DS_FEATURE_OF_BAND,
    .names = names,
    .compute = compute,
};
