/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits and applies the nearest class mean and the classes' shares. */
#include "forecast/statistics/classes/nearest_mean.h"

#include "forecast/statistics/classes/calibration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int check_labels(const int *label, size_t count, int classes, nn_error *error)
{
    if (count < 1 || classes < 2)
        return nn_fail(error, NN_USAGE, "a classifier needs objects of at least 2 classes, not %zu of %d",
                       count, classes);
    for (size_t i = 0; i < count; i++)
        if (label[i] < 0 || label[i] >= classes)
            return nn_fail(error, NN_BAD_DATA, "the label of object %zu is %d, outside 0 to %d", i + 1,
                           label[i], classes - 1);
    return NN_OK;
}

void fc_prior_probabilities(double *p, size_t count, const size_t *class_counts, int classes)
{
    const size_t n = (size_t)classes;
    double all = 0;
    for (size_t c = 0; c < n; c++)
        all += (double)class_counts[c];
    for (size_t i = 0; i < count * n; i++)
        p[i] = all > 0 ? (double)class_counts[i % n] / all : 1 / (double)n;
}

/* --- nearest mean --- */

void fc_nearest_mean_clear(fc_nearest_mean *fit)
{
    free(fit->mean);
    free(fit->spread);
    *fit = (fc_nearest_mean){0};
}

/* A feature's class means, then its deviation from them over all classes. */
static void fit_feature(fc_nearest_mean *fit, const double *features, const int *label, size_t count,
                        size_t f, size_t *seen)
{
    size_t n = (size_t)fit->features, known = 0;
    double squares = 0, size = 0;
    memset(seen, 0, (size_t)fit->classes * sizeof *seen);
    for (int c = 0; c < fit->classes; c++)
        fit->mean[(size_t)c * n + f] = 0;
    for (size_t i = 0; i < count; i++) {
        double x = features[i * n + f], *mean = &fit->mean[(size_t)label[i] * n + f];
        if (isfinite(x))
            *mean += (x - *mean) / (double)++seen[label[i]];
    }
    for (size_t i = 0; i < count; i++) {
        double x = features[i * n + f], from = x - fit->mean[(size_t)label[i] * n + f];
        if (!isfinite(x))
            continue;
        squares += from * from;
        size = fmax(size, fabs(x));
        known++;
    }
    double spread = known ? sqrt(squares / (double)known) : 0;
    fit->spread[f] = spread > 1e-12 * size ? spread : 0;
    for (int c = 0; c < fit->classes; c++)
        if (!seen[c])
            fit->mean[(size_t)c * n + f] = NAN;
}

/* NaN for a class without a known mean in any feature of x. */
static double distance(const fc_nearest_mean *fit, const double *x, int c)
{
    const double *mean = fit->mean + (size_t)c * (size_t)fit->features;
    double sum = 0;
    int known = 0;
    for (int f = 0; f < fit->features; f++) {
        double d = (x[f] - mean[f]) / fit->spread[f];
        if (fit->spread[f] == 0 || !isfinite(d))
            continue;
        sum += d * d;
        known++;
    }
    return known ? sum / known : NAN;
}

/* Classes that never occurred have p = 0; where nothing is known, all that did are as likely. */
static void predict_one(double *p, const fc_nearest_mean *fit, const double *x)
{
    double least = INFINITY, sum = 0;
    for (int c = 0; c < fit->classes; c++) {
        p[c] = distance(fit, x, c);
        least = fmin(least, p[c]);
    }
    for (int c = 0; c < fit->classes; c++)
        sum += p[c] = isnan(p[c]) ? 0 : exp((least - p[c]) / fit->temperature);
    for (int c = 0; c < fit->classes; c++)
        p[c] = sum > 0 ? p[c] / sum : 1.0 / fit->classes;
}

void fc_nearest_mean_predict(double *p, const fc_nearest_mean *fit, const double *features, size_t count)
{
    for (size_t i = 0; i < count; i++)
        predict_one(p + i * (size_t)fit->classes, fit, features + i * (size_t)fit->features);
}

int fc_nearest_mean_fit(fc_nearest_mean *fit, const double *features, const int *label, size_t count,
                        int feature_count, int classes, nn_error *error)
{
    *fit = (fc_nearest_mean){.features = feature_count, .classes = classes, .temperature = 1};
    int code = check_labels(label, count, classes, error);
    if (!code && feature_count < 1)
        code = nn_fail(error, NN_USAGE, "the nearest mean needs features");
    if (code)
        return code;
    size_t n = (size_t)feature_count, rows = (size_t)classes;
    fit->mean = malloc(rows * n * sizeof *fit->mean);
    fit->spread = malloc(n * sizeof *fit->spread);
    size_t *seen = malloc(rows * sizeof *seen);
    double *p = malloc(count * rows * sizeof *p);
    if (fit->mean && fit->spread && seen && p) {
        for (size_t f = 0; f < n; f++)
            fit_feature(fit, features, label, count, f, seen);
        fc_nearest_mean_predict(p, fit, features, count);
        fc_class_data data = {.p = p, .label = label, .count = count, .classes = classes};
        code = fc_temperature_fit(&fit->temperature, &data, error);
    } else {
        code = nn_fail(error, NN_FAILED, "no memory for the means of %d features", feature_count);
    }
    free(seen);
    free(p);
    if (code)
        fc_nearest_mean_clear(fit);
    return code;
}
