/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Do probabilities mean what they say? Guo et al. 2017, arXiv 1706.04599. */
#ifndef FC_CLASS_CALIBRATION_H
#define FC_CLASS_CALIBRATION_H

#include "forecast/statistics/classes/class_data.h"

enum { FC_RELIABILITY_BINS = 15 };

/* Objects by their largest p in bins of equal width, bin b from b/15 to (b+1)/15, its upper end included. */
typedef struct fc_reliability {
    size_t count[FC_RELIABILITY_BINS];
    double confidence[FC_RELIABILITY_BINS], accuracy[FC_RELIABILITY_BINS]; /* means; NaN in an empty bin */
    double ece; /* sum of count/n |accuracy - confidence| */
    double mce; /* the largest |accuracy - confidence| */
} fc_reliability;
void fc_reliability_make(fc_reliability *reliability, const fc_class_data *data);

/* The temperature T in [0.05, 20] that minimises the mean -ln softmax(ln p / T)_label: below 1 sharpens,
 * above 1 softens. Fit it on the validation part. Fails as fc_class_check. */
int fc_temperature_fit(double *temperature, const fc_class_data *data, nn_error *error);

#endif
