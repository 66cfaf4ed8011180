/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts allocations; linked with --wrap=malloc and its kin. */
#include "tests/count_mallocs.h"

#include <stdatomic.h>
#include <stddef.h>

static atomic_long calls;

long count_mallocs(void)
{
    return atomic_load(&calls);
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
int __real_posix_memalign(void **place, size_t alignment, size_t size);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
int __wrap_posix_memalign(void **place, size_t alignment, size_t size);

void *__wrap_malloc(size_t size)
{
    atomic_fetch_add(&calls, 1);
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    atomic_fetch_add(&calls, 1);
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    atomic_fetch_add(&calls, 1);
    return __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    atomic_fetch_add(&calls, 1);
    return __real_aligned_alloc(alignment, size);
}

int __wrap_posix_memalign(void **place, size_t alignment, size_t size)
{
    atomic_fetch_add(&calls, 1);
    return __real_posix_memalign(place, alignment, size);
}
