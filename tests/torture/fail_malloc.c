/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An allocator to be loaded in front of the C library's (LD_PRELOAD): the allocation number FAIL_AT fails, or
 * all from number FAIL_FROM on; FAIL_COUNT names a file for the number of allocations. Children are left
 * alone. */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* The C library's own names for them. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static atomic_long calls;
static long at = -1, from = -1;
static atomic_bool started;

static long number(const char *name)
{
    const char *text = getenv(name);
    return text ? atol(text) : -1;
}

__attribute__((constructor)) static void start(void)
{
    at = number("FAIL_AT");
    from = number("FAIL_FROM");
    unsetenv("LD_PRELOAD");
    started = true;
}

__attribute__((destructor)) static void finish(void)
{
    const char *name = getenv("FAIL_COUNT");
    const long count = calls;
    FILE *file = name ? fopen(name, "w") : NULL;
    started = false;
    if (file) {
        fprintf(file, "%ld\n", count);
        fclose(file);
    }
}

static int fails(void)
{
    if (!started)
        return 0;
    const long now = atomic_fetch_add(&calls, 1) + 1;
    if (now != at && (from < 0 || now < from))
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    if (fails())
        return ENOMEM;
    *block = __libc_memalign(alignment, size);
    return *block ? 0 : ENOMEM;
}
