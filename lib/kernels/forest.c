/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks a decision tree. */
#include "lib/kernels/forest.h"

#include <math.h>
#include <stdbool.h>

void nn_tree_add(double *p, const nn_real *node, const nn_real *leaf, size_t root, const nn_real *x)
{
    const nn_real *at = node + 3 * root;
    while (at[0] != 0) {
        const int feature = (int)(at[0] > 0 ? at[0] : -at[0]) - 1;
        const bool left = isnan(x[feature]) ? at[0] > 0 : x[feature] <= at[1];
        at = node + 3 * ((size_t)at[2] + !left);
    }
    const nn_real *entry = leaf + 2 * (size_t)at[2];
    for (int k = 0; k < (int)at[1]; k++, entry += 2)
        p[(int)entry[0]] += (double)entry[1];
}
