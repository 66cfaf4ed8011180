/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranking curves of a score for "is of the class" against "is not". Equal scores are one step: the area of a
 * tie is that of a coin. */
#ifndef FC_CLASS_CURVES_H
#define FC_CLASS_CURVES_H

#include "forecast/statistics/classes/class_data.h"

typedef struct fc_curve {
    size_t count;
    double *x, *y; /* owned, one block at x */
    double area;   /* ROC: area, NaN without positives or negatives. Precision-recall: average precision */
} fc_curve;
void fc_curve_clear(fc_curve *curve);

/* Curves of one class against the rest (class_index >= 0), or of all classes' scores pooled (-1: micro),
 * thinned to at most `most` points (0: all); the area is that of all. */

/* x: false positive rate, y: true positive rate, from (0,0) to (1,1). */
int fc_class_roc(fc_curve *curve, const fc_class_data *data, int class_index, size_t most, nn_error *error);
/* x: recall, y: precision at each distinct score, from the highest; area = sum (R_k - R_(k-1)) P_k, without
 * interpolation. */
int fc_class_pr(fc_curve *curve, const fc_class_data *data, int class_index, size_t most, nn_error *error);

int fc_ranking_areas(double *auc, double *ap, const double *score, size_t stride,
                     const unsigned char *positive, size_t count, nn_error *error);

#endif
