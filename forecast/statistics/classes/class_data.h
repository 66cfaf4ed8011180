/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a classifier's scores, curves and calibration are functions of: probabilities p (count, classes), row
 * by row, and labels 0..classes-1. */
#ifndef FC_CLASS_DATA_H
#define FC_CLASS_DATA_H

#include "lib/base/error.h"

#include <stddef.h>

typedef struct fc_class_data {
    const double *p;  /* (count, classes) */
    const int *label; /* (count) */
    size_t count;
    int classes;
    const double *weights; /* (classes) of the weighted log-loss; NULL: all 1 */
} fc_class_data;

/* NN_BAD_DATA with the row for a probability that is negative or not finite, a row whose sum is not 1 within
 * 1e-3, or a label out of range; NN_USAGE for fewer than 2 classes or no objects. */
int fc_class_check(const fc_class_data *data, nn_error *error);

/* The class with the largest p in a row. */
int fc_class_called(const double *p, int classes);

#endif
