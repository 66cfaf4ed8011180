/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Large blocks of memory that are written and read from end to end, over and over. */
#ifndef NN_SLAB_H
#define NN_SLAB_H

#include <stddef.h>

/* Zeros, from a cache line's beginning; free frees them. NULL: no memory. Large ones lie on pages of two
 * megabytes where the system has them, and are touched here, so that no pass over them finds a page that is
 * not there. */
void *nn_slab_new(size_t bytes);
/* The same of whatever was there before, for who writes all of it. */
void *nn_slab_raw(size_t bytes);

/* Gives the pages of any allocated block between two bytes of it back to the system, for they are not read
 * again; *begin moves to where the next call goes on. Does nothing where the system cannot. */
void nn_slab_leave(void *block, size_t *begin, size_t end);

#endif
