/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores of being unlike the training objects: the larger, the stranger. */
#ifndef FC_CLASS_NOVELTY_H
#define FC_CLASS_NOVELTY_H

#include "lib/base/error.h"

#include <stddef.h>

/* What features are believed to vary by in any direction, as a share of their root mean square. Rounding
 * makes 1e-6 of it between builds and processors, weights of eight bits a hundredth. */
#define FC_LEAST_DEVIATION 0.01

/* The squared Mahalanobis distance of features from those of the training part (Lee et al. 2018, arXiv
 * 1807.03888, with one mean for all classes). The covariance gets the square of the least deviation of each
 * feature more on its diagonal: a layer's norm leaves directions in which nothing but rounding varies, and
 * what tells one build of the program from another is not to tell one object from another. What is the same
 * in training makes an object in which it is not far, at a finite distance. */
typedef struct fc_mahalanobis {
    int size;
    double *mean;     /* (size) */
    double *whitener; /* (size, size): lower triangle L^-1 of that covariance L L'; both owned */
} fc_mahalanobis;
/* features (count, size), count at least 2. NN_BAD_DATA for values that are not finite. */
int fc_mahalanobis_fit(fc_mahalanobis *fit, const double *features, size_t count, int size, nn_error *error);
void fc_mahalanobis_clear(fc_mahalanobis *fit);
/* out (count) */
void fc_mahalanobis_distance(double *out, const fc_mahalanobis *fit, const double *features, size_t count);

#endif
