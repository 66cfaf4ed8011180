/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers side by side: a vector of doubles as wide as a register of the level that the file is compiled for
 * (forecast/forecasters/levels.c), each lane a calculation of its own. A wider vector would live in memory.
 */
#ifndef FC_LANES_H
#define FC_LANES_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#if defined(__AVX512F__)
#define FC_LANE_BYTES 64
#elif defined(__AVX__)
#define FC_LANE_BYTES 32
#else
#define FC_LANE_BYTES 16
#endif

enum {
    FC_LANES = FC_LANE_BYTES / sizeof(double),
    FC_MOST_LANES = 8 /* at any level: what memory is laid out for */
};
typedef double fc_lane __attribute__((vector_size(FC_LANE_BYTES), may_alias));
typedef int64_t fc_lane_mask __attribute__((vector_size(FC_LANE_BYTES), may_alias));

static inline __attribute__((always_inline)) fc_lane fc_lane_all(double x)
{
    return x - (fc_lane){0};
}

/* a where the mask is set, else b. */
static inline __attribute__((always_inline)) fc_lane fc_lane_where(fc_lane_mask mask, fc_lane a, fc_lane b)
{
    return (fc_lane)((mask & (fc_lane_mask)a) | (~mask & (fc_lane_mask)b));
}

static inline __attribute__((always_inline)) bool fc_lane_any(fc_lane_mask mask)
{
    int64_t any = 0;
    for (int i = 0; i < FC_LANES; i++)
        any |= mask[i];
    return any != 0;
}

static inline __attribute__((always_inline)) fc_lane fc_lane_sqrt(fc_lane x)
{
    double each[FC_LANES];
    for (int i = 0; i < FC_LANES; i++)
        each[i] = sqrt(x[i]);
    fc_lane root = {0};
    for (int i = 0; i < FC_LANES; i++)
        root[i] = each[i];
    return root;
}

#endif
