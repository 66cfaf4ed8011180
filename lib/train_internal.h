/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans side by side, shared by training and inference. */
#ifndef NN_TRAIN_INTERNAL_H
#define NN_TRAIN_INTERNAL_H

#include "lib/train.h"

/* Elements of one sample. */
static inline size_t nn_sample_elements(const nn_tensor *x)
{
    size_t n = 1;
    for (int i = 1; i < x->rank; i++)
        n *= (size_t)x->shape[i];
    return n;
}

/* The order of an epoch's samples, drawn from the key: each of them once. Where it is known which are easy,
 * the first half of the epochs shows the easiest quarter, and more of them from epoch to epoch, as often as
 * it takes for as many samples as there are. */
void nn_draw_order(size_t *order, size_t count, const size_t *easiest, int epoch, int epochs, uint64_t key);

/* --- several ranks (train_ranks.c) --- */

/* grads[s] (size) hold what the shards of this rank came to: each rank gets the sum of all of them, added in
 * their order, of its part of the elements (nn_optimiser_part), in the first of its own, and zeros everywhere
 * else. room: elements as many as nn_ranks_room says. */
void nn_ranks_sum_shards(nn_real *const *grads, int shards, size_t size, nn_real *room);
size_t nn_ranks_room(int shards);
/* Some elements of every shard's gradients, for all. */
void nn_ranks_share_shard(nn_real *const *grads, int shards, nn_span span);
/* Where rank 0's training stands, for all; epochs: those that losses have room for. */
void nn_ranks_share_standing(nn_standing *at, int epochs);

/* Samples of one shard at most. */
int nn_shard_samples(const nn_training *settings);
/* Samples that a plan takes at once in training: those of a shard, or fewer, one pass after another, where
 * what a pass writes would leave the caches before it is read. It goes by the network and the shard alone. */
int nn_pass_samples(int *samples, nn_params *params, const nn_task *task, const nn_training *settings,
                    nn_error *error);

/* One plan for each thread. */
typedef struct nn_replica {
    nn_plan *plan;
    nn_ports ports;
} nn_replica;

typedef struct nn_replicas {
    nn_replica *items;
    int count;
    nn_real *packed; /* weights for all of them; NULL: nothing to pack */
    bool borrowed;   /* packed is another set's: each packs anew before it runs */
} nn_replicas;

/* A plan with its inputs and outputs, and its loss where there are settings, not yet compiled; to be freed
 * whatever is returned. */
int nn_replica_record(nn_replica *replica, int parts, nn_params *params, const nn_task *task, int batch,
                      const nn_training *settings, nn_error *error);
/* settings NULL: inference plans without a loss. parts: threads that share a pass of one replica. keep: as
 * nn_plan_keep_packed. */
int nn_replicas_make(nn_replicas *set, int count, int parts, nn_params *params, const nn_task *task,
                     int batch, const nn_training *settings, bool keep, nn_error *error);
void nn_replicas_clear(nn_replicas *set);
/* Memory for packed weights, unless the parameters keep them: that of lender, where it is of that size. */
int nn_replicas_packed(nn_replicas *set, const nn_replicas *lender, nn_error *error);
/* The weights have changed, or may not have been packed yet. */
void nn_replicas_pack(const nn_replicas *set, const nn_params *params, nn_pool *pool);

typedef struct nn_inference {
    nn_params *params;
    const nn_source *source;
    nn_replicas set;
    nn_pool *pool;
    int batch;
    size_t *index; /* batch entries for each replica */
    size_t first;  /* first sample of the current round of chunks */
    size_t chunks; /* of `batch` samples, the last one of what is left */
    double *sums;  /* room for a number of each chunk, */
    size_t *known; /* and another */
} nn_inference;

int nn_inference_init(nn_inference *self, nn_params *params, const nn_task *task, const nn_source *source,
                      int batch, nn_pool *pool, const nn_replicas *lender, nn_error *error);
void nn_inference_clear(nn_inference *self);
/* The chunks [begin,end), in rounds of one per replica; the sink sees them in order whatever thread ran them.
 */
void nn_inference_run(nn_inference *self, size_t begin, size_t end, nn_sink_fn sink, void *context);

#endif
