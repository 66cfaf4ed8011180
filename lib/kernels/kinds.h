/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Choices that a kernel and its operation share. */
#ifndef NN_KINDS_H
#define NN_KINDS_H

typedef enum nn_activation_kind { NN_RELU, NN_GELU /* exact: x Phi(x) */ } nn_activation_kind;

/* Of the products of linear maps: both factors are rounded to it, sums are in 32 bits. */
typedef enum nn_precision {
    NN_FLOAT,
    NN_BF16, /* the upper halves of floats */
    NN_INT8  /* whole numbers of eight bits, with a scale for each row of either factor */
} nn_precision;

typedef enum nn_loss_kind {
    NN_MSE,
    NN_MAE,
    NN_HUBER,
    NN_PINBALL,
    /* Softmax cross-entropy of logits (...,C): the target row holds the sample's weight in the column of its
     * class and zero elsewhere. With t the row and l its log-sum-exp: sum_c t_c (l - x_c). */
    NN_CROSS_ENTROPY
} nn_loss_kind;

enum { NN_MOST_NODES = 512 };

/* Classes as the leaves of a tree: nodes 0 to leaves - 1 are the columns of the logits, then come those above
 * others, each after all that are below it. */
typedef struct nn_class_tree {
    int leaves, nodes;    /* at most NN_MOST_NODES */
    const int *parent;    /* (nodes) -1: at the top */
    const double *weight; /* (nodes) of ln p(node | parent) in the loss */
} nn_class_tree;

#endif
