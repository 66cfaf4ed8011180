/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counter-based random numbers: a hash of key and counter, so that any number can be drawn in any order by
 * any thread. */
#ifndef NN_RANDOM_H
#define NN_RANDOM_H

#include <stdint.h>

/* The counter-th output of splitmix64 (Steele, Lea & Flood 2014) started at key. */
static inline uint64_t nn_random(uint64_t key, uint64_t counter)
{
    uint64_t x = key + (counter + 1) * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Uniform on [0, 1), 53 bits. */
static inline double nn_random_uniform(uint64_t key, uint64_t counter)
{
    return (double)(nn_random(key, counter) >> 11) * 0x1p-53;
}

#endif
