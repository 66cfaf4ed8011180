/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocations whose sizes come from files: products that overflow give NULL, never a short block. */
#include "lib/base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *nn_resize(void *old, size_t a, size_t b, size_t c)
{
    size_t bytes;
    if (__builtin_mul_overflow(a, b, &bytes) || __builtin_mul_overflow(bytes, c, &bytes) ||
        bytes > PTRDIFF_MAX)
        return NULL;
    return realloc(old, bytes ? bytes : 1);
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
