/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dropout factors, for loops that compute them as they go. */
#ifndef NN_MASK_H
#define NN_MASK_H

#include "lib/base/random.h"
#include "lib/kernels/kernels.h"

/* A 32-bit finaliser with full avalanche; two random words per row keep rows apart. */
static inline uint32_t nn_mask_mix(uint32_t x, uint32_t low, uint32_t high)
{
    x = x * 0x9e3779b9u + low;
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x ^= high;
    x *= 0x846ca68bu;
    return x ^ x >> 16;
}

typedef struct nn_mask_key {
    uint32_t low, high;
} nn_mask_key;

static inline nn_mask_key nn_mask_key_of(const nn_mask *mask, uint64_t row)
{
    uint64_t bits = nn_random(mask->key, row);
    return (nn_mask_key){(uint32_t)bits, (uint32_t)(bits >> 32)};
}

static inline nn_real nn_mask_factor(nn_mask_key key, uint32_t threshold, nn_real scale, int column)
{
    return nn_mask_mix((uint32_t)column, key.low, key.high) >= threshold ? scale : 0;
}

#endif
