/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Choices that a kernel and its operation share. */
#ifndef NN_KINDS_H
#define NN_KINDS_H

typedef enum nn_activation_kind { NN_RELU, NN_GELU /* exact: x Phi(x) */ } nn_activation_kind;

typedef enum nn_loss_kind {
    NN_MSE,
    NN_MAE,
    NN_HUBER,
    NN_PINBALL,
    /* Softmax cross-entropy of logits (...,C): the target row holds the sample's weight in the column of its
     * class and zero elsewhere. With t the row and l its log-sum-exp: sum_c t_c (l - x_c). */
    NN_CROSS_ENTROPY
} nn_loss_kind;

#endif
