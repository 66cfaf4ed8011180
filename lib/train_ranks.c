/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A training by several ranks: each runs its part of every batch's shards, and gradients are summed in the
 * order of the shards whoever ran them. */
#include "lib/train_internal.h"

#include "lib/base/ranks.h"

#include <string.h>

enum { CHUNK = 32768 }; /* elements on their way at a time: while one rank adds, the one before sends on */

/* sum += the rank's own shards, one after another, which become zero. */
static void add_shards(nn_real *sum, nn_real *const *grads, size_t begin, size_t end, size_t at, size_t n)
{
    for (size_t s = begin; s < end; s++) {
        nn_real *more = grads[s] + at;
        for (size_t i = 0; i < n; i++) {
            sum[i] += more[i];
            more[i] = 0;
        }
    }
}

void nn_ranks_sum_shards(nn_real *const *grads, int shards, size_t size)
{
    static nn_real room[CHUNK]; /* one thread calls */
    const int ranks = nn_ranks(), rank = nn_rank();
    size_t begin, end;
    if (ranks == 1)
        return;
    nn_ranks_part(rank, (size_t)shards, &begin, &end);
    nn_real *sum = grads[begin];
    for (size_t at = 0; at < size; at += CHUNK) {
        const size_t n = size - at < CHUNK ? size - at : CHUNK;
        if (rank > 0) { /* what was summed before, and then the first of ours */
            nn_ranks_receive(room, n * sizeof *room, rank - 1);
            for (size_t i = 0; i < n; i++)
                sum[at + i] = room[i] + sum[at + i];
        }
        add_shards(sum + at, grads, begin + 1, end, at, n);
        if (rank + 1 < ranks)
            nn_ranks_send(sum + at, n * sizeof *sum, rank + 1);
    }
    nn_ranks_broadcast(sum, size * sizeof *sum, ranks - 1);
}

void nn_ranks_share_shard(nn_real *const *grads, int shards, nn_span span)
{
    for (int r = 0; r < nn_ranks(); r++) {
        size_t begin, end;
        nn_ranks_part(r, (size_t)shards, &begin, &end);
        for (size_t s = begin; s < end; s++)
            nn_ranks_broadcast(grads[s] + span.begin, (span.end - span.begin) * sizeof **grads, r);
    }
}

void nn_ranks_share_standing(nn_standing *at, int epochs)
{
    nn_standing own = *at;
    nn_ranks_broadcast(at, sizeof *at, 0);
    at->train_losses = own.train_losses; /* where these lie is each rank's own */
    at->validation_losses = own.validation_losses;
    at->weights = own.weights;
    at->best = own.best;
    at->moment1 = own.moment1;
    at->moment2 = own.moment2;
    nn_ranks_broadcast(at->train_losses, (size_t)epochs * sizeof *at->train_losses, 0);
    nn_ranks_broadcast(at->validation_losses, (size_t)epochs * sizeof *at->validation_losses, 0);
    nn_real *const buffers[] = {at->weights, at->best, at->moment1, at->moment2};
    for (int i = 0; i < 4; i++)
        nn_ranks_broadcast(buffers[i], at->size * sizeof(nn_real), 0);
}
