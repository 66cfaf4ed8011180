/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Variability against the errors of measurement: Stetson's indices, chi squared and their kin. */
#include "datasets/lightcurves/features/group.h"

#include <math.h>

static const char *const names[] = {"stetson_j",     "stetson_k",       "stetson_l",
                                    "reduced_chi2",  "excess_variance", "roms",
                                    "mean_variance", "weighted_mean",   NULL};

/* Stetson's J with neighbours in time as pairs: the signed square root of the product of their residuals. */
static double stetson_j(const ds_feature_curve *c)
{
    const double bias = sqrt(c->count / (c->count - 1.0));
    double sum = 0;
    for (int i = 0; i + 1 < c->count; i++) {
        const double first = bias * (c->value[i] - c->weighted) / c->error[i];
        const double second = bias * (c->value[i + 1] - c->weighted) / c->error[i + 1];
        sum += copysign(sqrt(fabs(first * second)), first * second);
    }
    return sum / (c->count - 1);
}

static int compute(const ds_feature_object *object, int a, int b, double *out, nn_error *error)
{
    (void)b, (void)error;
    const ds_feature_curve *c = &object->band[a];
    const double n = c->count;
    double chi = 0, sum = 0, median = 0, squares = 0;
    out[7] = c->weighted;
    if (n < 2)
        return NN_OK;
    for (int i = 0; i < c->count; i++) {
        const double z = (c->value[i] - c->weighted) / c->error[i];
        chi += z * z;
        sum += fabs(z);
        median += fabs(c->value[i] - c->median) / c->error[i];
        squares += c->error[i] * c->error[i];
    }
    out[0] = stetson_j(c);
    out[1] = sum / sqrt(n * chi);
    out[2] = out[0] * out[1] / 0.798; /* K of a Gaussian */
    out[3] = chi / (n - 1);
    out[4] = (c->deviation * c->deviation - squares / n) / (c->mean * c->mean);
    out[5] = median / (n - 1);
    out[6] = c->deviation / c->mean;
    return NN_OK;
}

const ds_feature_group ds_feature_stetson = {
    .name = "stetson",
    .summary = "Stetson's J, K and L, reduced chi squared, excess variance, robust median statistic",
    .source =
        "Stetson 1996 (doi 10.1086/133808); Sanchez et al. 2017 (doi 10.3847/1538-4357/aa9188); Enoch et "
        "al. 2003 (doi 10.1086/376598)",
    .scope = DS_FEATURE_OF_BAND,
    .names = names,
    .compute = compute,
};
