/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All allocations of the program: large ones only where the machine has the memory, and with a note of those
 * that fail, also of those inside functions of the C library that return what they allocated. Linked with
 * --wrap for each of these functions. */
#include "lib/base/budget.h"
#include "lib/base/shortage.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
int __real_vasprintf(char **text, const char *format, va_list arguments);
ssize_t __real_getline(char **line, size_t *size, FILE *stream);
char *__real_realpath(const char *path, char *resolved);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);
__attribute__((format(printf, 2, 0))) int __wrap_vasprintf(char **text, const char *format,
                                                           va_list arguments);
__attribute__((format(printf, 2, 3))) int __wrap_asprintf(char **text, const char *format, ...);
ssize_t __wrap_getline(char **line, size_t *size, FILE *stream);
char *__wrap_realpath(const char *path, char *resolved);

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

int __wrap_vasprintf(char **text, const char *format, va_list arguments)
{
    const int length = __real_vasprintf(text, format, arguments);
    if (length < 0)
        nn_shortage_note();
    return length;
}

int __wrap_asprintf(char **text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = __wrap_vasprintf(text, format, arguments);
    va_end(arguments);
    return length;
}

/* -1 at the end of a file, too. */
ssize_t __wrap_getline(char **line, size_t *size, FILE *stream)
{
    errno = 0;
    const ssize_t length = __real_getline(line, size, stream);
    if (length < 0 && errno == ENOMEM)
        nn_shortage_note();
    return length;
}

/* NULL for a path that leads nowhere, too. */
char *__wrap_realpath(const char *path, char *resolved)
{
    errno = 0;
    char *found = __real_realpath(path, resolved);
    if (!found && errno == ENOMEM)
        nn_shortage_note();
    return found;
}
