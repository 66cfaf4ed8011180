/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocations that fail when a test wants them to. Linked with --wrap for malloc, calloc, realloc and free,
 * so that only our own calls count. */
#ifndef FAIL_MALLOCS_H
#define FAIL_MALLOCS_H

#include <stdbool.h>

typedef struct fail_mallocs {
    bool watching; /* otherwise nothing counts or fails */
    long calls;    /* so far */
    long failing;  /* the number of the call that fails, 0 for none */
    long alive;    /* blocks allocated and not yet freed */
} fail_mallocs;
extern fail_mallocs mallocs;

#endif
