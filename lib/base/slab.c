/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks the system for large pages: of small ones a processor cannot keep in mind where as many lie as a
 * training step reads. */
#include "lib/base/slab.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LINE = 64, PAGE = 4096, MANY_PAGES = 128 << 10, LARGE_PAGE = 2 << 20 };

/* Has the system make all whole pages now: a page that is missed one by one takes several times as long.
 * Where it cannot, they are missed. */
static void make_pages(char *slab, size_t bytes)
{
#ifdef MADV_POPULATE_WRITE
    char *const from = slab + (PAGE - (uintptr_t)slab % PAGE) % PAGE, *const to = slab + bytes;
    if (bytes >= MANY_PAGES)
        madvise(from, (size_t)(to - from) / PAGE * PAGE, MADV_POPULATE_WRITE);
#else
    (void)slab;
    (void)bytes;
#endif
}

void *nn_slab_raw(size_t bytes)
{
    if (bytes > PTRDIFF_MAX - LARGE_PAGE)
        return NULL;
    const size_t alignment = bytes < LARGE_PAGE ? LINE : LARGE_PAGE;
    const size_t whole = (bytes + LINE) / LINE * LINE;
    void *slab = aligned_alloc(
        alignment, alignment == LINE ? whole : (whole + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE);
    if (!slab)
        return NULL;
#ifdef MADV_HUGEPAGE
    if (alignment == LARGE_PAGE) /* whole ones alone: the last would hold more than is asked for */
        madvise(slab, bytes / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE);
#endif
    make_pages(slab, bytes);
    return slab;
}

void *nn_slab_new(size_t bytes)
{
    void *slab = nn_slab_raw(bytes);
    if (slab)
        memset(slab, 0, bytes);
    return slab;
}

void nn_slab_leave(void *block, size_t *begin, size_t end)
{
#ifdef MADV_DONTNEED
    const uintptr_t base = (uintptr_t)block, from = (base + *begin + PAGE - 1) / PAGE * PAGE,
                    to = (base + end) / PAGE * PAGE;
    if (to <= from || madvise((void *)from, to - from, MADV_DONTNEED))
        return;
    *begin = to - base;
#else
    (void)block, (void)begin, (void)end;
#endif
}
