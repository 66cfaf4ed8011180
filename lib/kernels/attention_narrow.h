/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attention of heads of few columns, where the weights are never stored: one pass over the keys per query.
 * Part of kernels_attention.c. */
#ifndef NN_ATTENTION_NARROW_H
#define NN_ATTENTION_NARROW_H

#include "lib/kernels/kernels.h"

enum { NN_NARROW = 4 }; /* most columns of a head */

/* One head of one sequence. kt, vt (width,padded) are keys and values transposed, zeros beyond nk; padded is
 * a multiple of NN_PAD. Strides of q and out as in shape. lse (nq), or NULL where no backward
 * pass follows. No bias, no mask, nothing causal. */
void nn_attention_narrow_forward(nn_real *out, int ldo, nn_real *lse, const nn_real *q, int ldq,
                                 const nn_real *kt, const nn_real *vt, int width, int nq, int nk, int padded);
/* dq += , and the transposed dkt, dvt (width,padded) += ; what lands beyond nk is without meaning. */
void nn_attention_narrow_backward(nn_real *dq, nn_real *dkt, nn_real *dvt, const nn_real *dout,
                                  const nn_real *out, int ldo, const nn_real *lse, const nn_real *q, int ldq,
                                  const nn_real *kt, const nn_real *vt, int width, int nq, int padded);

#endif
