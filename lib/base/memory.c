/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocations whose sizes come from files, of which products that overflow give NULL, never a short block;
 * and blocks of numbers. */
#include "lib/base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *nn_resize(void *old, size_t a, size_t b, size_t c)
{
    size_t bytes;
    if (__builtin_mul_overflow(a, b, &bytes) || __builtin_mul_overflow(bytes, c, &bytes) ||
        bytes > PTRDIFF_MAX)
        return NULL;
    return realloc(old, bytes ? bytes : 1);
}

void *nn_numbers(size_t bytes)
{
    enum { HUGE_PAGE = 2 << 20, LARGE = 4 * HUGE_PAGE };
    const size_t unit = bytes < LARGE ? 64 : HUGE_PAGE;
    if (bytes > PTRDIFF_MAX)
        return NULL;
    const size_t whole = (bytes + unit - 1) / unit * unit;
    void *block = aligned_alloc(unit, whole ? whole : unit);
    if (block && unit == HUGE_PAGE)
        madvise(block, whole, MADV_HUGEPAGE); /* a wish: without it all is as slow as before */
    return block;
}

char *nn_text_copy(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    if (copy) {
        if (length)
            memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}
