/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the forms of linear attention share: every query with every key, several heads together (linear.c) or
 * one at a time (linear_one.c), and with the keys up to its own place (linear_causal.c). */
#ifndef NN_LINEAR_H
#define NN_LINEAR_H

#include "lib/parts/core.h"
#include "lib/parts/mixers/features.h"

enum { NN_LINEAR_CHUNK = 64 }; /* tokens that the causal form takes together */

/* The settings of the cores. */
typedef struct nn_linear_form {
    const nn_feature *feature;
    nn_feature_form form;
} nn_linear_form;

/* Columns of a view's matrices: features, values, and values with a one for each head. */
typedef struct nn_linear_sizes {
    int c, d, x;
} nn_linear_sizes;
nn_linear_sizes nn_linear_sizes_of(const nn_core_view *view);

static inline size_t product(int a, int b)
{
    return (size_t)a * (size_t)b;
}

/* The features' view of the queries or the keys. */
nn_feature_view nn_linear_features(const nn_core_view *view, bool query, nn_real *phi, nn_real *scratch);
/* vx (keys,x) = [v, ones]. */
void nn_linear_extend(nn_real *vx, const nn_core_view *view, nn_linear_sizes n);
/* y of queries first to first + count = the values of num (count,x) over its sums; share (queries,heads)
 * becomes what was multiplied by. */
void nn_linear_divide(const nn_core_view *view, const nn_real *num, nn_real *share, int first, int count,
                      nn_linear_sizes n);
/* dnum (queries,x) of dy. */
void nn_linear_divide_back(nn_real *dnum, const nn_core_view *view, const nn_real *share, nn_linear_sizes n);

/* What a query's values are multiplied by; whether the sum of its weights was too small to count. */
nn_real nn_linear_share(const nn_core_view *view, nn_real sum);
bool nn_linear_clamped(const nn_core_view *view, nn_real share);

void nn_linear_forward_one(const nn_core_view *view);
void nn_linear_backward_one(const nn_core_view *view);
void nn_linear_forward_causal(const nn_core_view *view);
void nn_linear_backward_causal(const nn_core_view *view);

#endif
