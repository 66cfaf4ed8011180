/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts that were made, by a hash of what they were made of. */
#include "forecast/pretrained/forecaster.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

/* Bytes at most; then it begins anew. */
#define MOST_BYTES 2.5e8

typedef struct entry {
    uint64_t key;
    size_t count;
    double *values; /* owned; NULL: the place is free */
} entry;

struct fc_pretrained_memory {
    pthread_mutex_t lock;
    entry *entries; /* open addressing; room is a power of two */
    size_t room, used;
    double bytes;
};

fc_pretrained_memory *fc_pretrained_memory_new(void)
{
    fc_pretrained_memory *memory = calloc(1, sizeof *memory);
    if (memory)
        pthread_mutex_init(&memory->lock, NULL);
    return memory;
}

static void forget(fc_pretrained_memory *memory)
{
    for (size_t i = 0; i < memory->room; i++)
        free(memory->entries[i].values);
    free(memory->entries);
    memory->entries = NULL;
    memory->room = memory->used = 0;
    memory->bytes = 0;
}

void fc_pretrained_memory_free(fc_pretrained_memory *memory)
{
    if (!memory)
        return;
    forget(memory);
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}

uint64_t fc_pretrained_memory_key(const double *context, size_t rows, const double *future, size_t ahead,
                                  int steps)
{
    const uint64_t seed = (uint64_t)steps * 1000003 + rows,
                   past = XXH3_64bits_withSeed(context, rows * sizeof *context, seed);
    return future ? XXH3_64bits_withSeed(future, ahead * sizeof *future, past) : past;
}

/* The entry of the key, or the free one where it would stand. */
static entry *find(const fc_pretrained_memory *memory, uint64_t key)
{
    size_t at = (size_t)key & (memory->room - 1);
    while (memory->entries[at].values && memory->entries[at].key != key)
        at = (at + 1) & (memory->room - 1);
    return &memory->entries[at];
}

bool fc_pretrained_recall(fc_pretrained_memory *memory, uint64_t key, double *out, size_t count)
{
    pthread_mutex_lock(&memory->lock);
    const entry *e = memory->room ? find(memory, key) : NULL;
    const bool there = e && e->values && e->count == count;
    if (there)
        memcpy(out, e->values, count * sizeof *out);
    pthread_mutex_unlock(&memory->lock);
    return there;
}

/* Twice the room; false without memory. */
static bool grow(fc_pretrained_memory *memory)
{
    const fc_pretrained_memory before = *memory;
    const size_t room = before.room ? 2 * before.room : 64;
    entry *entries = calloc(room, sizeof *entries);
    if (!entries)
        return false;
    memory->entries = entries;
    memory->room = room;
    for (size_t i = 0; i < before.room; i++)
        if (before.entries[i].values)
            *find(memory, before.entries[i].key) = before.entries[i];
    free(before.entries);
    return true;
}

void fc_pretrained_keep(fc_pretrained_memory *memory, uint64_t key, const double *values, size_t count)
{
    double *copy = malloc(count * sizeof *copy + 1);
    if (!copy)
        return;
    memcpy(copy, values, count * sizeof *copy);
    pthread_mutex_lock(&memory->lock);
    if (memory->bytes > MOST_BYTES)
        forget(memory);
    entry *e = 2 * memory->used < memory->room || grow(memory) ? find(memory, key) : NULL;
    if (e && !e->values) {
        *e = (entry){key, count, copy};
        memory->used++;
        memory->bytes += (double)count * sizeof *copy;
        copy = NULL;
    }
    pthread_mutex_unlock(&memory->lock);
    free(copy);
}
