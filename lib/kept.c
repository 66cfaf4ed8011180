/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds, makes and renews what is kept of rearranged weights. */
#include "lib/kept.h"

#include "lib/base/slab.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL /* header only: no library at run time */
#include <xxhash.h>

/* Of all lists: plans are compiled seldom. */
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;

struct nn_kept {
    nn_kept_key key;
    void *data;
    uint64_t hash;            /* of the weights that data were made of */
    _Atomic uint64_t version; /* of the parameters then; 0: data were never made */
    pthread_mutex_t lock;     /* while they are made */
    nn_kept *next;
};

static bool same(const nn_kept_key *a, const nn_kept_key *b)
{
    return a->weight == b->weight && a->count == b->count && a->in == b->in && a->out == b->out &&
           a->maps == b->maps && a->by_columns == b->by_columns && a->precision == b->precision &&
           a->split == b->split;
}

static uint64_t hash_of(const nn_params *params, const nn_kept_key *key)
{
    return XXH3_64bits(params->data + key->weight, key->count * sizeof *params->data);
}

static void free_all(nn_params *params)
{
    for (nn_kept *kept = params->kept, *next; kept; kept = next) {
        next = kept->next;
        pthread_mutex_destroy(&kept->lock);
        free(kept->data);
        free(kept);
    }
    params->kept = NULL;
}

static nn_kept *add(nn_params *params, const nn_kept_key *key, size_t bytes)
{
    nn_kept *kept = calloc(1, sizeof *kept);
    if (!kept || !(kept->data = nn_slab_raw(bytes))) {
        free(kept);
        return NULL;
    }
    pthread_mutex_init(&kept->lock, NULL);
    kept->key = *key;
    kept->next = params->kept;
    params->kept = kept;
    params->free_kept = free_all;
    return kept;
}

nn_kept *nn_kept_of(nn_params *params, const nn_kept_key *key, size_t bytes)
{
    pthread_mutex_lock(&list_lock);
    nn_kept *kept = params->kept;
    while (kept && !same(&kept->key, key))
        kept = kept->next;
    if (!kept)
        kept = add(params, key, bytes);
    else if (params->data && atomic_load(&kept->version) && kept->hash != hash_of(params, key))
        atomic_store(&kept->version, 0);
    pthread_mutex_unlock(&list_lock);
    return kept;
}

const void *nn_kept_ready(nn_params *params, nn_kept *kept, void (*make)(const void *context, void *to),
                          const void *context)
{
    const uint64_t version = params->version + 1; /* never 0 */
    if (atomic_load_explicit(&kept->version, memory_order_acquire) == version)
        return kept->data;
    pthread_mutex_lock(&kept->lock);
    if (atomic_load(&kept->version) != version) {
        make(context, kept->data);
        kept->hash = hash_of(params, &kept->key);
        atomic_store_explicit(&kept->version, version, memory_order_release);
    }
    pthread_mutex_unlock(&kept->lock);
    return kept->data;
}
