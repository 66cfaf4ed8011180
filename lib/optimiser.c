/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps of Adam and AdamW, and learning rates by schedule. */
#include "lib/optimiser.h"

#include "lib/base/ranks.h"
#include "lib/base/slab.h"
#include "lib/kernels/vector_math.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 16384 }; /* elements that one task updates: fixed, so that sums do not depend on the threads */

static size_t chunks_of(size_t size)
{
    return (size + CHUNK - 1) / CHUNK;
}

/* Of several ranks each touches only its part. */
static nn_real *new_moments(size_t size)
{
    return nn_ranks() > 1 ? calloc(size + 1, sizeof(nn_real)) : nn_slab_new(size * sizeof(nn_real));
}

int nn_optimiser_init(nn_optimiser *optimiser, nn_optimiser_kind kind, size_t size, nn_error *error)
{
    *optimiser = (nn_optimiser){.kind = kind, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .size = size};
    optimiser->moment1 = new_moments(size);
    optimiser->moment2 = new_moments(size);
    optimiser->chunk_squares = calloc(chunks_of(size) + 1, sizeof(double));
    if (optimiser->moment1 && optimiser->moment2 && optimiser->chunk_squares)
        return NN_OK;
    nn_optimiser_clear(optimiser);
    return nn_fail(error, NN_FAILED, "no memory for the optimiser of %zu parameters", size);
}

void nn_optimiser_clear(nn_optimiser *optimiser)
{
    free(optimiser->moment1);
    free(optimiser->moment2);
    free(optimiser->chunk_squares);
    *optimiser = (nn_optimiser){0};
}

typedef struct update {
    nn_optimiser *optimiser;
    nn_real *params;
    nn_real *const *grads;
    int shards;
    size_t first;       /* chunk of this rank */
    nn_real factor;     /* of the gradient, from clipping */
    nn_real rate, root; /* lr / (1 - beta1^t), 1 / sqrt(1 - beta2^t) */
    nn_real decay_rate; /* AdamW: lr * weight decay */
} update;

/* sum = the shards' gradients, added in their order, which become zero. sum may be the first one's. */
NN_INLINE void take_shards(nn_real *sum, nn_real *const *grads, int shards, size_t begin, size_t count)
{
    size_t i = 0;
    for (; i + NN_LANES <= count; i += NN_LANES) {
        nn_vector all = {0};
        for (int s = 0; s < shards; s++) {
            nn_vector_loose *from = (nn_vector_loose *)(grads[s] + begin + i);
            all += *from;
            *from = (nn_vector){0};
        }
        *(nn_vector_loose *)(sum + i) = all;
    }
    for (; i < count; i++) {
        nn_real all = 0;
        for (int s = 0; s < shards; s++) {
            all += grads[s][begin + i];
            grads[s][begin + i] = 0;
        }
        sum[i] = all;
    }
}

NN_CLONES static void sum_shards(nn_real *const *grads, int shards, size_t begin, size_t end)
{
    take_shards(grads[0] + begin, grads, shards, begin, end - begin);
}

static void range_of(const update *u, int n, size_t *begin, size_t *end)
{
    *begin = (u->first + (size_t)n) * CHUNK;
    *end = *begin + CHUNK < u->optimiser->size ? *begin + CHUNK : u->optimiser->size;
}

static void measure_chunk(void *context, int n, int worker)
{
    (void)worker;
    update *u = context;
    size_t begin, end;
    range_of(u, n, &begin, &end);
    sum_shards(u->grads, u->shards, begin, end);
    double squares = 0;
    for (size_t i = begin; i < end; i++)
        squares += (double)u->grads[0][i] * (double)u->grads[0][i];
    u->optimiser->chunk_squares[u->first + (size_t)n] = squares;
}

/* Elements begin to end, of which g (end - begin) is the gradient. */
NN_INLINE void update_elements(const update *u, const nn_real *restrict g, size_t begin, size_t end)
{
    const nn_optimiser *o = u->optimiser;
    nn_real *restrict p = u->params + begin, *restrict m = o->moment1 + begin,
                      *restrict v = o->moment2 + begin;
    nn_real b1 = (nn_real)o->beta1, b2 = (nn_real)o->beta2, c1 = (nn_real)(1 - o->beta1),
            c2 = (nn_real)(1 - o->beta2);
    nn_real epsilon = (nn_real)o->epsilon, factor = u->factor, rate = u->rate, root = u->root;
    nn_real l2 = o->kind == NN_ADAM ? (nn_real)o->weight_decay : 0, keep = 1 - u->decay_rate;
    for (size_t i = 0; i < end - begin; i++) {
        nn_real grad = g[i] * factor + l2 * p[i];
        m[i] = b1 * m[i] + c1 * grad;
        v[i] = b2 * v[i] + c2 * grad * grad;
        p[i] = keep * p[i] - rate * m[i] / (NN_SQRT(v[i]) * root + epsilon);
    }
}

static size_t within(size_t i, size_t begin, size_t end)
{
    return i < begin ? begin : i < end ? i : end;
}

/* All but what is frozen. */
NN_INLINE void update_free(const update *u, const nn_real *g, size_t begin, size_t end)
{
    const size_t first = begin;
    for (int k = 0; k < u->optimiser->frozen_count; k++) {
        const nn_span span = u->optimiser->frozen[k];
        const size_t left = within(span.begin, begin, end);
        update_elements(u, g + (begin - first), begin, left);
        begin = within(span.end, begin, end);
    }
    update_elements(u, g + (begin - first), begin, end);
}

/* Elements that are summed and updated at a time, and those that memory is asked for meanwhile: more lines of
 * more buffers than the processor asks for by itself. */
enum { SOME = 64, AHEAD = 256, LINE = 64 / sizeof(nn_real) };

NN_INLINE void ask_ahead(const update *u, int shards, size_t at)
{
    const nn_optimiser *o = u->optimiser;
    for (size_t i = at + AHEAD; i < at + AHEAD + SOME; i += LINE) {
        for (int s = 0; s < shards; s++)
            __builtin_prefetch(u->grads[s] + i, 1);
        __builtin_prefetch(u->params + i, 1);
        __builtin_prefetch(o->moment1 + i, 1);
        __builtin_prefetch(o->moment2 + i, 1);
    }
}

/* One pass: every line of every buffer is touched once. */
NN_CLONES static void sum_and_update(const update *u, int shards, size_t begin, size_t end)
{
    nn_real sum[SOME];
    for (; begin + SOME <= end; begin += SOME) {
        if (begin + SOME + AHEAD <= u->optimiser->size)
            ask_ahead(u, shards, begin);
        take_shards(sum, u->grads, shards, begin, SOME);
        update_free(u, sum, begin, begin + SOME);
    }
    take_shards(sum, u->grads, shards, begin, end - begin);
    update_free(u, sum, begin, end);
}

static void apply_chunk(void *context, int n, int worker)
{
    (void)worker;
    update *u = context;
    size_t begin, end;
    range_of(u, n, &begin, &end);
    sum_and_update(u, u->optimiser->clip > 0 ? 1 : u->shards, begin, end); /* clipping has summed them */
}

double nn_optimiser_step(nn_optimiser *optimiser, nn_pool *pool, nn_real *params, nn_real *const *grads,
                         int shards, double learning_rate)
{
    double t = (double)++optimiser->step;
    update u = {.optimiser = optimiser,
                .params = params,
                .grads = grads,
                .shards = shards,
                .factor = 1,
                .rate = (nn_real)(learning_rate / (1 - pow(optimiser->beta1, t))),
                .root = (nn_real)(1 / sqrt(1 - pow(optimiser->beta2, t))),
                .decay_rate =
                    optimiser->kind == NN_ADAMW ? (nn_real)(learning_rate * optimiser->weight_decay) : 0};
    const size_t chunks = chunks_of(optimiser->size);
    size_t end = chunks;
    double norm = 0;
    if (optimiser->shared)
        nn_ranks_part(nn_rank(), chunks, &u.first, &end);
    const int own = (int)(end - u.first);
    if (optimiser->clip > 0) {
        nn_pool_run(pool, own, measure_chunk, &u);
        if (optimiser->shared)
            nn_ranks_share(optimiser->chunk_squares, chunks, sizeof *optimiser->chunk_squares);
        for (size_t n = 0; n < chunks; n++)
            norm += optimiser->chunk_squares[n];
        norm = sqrt(norm);
        if (norm > optimiser->clip)
            u.factor = (nn_real)(optimiser->clip / norm);
    }
    nn_pool_run(pool, own, apply_chunk, &u);
    if (optimiser->shared)
        nn_optimiser_gather(params, optimiser->size);
    return norm;
}

nn_span nn_optimiser_part(size_t size, int rank)
{
    size_t begin, end;
    nn_ranks_part(rank, chunks_of(size), &begin, &end);
    begin *= CHUNK;
    end *= CHUNK;
    return (nn_span){begin < size ? begin : size, end < size ? end : size};
}

void nn_optimiser_gather(nn_real *values, size_t size)
{
    static size_t begin[NN_MOST_RANKS + 1]; /* one thread calls */
    for (int r = 0; r < nn_ranks(); r++)
        begin[r] = nn_optimiser_part(size, r).begin * sizeof *values;
    begin[nn_ranks()] = size * sizeof *values;
    nn_ranks_gather(values, begin);
}

double nn_schedule_rate(nn_schedule_kind kind, double rate, int epoch, double progress, double warmup)
{
    static const struct {
        int after;
        double rate;
    } table[] = {{2, 5e-5}, {4, 1e-5}, {6, 5e-6}, {8, 1e-6}, {10, 5e-7}, {15, 1e-7}, {20, 5e-8}};
    switch (kind) {
    case NN_TYPE1:
        return epoch <= 2 ? rate : rate * pow(0.5, epoch - 2);
    case NN_TYPE2:
        for (size_t i = 0; i < sizeof table / sizeof *table && epoch > table[i].after; i++)
            rate = table[i].rate;
        return rate;
    case NN_TYPE3:
        return epoch <= 4 ? rate : rate * pow(0.9, epoch - 4);
    case NN_COSINE:
        if (progress < warmup || warmup >= 1)
            return rate * progress / warmup;
        return rate * 0.5 * (1 + cos(M_PI * (progress - warmup) / (1 - warmup)));
    case NN_CONSTANT:
        return rate;
    }
    return rate;
}
