/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random forests of classification trees: bagging and random candidates at each split (Breiman 2001, Machine
 * Learning 45, 5), and with random cuts extremely randomised trees (Geurts, Ernst & Wehenkel 2006, Machine
 * Learning 63, 3). Trees are grown on features that are cut into at most 255 bins by their quantiles; missing
 * values go to the side where they lessen the impurity more. */
#ifndef FC_FOREST_H
#define FC_FOREST_H

#include "forecast/trees/rows.h"
#include "lib/pool.h"

/* Trees in the flat arrays of lib/kernels/forest.h. */
typedef struct fc_grown_forest {
    int features, classes, trees;
    size_t nodes, leaves;
    nn_real *root; /* (trees): the node that a tree begins with */
    nn_real *node; /* (nodes, 3) */
    nn_real *leaf; /* (leaves, 2) */
} fc_grown_forest;

/* Arrays are malloced. out_of_bag (count, classes), NULL: not wanted: the mean of the trees that have not
 * seen the row; NaN where there are none. importance (features), NULL: the mean share of the impurity that
 * splits on a feature take away. The same bytes for any number of threads; pool NULL: the caller's alone.
 * NN_FAILED: no memory, or more than 2^24 nodes. */
int fc_forest_fit(fc_grown_forest *forest, const fc_feature_rows *rows, const fc_forest_settings *settings,
                  nn_pool *pool, double *out_of_bag, double *importance, nn_error *error);
/* p (classes), of sum 1: the mean of the shares in the leaves. x (features). */
void fc_forest_predict(const fc_grown_forest *forest, const nn_real *x, double *p);
/* NN_BAD_DATA where arrays that came from a file lead out of themselves, in circles, or hold no shares. */
int fc_forest_check(const fc_grown_forest *forest, nn_error *error);
void fc_forest_clear(fc_grown_forest *forest);

#endif
