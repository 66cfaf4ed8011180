/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small table of seasons, and how far forecasts lie apart: what the tests of commands on networks share. */
#ifndef TESTS_SEASONS_FILE_H
#define TESTS_SEASONS_FILE_H

#include "tests/cmocka_all.h"
#include "tests/program.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* data.csv: three series of which each follows the season of 7 in its own size. */
static inline void seasons_write(void)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs("a,b,c\n", out);
    for (int i = 0; i < 400; i++)
        fprintf(out, "%.4f,%.4f,%.4f\n", 50 + 9 * sin(i % 7) + sin(i * i % 11), 20 + 3 * cos(i % 7),
                5 + sin(i % 7) + .01 * i);
    fclose(out);
    program_write("data.csv", text, size);
    free(text);
}

static inline long seasons_size_of(const char *name)
{
    size_t size;
    char *bytes = program_read(name, &size);
    assert_non_null(bytes);
    free(bytes);
    return (long)size;
}

/* Root mean square of the differences of two forecasts, over the root mean square of the first. */
static inline double seasons_apart(const char *words, const char *others)
{
    program_result x = program_expect(words, 0), y = program_expect(others, 0);
    double sum = 0, all = 0;
    const char *a = strchr(x.out, '\n'), *b = strchr(y.out, '\n');
    while (a && b && *++a && *++b) {
        char *end_a, *end_b;
        const double va = strtod(a, &end_a), vb = strtod(b, &end_b);
        sum += (va - vb) * (va - vb);
        all += va * va;
        a = strpbrk(end_a, ",\n");
        b = strpbrk(end_b, ",\n");
    }
    program_result_free(&x);
    program_result_free(&y);
    assert_true(all > 0);
    return sqrt(sum / all);
}

#endif
