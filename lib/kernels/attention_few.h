/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attention of many sequences of a few tokens each: the lanes of a vector are pairs of a sequence and a head,
 * so that no sum runs across lanes and none of them is idle, however few tokens there are. */
#ifndef NN_ATTENTION_FEW_H
#define NN_ATTENTION_FEW_H

#include "lib/kernels/kernels.h"

/* Whether it is the faster way; it depends on nothing but the shape, so that a sequence comes to the same
 * bytes alone and among others. */
bool nn_attention_few_suits(const nn_attention_shape *shape, int nq, int nk);
/* Elements of scratch, forward and backward. */
size_t nn_attention_few_scratch(int nq, int nk, int width);

/* As nn_attention_forward and nn_attention_backward, for `sequences` sequences one after another: q
 * (sequences,nq,ldq), k and v (sequences,nk,ldkv), out (sequences,nq,heads*width), lse (sequences,heads,nq)
 * and shape->seen (sequences,nk). Gradients of biases are none. */
void nn_attention_few_forward(nn_real *out, nn_real *lse, const nn_real *q, const nn_real *k,
                              const nn_real *v, const nn_attention_shape *shape, uint64_t first_query,
                              size_t sequences, int nq, int nk, nn_real *scratch);
/* The output is not asked for: D = rowsum(P M (dout V')). */
/* dq, and dk and dv, are set unless adds_q, or adds_kv. */
void nn_attention_few_backward(nn_real *dq, nn_real *dk, nn_real *dv, const nn_real *dout, const nn_real *lse,
                               const nn_real *q, const nn_real *k, const nn_real *v,
                               const nn_attention_shape *shape, uint64_t first_query, size_t sequences,
                               int nq, int nk, bool adds_q, bool adds_kv, nn_real *scratch);

#endif
