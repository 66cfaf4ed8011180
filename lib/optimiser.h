/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adam and AdamW over the flat parameter buffer, and learning-rate schedules. */
#ifndef NN_OPTIMISER_H
#define NN_OPTIMISER_H

#include "lib/base/error.h"
#include "lib/base/real.h"
#include "lib/pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum nn_optimiser_kind {
    NN_ADAM, /* Kingma & Ba 2015 (arXiv 1412.6980) algorithm 1; weight decay is added to the gradient */
    NN_ADAMW /* decoupled decay: Loshchilov & Hutter 2019 (arXiv 1711.05101) algorithm 2 */
} nn_optimiser_kind;

/* Elements begin to end - 1. */
typedef struct nn_span {
    size_t begin, end;
} nn_span;

typedef struct nn_optimiser {
    nn_optimiser_kind kind;
    double beta1, beta2, epsilon, weight_decay; /* 0.9, 0.999, 1e-8, 0 */
    double clip;                                /* largest 2-norm of the whole gradient; 0: no clipping */
    uint64_t step;                              /* steps taken */
    const nn_span *frozen;                      /* frozen_count, in ascending order; borrowed */
    bool shared; /* ranks share the step: each has the sums of its part of the gradients, and zeros beyond */
    int frozen_count; /* elements that stay as they are, decay or not; their gradients still count in clip */
    size_t size;
    nn_real *moment1, *moment2; /* size elements each */
    double *chunk_squares;      /* one per chunk: the parts of the gradient norm, added in order */
} nn_optimiser;

int nn_optimiser_init(nn_optimiser *optimiser, nn_optimiser_kind kind, size_t size, nn_error *error);
void nn_optimiser_clear(nn_optimiser *optimiser);

/* One step: sums the shards' gradients in their order, clips, updates params, and zeroes the gradients for
 * the next step. Elementwise in fixed chunks: the same bytes for any pool. Returns the gradient's 2-norm when
 * clipping is on, else 0. */
double nn_optimiser_step(nn_optimiser *optimiser, nn_pool *pool, nn_real *params, nn_real *const *grads,
                         int shards, double learning_rate);

/* The elements of a shared step that a rank updates, and whose moments it alone has. */
nn_span nn_optimiser_part(size_t size, int rank);
/* What each rank has of size elements, for all: weights after a step, or moments. */
void nn_optimiser_gather(nn_real *values, size_t size);

typedef enum nn_schedule_kind {
    NN_TYPE1,  /* lr in epochs 1 and 2, halved after each epoch from then on */
    NN_TYPE2,  /* the fixed table of the Informer family: 5e-5 after epoch 2, 1e-5 after 4, 5e-6, 1e-6, 5e-7
                  after 6, 8, 10, ... */
    NN_TYPE3,  /* lr in epochs 1 to 4, then times 0.9 per epoch */
    NN_COSINE, /* linear warm-up over the first steps, then half a cosine to 0 at the last */
    NN_CONSTANT
} nn_schedule_kind;

/* epoch is 1-based; progress is the share of all steps done, 0 to 1; warmup a share of all steps. The
 * published rules (type1 to type3) change once per epoch, cosine with every step. */
double nn_schedule_rate(nn_schedule_kind kind, double rate, int epoch, double progress, double warmup);

#endif
