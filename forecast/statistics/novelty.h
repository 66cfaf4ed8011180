/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores of being unlike the training objects: the larger, the stranger. */
#ifndef FC_CLASS_NOVELTY_H
#define FC_CLASS_NOVELTY_H

#include "lib/base/error.h"

#include <stddef.h>

/* The squared Mahalanobis distance of features from those of the training part (Lee et al. 2018, arXiv
 * 1807.03888, with one mean for all classes). A covariance that has no inverse gets a share of its mean
 * diagonal more. */
typedef struct fc_mahalanobis {
    int size;
    double *mean;     /* (size) */
    double *whitener; /* (size, size): lower triangle L^-1 of the covariance L L'; both owned */
} fc_mahalanobis;
/* features (count, size), count at least 2. NN_BAD_DATA for values that are not finite. */
int fc_mahalanobis_fit(fc_mahalanobis *fit, const double *features, size_t count, int size, nn_error *error);
void fc_mahalanobis_clear(fc_mahalanobis *fit);
/* out (count) */
void fc_mahalanobis_distance(double *out, const fc_mahalanobis *fit, const double *features, size_t count);

#endif
