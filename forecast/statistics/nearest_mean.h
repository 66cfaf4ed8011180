/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A classifier that any other must beat. */
#ifndef FC_CLASS_BASELINES_H
#define FC_CLASS_BASELINES_H

#include "lib/base/error.h"

#include <stddef.h>

/* Nearest class mean: p_c = softmax over c of -d_c / T, d_c the mean over features of ((x - mean_c) /
 * spread)^2, spread the pooled deviation within classes, T the temperature that fits the training objects
 * best. Features that never vary are left out; NaN features count nothing. */
typedef struct fc_nearest_mean {
    int features, classes;
    double *mean; /* (classes, features), owned; NaN for a class without training objects, which gets p = 0 */
    double *spread; /* (features), owned; 0: left out */
    double temperature;
} fc_nearest_mean;
int fc_nearest_mean_fit(fc_nearest_mean *fit, const double *features, const int *label, size_t count,
                        int feature_count, int classes, nn_error *error);
void fc_nearest_mean_clear(fc_nearest_mean *fit);
/* p (count, classes) of features (count, features). */
void fc_nearest_mean_predict(double *p, const fc_nearest_mean *fit, const double *features, size_t count);

#endif
