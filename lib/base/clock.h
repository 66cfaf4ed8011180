/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long something takes. */
#ifndef NN_CLOCK_H
#define NN_CLOCK_H

#include <time.h>

/* Seconds on a clock that nobody sets; only differences mean anything. */
static inline double nn_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
