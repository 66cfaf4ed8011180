/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of the C library that allocate by themselves: a lack of memory in each of them is noted, and that
 * a file is missing is not taken for one. */
#include "lib/base/shortage.h"
#include "tests/cmocka_all.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The C library's own names for them; those below stand in front of its. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *old, size_t size);

static bool scarce;

static bool fails(void)
{
    if (scarce)
        errno = ENOMEM;
    return scarce;
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

static FILE *lines; /* open beforehand, with a buffer */

static bool try_fopen(void)
{
    return fopen("/dev/null", "r") != NULL;
}

static bool try_fmemopen(void)
{
    static char bytes[20];
    return fmemopen(bytes, sizeof bytes, "w") != NULL;
}

static bool try_open_memstream(void)
{
    char *text;
    size_t size;
    return open_memstream(&text, &size) != NULL;
}

static bool try_fopencookie(void)
{
    return fopencookie(NULL, "w", (cookie_io_functions_t){0}) != NULL;
}

static bool try_opendir(void)
{
    return opendir("/") != NULL;
}

static bool try_realpath(void)
{
    return realpath("/dev/..", NULL) != NULL;
}

static bool try_strdup(void)
{
    char *volatile copy = strdup("text");
    return copy != NULL;
}

static bool try_strndup(void)
{
    char *volatile copy = strndup("text", 2);
    return copy != NULL;
}

static bool try_asprintf(void)
{
    char *text;
    return asprintf(&text, "%d", 1) >= 0;
}

static bool try_getline(void)
{
    char *line = NULL;
    size_t size = 0;
    return getline(&line, &size, lines) >= 0;
}

static void shortages_are_noted(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool (*works)(void);
    } cases[] = {{"fopen", try_fopen},
                 {"fmemopen", try_fmemopen},
                 {"open_memstream", try_open_memstream},
                 {"fopencookie", try_fopencookie},
                 {"opendir", try_opendir},
                 {"realpath", try_realpath},
                 {"strdup", try_strdup},
                 {"strndup", try_strndup},
                 {"asprintf", try_asprintf},
                 {"getline", try_getline}};
    static char text[] = "a line\n";
    lines = fmemopen(text, sizeof text, "r");
    assert_non_null(lines);
    ungetc(getc(lines), lines);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nn_shortage_forget();
        scarce = true;
        const bool works = cases[i].works();
        scarce = false;
        if (works || !nn_shortage())
            fail_msg("%s: %s", cases[i].name, works ? "works without memory" : "nothing is noted");
    }
    fclose(lines);
}

static void missing_files_are_no_shortage(void **state)
{
    (void)state;
    nn_shortage_forget();
    assert_null(fopen("/nowhere/file", "r"));
    assert_null(opendir("/nowhere"));
    assert_null(realpath("/nowhere/file", NULL));
    assert_false(nn_shortage());
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(shortages_are_noted),
                                       cmocka_unit_test(missing_files_are_no_shortage)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
