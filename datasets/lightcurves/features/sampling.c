/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How often and how well an object was seen, and in which scale its features are. */
#include "datasets/lightcurves/features/group.h"

#include <math.h>

static const char *const names[] = {"magnitudes",     "points",          "duration",
                                    "positive_share", "signal_to_noise", NULL};

static int compute(const ds_feature_object *object, int a, int b, double *out, nn_error *error)
{
    (void)a, (void)b, (void)error;
    const ds_points *p = object->points;
    const ds_feature_curve *all = object->all;
    double positive = 0, sum = 0;
    for (int i = 0; i < p->count; i++) {
        positive += p->flux[i] > 0;
        sum += fabs(p->flux[i]) / p->error[i];
    }
    out[0] = object->magnitudes;
    out[1] = all->count;
    out[2] = all->time[all->count - 1] - all->time[0];
    out[3] = positive / p->count;
    out[4] = sum / p->count;
    return NN_OK;
}

const ds_feature_group ds_feature_sampling = {
    .name = "sampling",
    .summary = "number of points, time covered, signal to noise, and the scale of the features",
    .source = "counts",
    .scope = DS_FEATURE_OF_OBJECT,
    .names = names,
    .compute = compute,
};
