/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ranks share, whatever carries it. */
#include "lib/base/ranks.h"

static const nn_ranks_kind *kind;
static int ranks = 1, rank;

/* What holds while a rank is not apart. */
static struct {
    const nn_ranks_kind *kind;
    int ranks, rank;
} together = {NULL, 1, 0};

void nn_ranks_set(const nn_ranks_kind *by, int count, int own)
{
    kind = count > 1 && count <= NN_MOST_RANKS ? by : NULL;
    ranks = kind ? count : 1;
    rank = kind ? own : 0;
    together.kind = kind;
    together.ranks = ranks;
    together.rank = rank;
}

void nn_ranks_apart(bool apart)
{
    kind = apart ? NULL : together.kind;
    ranks = apart ? 1 : together.ranks;
    rank = apart ? 0 : together.rank;
}

int nn_ranks(void)
{
    return ranks;
}

int nn_rank(void)
{
    return rank;
}

void nn_ranks_part(int of, size_t count, size_t *begin, size_t *end)
{
    const size_t n = (size_t)ranks, r = (size_t)of;
    *begin = count / n * r + (count % n) * r / n;
    *end = count / n * (r + 1) + (count % n) * (r + 1) / n;
}

void nn_ranks_send(const void *data, size_t bytes, int to)
{
    if (kind && bytes)
        kind->send(data, bytes, to);
}

void nn_ranks_receive(void *data, size_t bytes, int from)
{
    if (kind && bytes)
        kind->receive(data, bytes, from);
}

void nn_ranks_broadcast(void *data, size_t bytes, int from)
{
    if (kind && bytes)
        kind->broadcast(data, bytes, from);
}

void nn_ranks_swap(const void *out, size_t out_bytes, int to, void *in, size_t in_bytes, int from)
{
    if (kind && (out_bytes || in_bytes))
        kind->swap(out, out_bytes, to, in, in_bytes, from);
}

void nn_ranks_gather(void *data, const size_t *begin)
{
    if (kind)
        kind->share(data, begin);
}

void nn_ranks_share(void *data, size_t count, size_t size)
{
    static size_t begin[NN_MOST_RANKS + 1]; /* one thread calls */
    size_t end;
    if (!kind || !count)
        return;
    for (int r = 0; r < ranks; r++) {
        nn_ranks_part(r, count, &begin[r], &end);
        begin[r] *= size;
    }
    begin[ranks] = count * size;
    kind->share(data, begin);
}

bool nn_ranks_any(bool own)
{
    static bool said[NN_MOST_RANKS];
    bool any = own;
    if (!kind)
        return own;
    said[rank] = own;
    nn_ranks_share(said, (size_t)ranks, sizeof *said);
    for (int r = 0; r < ranks; r++)
        any = any || said[r];
    return any;
}

int nn_ranks_agree(int own)
{
    nn_ranks_broadcast(&own, sizeof own, 0);
    return own;
}
