/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classifiers that any other must beat. */
#ifndef FC_CLASS_BASELINES_H
#define FC_CLASS_BASELINES_H

#include "lib/base/error.h"

#include <stddef.h>

/* p (count, classes): for every object the shares of the classes, of which class_counts objects were trained
 * on; the same for each where none was. */
void fc_prior_probabilities(double *p, size_t count, const size_t *class_counts, int classes);

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
