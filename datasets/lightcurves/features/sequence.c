/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one value says of the next: von Neumann's ratio, slopes, trends, cumulative sums. */
#include "datasets/lightcurves/features/group.h"

#include <math.h>

static const char *const names[] = {"eta",
                                    "eta_e",
                                    "cusum",
                                    "maximum_slope",
                                    "linear_trend",
                                    "linear_trend_sigma",
                                    "linear_trend_noise",
                                    "linear_fit",
                                    "linear_fit_sigma",
                                    "linear_fit_chi2",
                                    "string_length",
                                    NULL};

/* von Neumann's ratio, that with slopes in the place of differences, and the steepest slope. Points at the
 * same time have no slope between them. */
static void neighbours(const ds_feature_curve *c, double *eta, double *eta_e, double *steepest)
{
    const double n = c->count, variance = c->deviation * c->deviation;
    const double span = c->time[c->count - 1] - c->time[0];
    double squares = 0, slopes = 0;
    *steepest = NAN;
    for (int i = 0; i + 1 < c->count; i++) {
        const double step = c->value[i + 1] - c->value[i], slope = step / (c->time[i + 1] - c->time[i]);
        squares += step * step;
        if (!isfinite(slope))
            continue;
        slopes += slope * slope;
        *steepest = fmax(*steepest, fabs(slope));
    }
    *eta = squares / ((n - 1) * variance);
    *eta_e = span * span / pow(n - 1, 3) * slopes / variance;
}

static double cusum(const ds_feature_curve *c)
{
    double sum = 0, least = INFINITY, most = -INFINITY;
    for (int i = 0; i < c->count; i++) {
        sum += c->value[i] - c->mean;
        least = fmin(least, sum);
        most = fmax(most, sum);
    }
    return (most - least) / (c->count * c->deviation);
}

/* A straight line by least squares without weights: slope, its error, and the deviation about the line. */
static void trend(const ds_feature_curve *c, double *out)
{
    double middle = 0, tt = 0, ty = 0, squares = 0;
    for (int i = 0; i < c->count; i++)
        middle += c->time[i] / c->count;
    for (int i = 0; i < c->count; i++) {
        tt += (c->time[i] - middle) * (c->time[i] - middle);
        ty += (c->time[i] - middle) * (c->value[i] - c->mean);
    }
    out[0] = ty / tt;
    for (int i = 0; i < c->count; i++) {
        const double rest = c->value[i] - c->mean - out[0] * (c->time[i] - middle);
        squares += rest * rest;
    }
    out[2] = sqrt(squares / (c->count - 2));
    out[1] = out[2] / sqrt(tt);
}

/* The same with weights 1 / error^2: slope, its error by the errors of the points, reduced chi squared. */
static void fit(const ds_feature_curve *c, double *out)
{
    double weights = 0, middle = 0, tt = 0, ty = 0, chi = 0;
    for (int i = 0; i < c->count; i++) {
        const double w = 1 / (c->error[i] * c->error[i]);
        weights += w;
        middle += w * c->time[i];
    }
    middle /= weights;
    for (int i = 0; i < c->count; i++) {
        const double w = 1 / (c->error[i] * c->error[i]), t = c->time[i] - middle;
        tt += w * t * t;
        ty += w * t * (c->value[i] - c->weighted);
    }
    out[0] = ty / tt;
    out[1] = sqrt(1 / tt);
    for (int i = 0; i < c->count; i++) {
        const double rest = c->value[i] - c->weighted - out[0] * (c->time[i] - middle);
        chi += rest * rest / (c->error[i] * c->error[i]);
    }
    out[2] = chi / (c->count - 2);
}

/* Lafler's and Kinman's, the last point followed by the first: about 1 in random order. */
static double string_length(const ds_feature_curve *c)
{
    double sum = 0;
    for (int i = 0; i < c->count; i++) {
        const double step = c->value[(i + 1) % c->count] - c->value[i];
        sum += step * step;
    }
    return sum / (2 * (c->count - 1) * c->deviation * c->deviation);
}

static int compute(const ds_feature_object *object, int a, int b, double *out, nn_error *error)
{
    (void)b, (void)error;
    const ds_feature_curve *c = &object->band[a];
    if (c->count < 2)
        return NN_OK;
    neighbours(c, &out[0], &out[1], &out[3]);
    out[2] = cusum(c);
    if (c->count >= 3) {
        trend(c, out + 4);
        fit(c, out + 7);
    }
    out[10] = string_length(c);
    return NN_OK;
}

const ds_feature_group ds_feature_sequence = {
    .name = "sequence",
    .summary = "von Neumann's eta, cumulative sums, steepest slope, linear trend",
    .source = "Kim et al. 2014 (doi 10.1051/0004-6361/201323252); D'Isanto et al. 2016 (doi "
              "10.1093/mnras/stw157); Lafler & Kinman 1965 (ApJS 11, 216)",
    .scope = DS_FEATURE_OF_BAND,
    .names = names,
    .compute = compute,
};
