/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hierarchical cross-entropy of classes in a tree, and its derivative. */
#include "lib/kernels/kernels.h"

#include <math.h>

/* ln of the sum of exp(logit) over the leaves below each node; returns that over all leaves. Children come
 * before their parents. */
static double sum_nodes(double *whole, const nn_real *logits, const nn_class_tree *tree)
{
    double most[NN_MOST_NODES], sum[NN_MOST_NODES], top_most = -INFINITY, top = 0;
    for (int n = 0; n < tree->nodes; n++) {
        most[n] = n < tree->leaves ? (double)logits[n] : -INFINITY;
        sum[n] = n < tree->leaves;
    }
    for (int n = 0; n < tree->nodes; n++) {
        double *above = tree->parent[n] < 0 ? &top_most : &most[tree->parent[n]];
        *above = fmax(*above, most[n]);
    }
    for (int n = 0; n < tree->nodes; n++) {
        const int parent = tree->parent[n];
        if (parent < 0)
            top += sum[n] * exp(most[n] - top_most);
        else
            sum[parent] += sum[n] * exp(most[n] - most[parent]);
        whole[n] = most[n] + log(sum[n]);
    }
    return top_most + log(top);
}

/* What ln p of each node counts in the loss of a row, with the sign of the loss: along a path from a target
 * up, the weight of the node less that of the one below it. */
static void gather(double *factor, const nn_real *target, const nn_class_tree *tree)
{
    for (int n = 0; n < tree->nodes; n++)
        factor[n] = 0;
    for (int n = 0; n < tree->nodes; n++) {
        const double t = isnan(target[n]) ? 0 : (double)target[n];
        double below = 0;
        for (int m = n; t != 0 && m >= 0; m = tree->parent[m]) {
            factor[m] += t * (tree->weight[m] - below);
            below = tree->weight[m];
        }
    }
}

double nn_tree_loss_forward(const nn_real *logits, const nn_real *target, const nn_class_tree *tree,
                            size_t rows)
{
    double loss = 0, whole[NN_MOST_NODES], factor[NN_MOST_NODES];
    for (size_t r = 0; r < rows; r++, logits += tree->leaves, target += tree->nodes) {
        const double all = sum_nodes(whole, logits, tree);
        gather(factor, target, tree);
        for (int n = 0; n < tree->nodes; n++)
            if (factor[n] != 0)
                loss += factor[n] * (all - whole[n]);
    }
    return loss;
}

/* With f the factors and l the logarithms above, r_n = f_n + exp(l_n - l_parent) r_parent, from the root's
 * r = -sum f down, is -dloss/dlogit at the leaves. */
void nn_tree_loss_backward(nn_real *dlogits, const nn_real *logits, const nn_real *target,
                           const nn_class_tree *tree, double scale, size_t rows)
{
    double whole[NN_MOST_NODES], factor[NN_MOST_NODES];
    for (size_t r = 0; r < rows;
         r++, logits += tree->leaves, target += tree->nodes, dlogits += tree->leaves) {
        const double all = sum_nodes(whole, logits, tree);
        double root = 0;
        gather(factor, target, tree);
        for (int n = 0; n < tree->nodes; n++)
            root -= factor[n];
        for (int n = tree->nodes - 1; n >= 0; n--) {
            const int parent = tree->parent[n];
            factor[n] +=
                parent < 0 ? exp(whole[n] - all) * root : exp(whole[n] - whole[parent]) * factor[parent];
        }
        for (int c = 0; c < tree->leaves; c++)
            dlogits[c] -= (nn_real)(scale * factor[c]);
    }
}
