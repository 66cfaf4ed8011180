/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Colours: what one band is against another. */
#include "datasets/lightcurves/features/group.h"

#include <math.h>

static const char *const names[] = {"colour_median", "colour_bright", "amplitude_ratio", NULL};

/* Magnitudes: differences. Fluxes: -2.5 log10 of the ratio, unknown where one is not positive. */
static double colour(const ds_feature_object *object, double first, double second)
{
    return object->magnitudes ? first - second : -2.5 * log10(first / second);
}

static double range(const ds_feature_curve *c)
{
    return ds_feature_quantile(c, 0.95) - ds_feature_quantile(c, 0.05);
}

static int compute(const ds_feature_object *object, int a, int b, double *out, nn_error *error)
{
    (void)error;
    const ds_feature_curve *first = &object->band[a], *second = &object->band[b];
    const double bright = object->magnitudes ? 0.05 : 0.95;
    out[0] = colour(object, first->median, second->median);
    out[1] = colour(object, ds_feature_quantile(first, bright), ds_feature_quantile(second, bright));
    out[2] = log10(range(first) / range(second));
    return NN_OK;
}

const ds_feature_group ds_feature_colour = {
    .name = "colour",
    .summary = "colours of medians and of the brightest points, ratio of amplitudes",
    .source = "differences of magnitudes",
    .scope = DS_FEATURE_OF_PAIR,
    .names = names,
    .compute = compute,
};
