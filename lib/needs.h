/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What memory a training takes, from shapes alone, before any of it is asked for. */
#ifndef NN_NEEDS_H
#define NN_NEEDS_H

#include "lib/train.h"

/* Bytes; as reals, for they may be more than any machine has. */
typedef struct nn_needs {
    int threads, shards, samples; /* samples: of a shard */
    double weights, gradients, moments, best;
    double packed;                  /* weights rearranged for products */
    double activations, validation; /* of all threads together */
} nn_needs;

/* Of the parameters alone, for so many shards. */
nn_needs nn_needs_of(size_t parameters, int shards);
/* Of nn_train with these arguments and so many threads; the parameters need no memory yet. validation NULL:
 * there are as many samples as threads can take, of the same shape. */
int nn_training_needs(nn_needs *needs, nn_params *params, const nn_task *task, const nn_source *validation,
                      const nn_training *settings, int threads, nn_error *error);
double nn_needs_sum(const nn_needs *needs);
/* NN_FAILED with both numbers where more is needed than is free. there: the weights have memory already. */
int nn_needs_check(const nn_needs *needs, bool there, nn_error *error);

#endif
