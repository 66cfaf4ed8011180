/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decision trees in flat arrays of numbers, which hold whole numbers below 2^24 exactly, so that they stand
 * in a file as weights do. A node is (feature, cut, next): a row whose feature is at most the cut goes on at
 * node `next`, another one at next + 1. The feature is written as 1 + its index, with a minus where a missing
 * value goes to next + 1; 0 makes a leaf of `cut` entries from leaf `next` on, each (class, share). */
#ifndef NN_FOREST_KERNEL_H
#define NN_FOREST_KERNEL_H

#include "lib/base/real.h"

#include <stddef.h>

/* p[class] += share for the leaf that a row comes to from node `root` on. node (.,3), leaf (.,2); x: the row,
 * NaN: unknown. */
void nn_tree_add(double *p, const nn_real *node, const nn_real *leaf, size_t root, const nn_real *x);

#endif
