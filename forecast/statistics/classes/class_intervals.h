/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How sure the scores of a classifier are, for the objects are a sample: 95 % intervals. */
#ifndef FC_CLASS_INTERVALS_H
#define FC_CLASS_INTERVALS_H

#include "forecast/statistics/classes/class_data.h"

typedef struct fc_between {
    double low, high; /* NaN: unknown */
} fc_between;

/* Of the accuracy Wilson's score interval (1927, 10.1080/01621459.1927.10502953); of the others the 2.5 and
 * 97.5 % quantiles over resamples of the objects with replacement (Efron 1979, 10.1214/aos/1176344552), which
 * are the same ones for every classifier of as many objects. Classes that a resample has no object of are
 * left out of its means. */
typedef struct fc_class_intervals {
    fc_between accuracy, recall, f1, auc, log_loss; /* as fc_class_score has them */
} fc_class_intervals;

enum { FC_RESAMPLES = 1000, FC_LEAST_RESAMPLES = 100 /* of very many objects */ };

/* NN_FAILED: no memory. The data are as fc_class_check wants them. */
int fc_class_intervals_make(fc_class_intervals *intervals, const fc_class_data *data, nn_error *error);

/* Wilson's interval of a share: right of count. */
fc_between fc_wilson(double right, double count);

#endif
