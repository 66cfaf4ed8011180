/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All allocations of the program: large ones only where the machine has the memory, and with a note of those
 * that fail, also of those inside functions of the C library that return what they allocated. Linked with
 * --wrap for each of these functions. */
#include "lib/base/budget.h"
#include "lib/base/shortage.h"

#include <dirent.h>
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
FILE *__real_fopen(const char *path, const char *mode);
FILE *__real_fmemopen(void *bytes, size_t size, const char *mode);
FILE *__real_open_memstream(char **text, size_t *size);
FILE *__real_fopencookie(void *cookie, const char *mode, cookie_io_functions_t calls);
DIR *__real_opendir(const char *path);
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
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fmemopen(void *bytes, size_t size, const char *mode);
FILE *__wrap_open_memstream(char **text, size_t *size);
FILE *__wrap_fopencookie(void *cookie, const char *mode, cookie_io_functions_t calls);
DIR *__wrap_opendir(const char *path);

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

#ifdef __GLIBC__ /* what the two are where _FORTIFY_SOURCE is defined */
int __real___vasprintf_chk(char **text, int flag, const char *format, va_list arguments);
__attribute__((format(printf, 3, 0))) int __wrap___vasprintf_chk(char **text, int flag, const char *format,
                                                                 va_list arguments);
__attribute__((format(printf, 3, 4))) int __wrap___asprintf_chk(char **text, int flag, const char *format,
                                                                ...);

int __wrap___vasprintf_chk(char **text, int flag, const char *format, va_list arguments)
{
    const int length = __real___vasprintf_chk(text, flag, format, arguments);
    if (length < 0)
        nn_shortage_note();
    return length;
}

int __wrap___asprintf_chk(char **text, int flag, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = __wrap___vasprintf_chk(text, flag, format, arguments);
    va_end(arguments);
    return length;
}
#endif

/* -1 at the end of a file, too. */
ssize_t __wrap_getline(char **line, size_t *size, FILE *stream)
{
    errno = 0;
    const ssize_t length = __real_getline(line, size, stream);
    if (length < 0 && errno == ENOMEM)
        nn_shortage_note();
    return length;
}

#ifdef __GLIBC__ /* what getline is where its header has it inline */
ssize_t __real___getdelim(char **line, size_t *size, int end, FILE *stream);
ssize_t __wrap___getdelim(char **line, size_t *size, int end, FILE *stream);

ssize_t __wrap___getdelim(char **line, size_t *size, int end, FILE *stream)
{
    errno = 0;
    const ssize_t length = __real___getdelim(line, size, end, stream);
    if (length < 0 && errno == ENOMEM)
        nn_shortage_note();
    return length;
}
#endif

/* NULL for a path that leads nowhere, too, as from those below. */
static void *noted_if_short(void *found)
{
    if (!found && errno == ENOMEM)
        nn_shortage_note();
    return found;
}

char *__wrap_realpath(const char *path, char *resolved)
{
    return noted_if_short(__real_realpath(path, resolved));
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
    return noted_if_short(__real_fopen(path, mode));
}

FILE *__wrap_fmemopen(void *bytes, size_t size, const char *mode)
{
    return noted_if_short(__real_fmemopen(bytes, size, mode));
}

FILE *__wrap_open_memstream(char **text, size_t *size)
{
    return noted_if_short(__real_open_memstream(text, size));
}

FILE *__wrap_fopencookie(void *cookie, const char *mode, cookie_io_functions_t calls)
{
    return noted_if_short(__real_fopencookie(cookie, mode, calls));
}

DIR *__wrap_opendir(const char *path)
{
    return noted_if_short(__real_opendir(path));
}

#ifdef __GLIBC__ /* its name with offsets of 64 bits */
FILE *__real_fopen64(const char *path, const char *mode);
FILE *__wrap_fopen64(const char *path, const char *mode);

FILE *__wrap_fopen64(const char *path, const char *mode)
{
    return noted_if_short(__real_fopen64(path, mode));
}
#endif
