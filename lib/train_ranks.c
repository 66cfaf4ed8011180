/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A training by several ranks: each runs its part of every batch's shards, and gradients are summed in the
 * order of the shards whoever ran them. */
#include "lib/train_internal.h"

#include "lib/base/ranks.h"

#include <string.h>

enum {
    CHUNK = 32768, /* elements on their way at a time: while one rank adds, others send on */
    FEW = 2,       /* shards of a rank that are sent as they are */
    NEAR = 64      /* ranks that send to each other */
};

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

/* --- few shards a rank: each is sent to those that sum its parts --- */

/* What goes from rank to rank: of rank 0, whose shards come first of all, their sum. */
static size_t sent_by(int rank, int shards)
{
    size_t begin, end;
    nn_ranks_part(rank, (size_t)shards, &begin, &end);
    return rank == 0 ? 1 : end - begin;
}

static bool is_direct(int shards)
{
    return nn_ranks() > 1 && nn_ranks() <= NEAR && shards <= FEW * nn_ranks();
}

size_t nn_ranks_room(int shards)
{
    return is_direct(shards) ? (size_t)shards * CHUNK : CHUNK;
}

/* The piece of a rank's part that begins `at` elements behind its beginning. */
static nn_span piece_of(size_t size, int rank, size_t at)
{
    const nn_span part = nn_optimiser_part(size, rank);
    const size_t begin = part.begin + at < part.end ? part.begin + at : part.end;
    return (nn_span){begin, begin + CHUNK < part.end ? begin + CHUNK : part.end};
}

/* Passes own pieces of the others' parts on, which become zero, and gets those of its own part: the one of
 * the s-th shard that is sent at room + s * CHUNK. */
static void swap_pieces(nn_real *const *grads, int shards, size_t size, size_t at, nn_real *room)
{
    const int ranks = nn_ranks(), rank = nn_rank();
    const nn_span own = piece_of(size, rank, at);
    size_t first, end, place[NEAR + 1] = {0};
    nn_ranks_part(rank, (size_t)shards, &first, &end);
    for (int r = 0; r < ranks; r++)
        place[r + 1] = place[r] + sent_by(r, shards);
    for (int k = 1; k < ranks; k++) {
        const int to = (rank + k) % ranks, from = (rank + ranks - k) % ranks;
        const size_t out = sent_by(rank, shards), in = sent_by(from, shards);
        const nn_span theirs = piece_of(size, to, at);
        if (rank == 0)
            add_shards(grads[0] + theirs.begin, grads, 1, end, theirs.begin, theirs.end - theirs.begin);
        for (size_t s = 0; s < out || s < in; s++) {
            nn_real *gone = s < out ? grads[first + s] + theirs.begin : NULL;
            const size_t bytes = gone ? (theirs.end - theirs.begin) * sizeof *gone : 0;
            nn_ranks_swap(gone, bytes, to, room + (place[from] + s) * CHUNK,
                          s < in ? (own.end - own.begin) * sizeof *room : 0, from);
            if (bytes)
                memset(gone, 0, bytes);
        }
    }
}

static void add(nn_real *sum, const nn_real *more, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += more[i];
}

/* Those of the ranks before this one, its own, those of the ranks behind it, each in the order of the shards.
 */
static void add_pieces(nn_real *const *grads, int shards, nn_span own, nn_real *room)
{
    const size_t n = own.end - own.begin;
    size_t first, end, before = 0, all = 0;
    nn_ranks_part(nn_rank(), (size_t)shards, &first, &end);
    nn_real *sum = grads[first] + own.begin;
    for (int r = 0; r < nn_ranks(); r++) {
        before += r < nn_rank() ? sent_by(r, shards) : 0;
        all += sent_by(r, shards);
    }
    for (size_t s = 1; s < before; s++)
        add(room, room + s * CHUNK, n);
    for (size_t i = 0; i < n && before; i++)
        sum[i] = room[i] + sum[i];
    add_shards(sum, grads, first + 1, end, own.begin, n);
    for (size_t s = before + sent_by(nn_rank(), shards); s < all; s++)
        add(sum, room + s * CHUNK, n);
}

static void sum_direct(nn_real *const *grads, int shards, size_t size, nn_real *room)
{
    size_t longest = 0;
    for (int r = 0; r < nn_ranks(); r++) {
        const nn_span part = nn_optimiser_part(size, r);
        longest = part.end - part.begin > longest ? part.end - part.begin : longest;
    }
    for (size_t at = 0; at < longest; at += CHUNK) {
        swap_pieces(grads, shards, size, at, room);
        add_pieces(grads, shards, piece_of(size, nn_rank(), at), room);
    }
}

/* --- many: the sum goes down the ranks, each of which adds its own --- */

static void sum_along(nn_real *const *grads, int shards, size_t size, nn_real *room)
{
    const int last = nn_ranks() - 1, rank = nn_rank();
    const nn_span own = nn_optimiser_part(size, rank);
    size_t begin, end;
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
        if (rank < last) {
            nn_ranks_send(sum + at, n * sizeof *sum, rank + 1);
            memset(sum + at, 0, n * sizeof *sum);
        }
    }
    if (rank < last)
        nn_ranks_receive(sum + own.begin, (own.end - own.begin) * sizeof *sum, last);
    for (int r = 0; r < last && rank == last; r++) {
        const nn_span part = nn_optimiser_part(size, r);
        nn_ranks_send(sum + part.begin, (part.end - part.begin) * sizeof *sum, r);
        memset(sum + part.begin, 0, (part.end - part.begin) * sizeof *sum);
    }
}

void nn_ranks_sum_shards(nn_real *const *grads, int shards, size_t size, nn_real *room)
{
    if (is_direct(shards))
        sum_direct(grads, shards, size, room);
    else if (nn_ranks() > 1)
        sum_along(grads, shards, size, room);
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
