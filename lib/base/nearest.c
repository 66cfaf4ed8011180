/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nearest word by edit distance, swapped letters counted once. */
#include "lib/base/nearest.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST = 63 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: three rows of the edit matrix are enough, as a swap looks back two. */
static int distance(const char *a, size_t n, const char *b, size_t m)
{
    int rows[3][LONGEST + 1];
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int *row = rows[i % 3];
        const int *before = rows[(i - 1) % 3];
        row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            char x = lower(a[i - 1]), y = lower(b[j - 1]);
            row[j] = least(least(row[j - 1], before[j]) + 1, before[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y)
                row[j] = least(row[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

int nn_nearest_word(const char *word, const char *const *words, int count)
{
    size_t n = strnlen(word, LONGEST + 1);
    int best = -1, best_distance = LONGEST;
    if (n > LONGEST)
        return -1;
    for (int i = 0; i < count; i++) {
        size_t m = words[i] ? strnlen(words[i], LONGEST + 1) : LONGEST + 1;
        if (m > LONGEST)
            continue;
        int d = distance(word, n, words[i], m);
        if (d <= (int)(n > m ? n : m) / 3 && d < best_distance) {
            best = i;
            best_distance = d;
        }
    }
    return best;
}

const char *nn_suggestion(char *text, size_t size, const char *name, size_t length, const char *const *words,
                          int count)
{
    char own[LONGEST + 1];
    snprintf(own, sizeof own, "%.*s", (int)(length < sizeof own ? length : sizeof own), name);
    const int near = length < sizeof own ? nn_nearest_word(own, words, count) : -1;
    size_t at = 0;
    if (near >= 0) {
        snprintf(text, size, "; did you mean '%s'?", words[near]);
        return text;
    }
    *text = '\0';
    for (int i = 0; i < count && at < size; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%s", i ? ", " : "; there are ", words[i]);
    if (at >= size && size > 8)
        memcpy(text + size - 5, " ...", 5);
    return text;
}
