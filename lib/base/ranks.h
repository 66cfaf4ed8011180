/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several processes that do one work together, on one machine or many: each is a rank. All of them run the
 * same program on the same data and come to the same calls in the same order; what they share goes through
 * here. Without others every call does nothing, so that nobody has to ask.
 *
 * A call cannot fail: a rank that is lost ends all of them (the launcher says which). */
#ifndef NN_RANKS_H
#define NN_RANKS_H

#include <stdbool.h>
#include <stddef.h>

enum { NN_MOST_RANKS = 65536 };

/* How ranks reach each other. Called from one thread. */
typedef struct nn_ranks_kind {
    void (*send)(const void *data, size_t bytes, int to);
    void (*receive)(void *data, size_t bytes, int from);
    /* What rank `from` has goes to all. */
    void (*broadcast)(void *data, size_t bytes, int from);
    /* Sends and receives at once; of nothing there is no message. */
    void (*swap)(const void *out, size_t out_bytes, int to, void *in, size_t in_bytes, int from);
    /* Rank r has the bytes [begin[r], begin[r+1]) of data; afterwards all have all. */
    void (*share)(void *data, const size_t *begin);
} nn_ranks_kind;

/* Once, before any other call; kind stays borrowed. Not called: there is one rank. */
void nn_ranks_set(const nn_ranks_kind *kind, int count, int own);

/* Until it is called with false, this rank works by itself: it finds that it is alone, and every other call
 * does nothing. For whole pieces of work, of which each rank does its own; what they come to goes to all
 * afterwards. */
void nn_ranks_apart(bool apart);

int nn_ranks(void); /* how many there are */
int nn_rank(void);  /* this one, from 0; rank 0 alone prints and writes */

/* The [begin,end) of `count` numbered pieces that a rank does: one after another, as even as may be. */
void nn_ranks_part(int rank, size_t count, size_t *begin, size_t *end);

void nn_ranks_send(const void *data, size_t bytes, int to);
void nn_ranks_receive(void *data, size_t bytes, int from);
void nn_ranks_broadcast(void *data, size_t bytes, int from);
void nn_ranks_swap(const void *out, size_t out_bytes, int to, void *in, size_t in_bytes, int from);
/* Rank r has the bytes [begin[r], begin[r+1]) of data: all get all. */
void nn_ranks_gather(void *data, const size_t *begin);
/* Elements of `size` bytes, of which each rank has filled its part (nn_ranks_part): all get all. */
void nn_ranks_share(void *data, size_t count, size_t size);
/* Whether any rank says so. */
bool nn_ranks_any(bool own);
/* Rank 0's number, for all. */
int nn_ranks_agree(int own);

#endif
