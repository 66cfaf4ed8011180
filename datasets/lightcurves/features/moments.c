/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asymmetry and tails: skewness and kurtosis of samples, and a robust asymmetry. */
#include "datasets/lightcurves/features/group.h"

#include <math.h>

static const char *const names[] = {"skew", "kurtosis", "quantile_skew", NULL};

static int compute(const ds_feature_object *object, int a, int b, double *out, nn_error *error)
{
    (void)b, (void)error;
    const ds_feature_curve *c = &object->band[a];
    const double n = c->count;
    double third = 0, fourth = 0;
    for (int i = 0; i < c->count; i++) {
        const double z = (c->value[i] - c->mean) / c->deviation;
        third += z * z * z;
        fourth += z * z * z * z;
    }
    if (n >= 3)
        out[0] = n / ((n - 1) * (n - 2)) * third;
    if (n >= 4)
        out[1] = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * fourth -
                 3 * (n - 1) * (n - 1) / ((n - 2) * (n - 3));
    const double low = ds_feature_quantile(c, 0.05), high = ds_feature_quantile(c, 0.95);
    out[2] = (high + low - 2 * c->median) / (high - low);
    return NN_OK;
}

const ds_feature_group ds_feature_moments = {
    .name = "moments",
    .summary = "skewness, kurtosis, and asymmetry of the 5 % and 95 % percentiles",
    .source = "sample skewness G1 and excess kurtosis G2 (Joanes & Gill 1998, doi 10.1111/1467-9884.00122); "
              "Bowley's asymmetry of quantiles",
    .scope = DS_FEATURE_OF_BAND,
    .names = names,
    .compute = compute,
};
