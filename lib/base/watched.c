/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All allocations of the program: large ones only where the machine has the memory, and with a note of those
 * that fail. Linked with --wrap for each of these functions. */
#include "lib/base/budget.h"
#include "lib/base/shortage.h"

#include <stddef.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);

static void *noted(void *block)
{
    if (!block)
        nn_shortage_note();
    return block;
}

void *__wrap_malloc(size_t size)
{
    return noted(nn_budget_allows(size) ? __real_malloc(size) : NULL);
}

void *__wrap_calloc(size_t count, size_t size)
{
    size_t bytes;
    const bool fits = !__builtin_mul_overflow(count, size, &bytes) && nn_budget_allows(bytes);
    return noted(fits ? __real_calloc(count, size) : NULL);
}

void *__wrap_realloc(void *old, size_t size)
{
    return noted(nn_budget_allows(size) ? __real_realloc(old, size) : NULL);
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
    size_t bytes;
    const bool fits = !__builtin_mul_overflow(count, size, &bytes) && nn_budget_allows(bytes);
    return noted(fits ? __real_reallocarray(old, count, size) : NULL);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return noted(nn_budget_allows(size) ? __real_aligned_alloc(alignment, size) : NULL);
}

char *__wrap_strdup(const char *text)
{
    return noted(__real_strdup(text));
}

char *__wrap_strndup(const char *text, size_t size)
{
    return noted(__real_strndup(text, size));
}
