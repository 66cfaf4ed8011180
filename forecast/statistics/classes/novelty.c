/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Mahalanobis distance to training objects and the energy of logits. */
#include "forecast/statistics/classes/novelty.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void fc_mahalanobis_clear(fc_mahalanobis *fit)
{
    free(fit->mean);
    free(fit->whitener);
    *fit = (fc_mahalanobis){0};
}

static int make_room(fc_mahalanobis *fit, int size, nn_error *error)
{
    size_t n = (size_t)size;
    *fit = (fc_mahalanobis){
        .size = size, .mean = calloc(n, sizeof *fit->mean), .whitener = calloc(n * n, sizeof *fit->whitener)};
    return fit->mean && fit->whitener
               ? NN_OK
               : nn_fail(error, NN_FAILED, "no memory for the covariance of %d features", size);
}

/* The lower triangle of the covariance with 1/(count - 1). */
static void covariance(double *out, const fc_mahalanobis *fit, const double *features, size_t count)
{
    size_t n = (size_t)fit->size;
    memset(out, 0, n * n * sizeof *out);
    for (size_t i = 0; i < count; i++) {
        const double *x = features + i * n;
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b <= a; b++)
                out[a * n + b] += (x[a] - fit->mean[a]) * (x[b] - fit->mean[b]);
    }
    for (size_t i = 0; i < n * n; i++)
        out[i] /= (double)count - 1;
}

/* No direction counts for less than a share of the root mean square of its features, or of a tenth of that of
 * all: a small feature may be the difference of large ones. */
static void add_least(double *covariances, const double *features, size_t count, size_t n)
{
    double all = 0;
    for (size_t i = 0; i < count * n; i++)
        all += features[i] * features[i] / (double)(count * n);
    for (size_t j = 0; j < n; j++) {
        double square = 0;
        for (size_t i = 0; i < count; i++)
            square += features[i * n + j] * features[i * n + j] / (double)count;
        covariances[j * n + j] += FC_LEAST_DEVIATION * FC_LEAST_DEVIATION * fmax(square, all / 100);
    }
}

static bool varies(const double *covariances, size_t n)
{
    double trace = 0;
    for (size_t j = 0; j < n; j++)
        trace += covariances[j * n + j];
    return trace > 0;
}

/* The inverse of L, in its place; without GSL, which would end the program at a pivot that is none, and whose
 * BLAS waits for ever for the 128 MB that it wants where memory is short. */
static bool invert_factor(double *l, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        double pivot = l[j * n + j];
        for (size_t k = 0; k < j; k++)
            pivot -= l[j * n + k] * l[j * n + k];
        if (!(pivot > 0) || !isfinite(pivot))
            return false;
        l[j * n + j] = sqrt(pivot);
        for (size_t i = j + 1; i < n; i++) {
            double sum = l[i * n + j];
            for (size_t k = 0; k < j; k++)
                sum -= l[i * n + k] * l[j * n + k];
            l[i * n + j] = sum / l[j * n + j];
        }
    }
    for (size_t i = 0; i < n; i++) {
        const double scale = 1 / l[i * n + i];
        for (size_t j = 0; j < i; j++) {
            double sum = 0;
            for (size_t k = j; k < i; k++)
                sum += l[i * n + k] * l[k * n + j];
            l[i * n + j] = -scale * sum;
        }
        l[i * n + i] = scale;
        for (size_t j = i + 1; j < n; j++)
            l[i * n + j] = 0;
    }
    return true;
}

int fc_mahalanobis_fit(fc_mahalanobis *fit, const double *features, size_t count, int size, nn_error *error)
{
    *fit = (fc_mahalanobis){0};
    if (count < 2 || size < 1)
        return nn_fail(error, NN_USAGE, "a covariance needs 2 objects and a feature, not %zu and %d", count,
                       size);
    size_t n = (size_t)size;
    for (size_t i = 0; i < count * n; i++)
        if (!isfinite(features[i]))
            return nn_fail(error, NN_BAD_DATA, "feature %zu of object %zu is not finite", i % n + 1,
                           i / n + 1);
    int code = make_room(fit, size, error);
    for (size_t i = 0; i < count && !code; i++)
        for (size_t j = 0; j < n; j++)
            fit->mean[j] += (features[i * n + j] - fit->mean[j]) / (double)(i + 1);
    bool done = false;
    if (!code)
        covariance(fit->whitener, fit, features, count);
    if (!code && varies(fit->whitener, n)) {
        add_least(fit->whitener, features, count, n);
        done = invert_factor(fit->whitener, n);
    }
    if (!code && !done)
        code = nn_fail(error, NN_BAD_DATA, "the %d features of the %zu training objects do not vary", size,
                       count);
    if (code)
        fc_mahalanobis_clear(fit);
    return code;
}

void fc_mahalanobis_distance(double *out, const fc_mahalanobis *fit, const double *features, size_t count)
{
    size_t n = (size_t)fit->size;
    for (size_t i = 0; i < count; i++) {
        const double *x = features + i * n;
        out[i] = 0;
        for (size_t a = 0; a < n; a++) {
            double y = 0;
            for (size_t b = 0; b <= a; b++)
                y += fit->whitener[a * n + b] * (x[b] - fit->mean[b]);
            out[i] += y * y;
        }
    }
}
