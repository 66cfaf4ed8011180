/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lets the n-th allocation fail and counts what is not freed; linked with --wrap=malloc and its kin. */
#include "tests/fail_mallocs.h"

#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *block);

fail_mallocs mallocs;

static bool fails(void)
{
    return mallocs.watching && ++mallocs.calls == mallocs.failing;
}

void *__wrap_malloc(size_t size)
{
    void *block = fails() ? NULL : __real_malloc(size);
    mallocs.alive += mallocs.watching && block;
    return block;
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *block = fails() ? NULL : __real_calloc(count, size);
    mallocs.alive += mallocs.watching && block;
    return block;
}

void *__wrap_realloc(void *old, size_t size)
{
    void *block = fails() ? NULL : __real_realloc(old, size);
    mallocs.alive += mallocs.watching && block && !old;
    return block;
}

void __wrap_free(void *block)
{
    mallocs.alive -= mallocs.watching && block;
    __real_free(block);
}
