/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hash by which a weight file proves that nothing in it was lost or changed. */
#include "lib/files/safetensors_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#define XXH_INLINE_ALL /* header only: no library at run time */
#include <xxhash.h>

/* Texts with their ends, so that no two lists of them look the same. */
static void add_text(XXH3_state_t *state, const char *text)
{
    XXH3_128bits_update(state, text, strlen(text) + 1);
}

static void add_item(st_hash *hash, XXH3_state_t *state)
{
    const XXH128_hash_t item = XXH3_128bits_digest(state);
    hash->low += item.low64;
    hash->high += item.high64;
    hash->items++;
}

void st_hash_metadata(st_hash *hash, const char *key, const char *value)
{
    XXH3_state_t state;
    XXH3_128bits_reset(&state);
    add_text(&state, "metadata");
    add_text(&state, key);
    add_text(&state, value);
    add_item(hash, &state);
}

void st_hash_tensor(st_hash *hash, const char *name, const char *dtype, int rank, const int64_t *shape,
                    const void *data, size_t bytes)
{
    XXH3_state_t state;
    XXH3_128bits_reset(&state);
    add_text(&state, "tensor");
    add_text(&state, name);
    add_text(&state, dtype);
    if (rank)
        XXH3_128bits_update(&state, shape, (size_t)rank * sizeof *shape);
    if (bytes)
        XXH3_128bits_update(&state, data, bytes);
    add_item(hash, &state);
}

void st_hash_print(const st_hash *hash, char text[ST_HASH_SIZE])
{
    const uint64_t all[] = {hash->low, hash->high, hash->items};
    const XXH128_hash_t digest = XXH3_128bits(all, sizeof all);
    snprintf(text, ST_HASH_SIZE, "%016" PRIx64 "%016" PRIx64, digest.high64, digest.low64);
}
