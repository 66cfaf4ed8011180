/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts an object by band, in the scale of its features, and takes the moments that many groups share. */
#include "datasets/lightcurves/features/curve.h"

#include "datasets/lightcurves/magnitude.h"
#include "lib/base/memory.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 8 /* time, value, error, sorted: by band, and of all */, SCRATCH = 2 };

static int make_room(ds_feature_curves *self, int count, nn_error *error)
{
    if (count <= self->room)
        return NN_OK;
    const size_t room = (size_t)count + (size_t)count / 2;
    double *block = nn_resize(NULL, room, (COLUMNS + SCRATCH) * sizeof *block, 1);
    if (!block)
        return nn_fail(error, NN_FAILED, "no memory for the features of %d points", count);
    free(self->block);
    self->block = block;
    self->scratch = block + COLUMNS * room;
    self->room = (int)(room < INT32_MAX ? room : (size_t)count);
    return NN_OK;
}

void ds_feature_curves_clear(ds_feature_curves *self)
{
    free(self->block);
    *self = (ds_feature_curves){0};
}

double ds_feature_quantile(const ds_feature_curve *curve, double p)
{
    const double position = p * curve->count - 0.5;
    if (!(position > 0))
        return curve->sorted[0];
    if (position >= curve->count - 1)
        return curve->sorted[curve->count - 1];
    const int below = (int)position;
    return curve->sorted[below] + (position - below) * (curve->sorted[below + 1] - curve->sorted[below]);
}

/* Moments about the mean; the values of curve are in place. */
static void summarise(ds_feature_curve *curve, double *sorted)
{
    double sum = 0, squares = 0, weights = 0, weighted = 0;
    for (int i = 0; i < curve->count; i++) {
        const double w = 1 / (curve->error[i] * curve->error[i]);
        sum += curve->value[i];
        weighted += w * curve->value[i];
        weights += w;
    }
    curve->mean = sum / curve->count;
    curve->weighted = weighted / weights;
    for (int i = 0; i < curve->count; i++)
        squares += (curve->value[i] - curve->mean) * (curve->value[i] - curve->mean);
    curve->deviation = curve->count > 1 ? sqrt(squares / (curve->count - 1)) : NAN;
    memcpy(sorted, curve->value, (size_t)curve->count * sizeof *sorted);
    gsl_sort(sorted, 1, (size_t)curve->count);
    curve->sorted = sorted;
    curve->median = ds_feature_quantile(curve, 0.5);
}

/* The values of band b into rows from `at` on; returns how many. */
static int take_band(double *const column[3], int at, const ds_points *p, int b, bool magnitudes)
{
    int n = 0;
    for (int i = 0; i < p->count; i++) {
        if (p->band[i] != b || (magnitudes && !(p->flux[i] > 0)))
            continue;
        const double flux = p->flux[i];
        column[0][at + n] = p->time[i];
        column[1][at + n] = magnitudes ? ds_magnitude(flux) : flux;
        column[2][at + n++] = magnitudes ? ds_magnitude_error(flux, p->error[i]) : p->error[i];
    }
    return n;
}

/* Every point less the median of its band, in the order of time. */
static int take_all(double *const column[3], const ds_feature_curve *band, const ds_points *p,
                    bool magnitudes)
{
    int next[DS_BAND_LIMIT] = {0}, n = 0;
    for (int i = 0; i < p->count; i++) {
        const ds_feature_curve *from = &band[p->band[i]];
        if (magnitudes && !(p->flux[i] > 0))
            continue;
        const int at = next[p->band[i]]++;
        column[0][n] = from->time[at];
        column[1][n] = from->value[at] - from->median;
        column[2][n++] = from->error[at];
    }
    return n;
}

int ds_feature_curves_make(ds_feature_curves *self, const ds_points *p, int bands, bool magnitudes,
                           nn_error *error)
{
    const int code = make_room(self, p->count, error);
    if (code)
        return code;
    double *column[COLUMNS];
    for (int c = 0; c < COLUMNS; c++)
        column[c] = self->block + (size_t)c * (size_t)self->room;
    int at = 0;
    for (int b = 0; b < bands; b++) {
        const int n = take_band(column, at, p, b, magnitudes);
        self->band[b] = (ds_feature_curve){
            .count = n, .time = column[0] + at, .value = column[1] + at, .error = column[2] + at};
        if (n)
            summarise(&self->band[b], column[3] + at);
        at += n;
    }
    const int n = take_all(column + 4, self->band, p, magnitudes);
    self->all = (ds_feature_curve){.count = n, .time = column[4], .value = column[5], .error = column[6]};
    if (n)
        summarise(&self->all, column[7]);
    return NN_OK;
}
