/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A block and a copy of it with everything permuted: matched by their weights, heads first, the first becomes
 * the second. Reference values give both blocks and the permutation of the tokens' columns. */
#include "forecast/compress/transport.h"
#include "lib/base/json.h"
#include "tests/golden_file.h"

#include <stdbool.h>

enum { MOST = 64 };

typedef struct blocks {
    nn_st_file *file;
    int width, heads, hidden;
    int stream[MOST], value[MOST], query_key[MOST], units[MOST]; /* old place of each new one */
} blocks;

static int setting(const nn_st_file *file, const char *key)
{
    json_t *s = json_loads(golden_setting(file, "settings"), 0, NULL);
    const int value = (int)json_integer_value(json_object_get(s, key));
    json_decref(s);
    assert_true(value > 0 && value <= MOST);
    return value;
}

static double *read(const blocks *b, int net, const char *name, int count)
{
    char prefix[8];
    snprintf(prefix, sizeof prefix, "net%d/", net);
    return golden_read(b->file, prefix, name, (size_t)count);
}

/* Rows [first, first + rows) of a map with its bias as one more column; net 0's columns in the order of net
 * 1's stream. */
static double *rows_of(const blocks *b, int net, const char *map, int first, int rows, int out)
{
    char name[60];
    const int in = b->width;
    snprintf(name, sizeof name, "%s.weight", map);
    double *w = read(b, net, name, out * in), *to = malloc((size_t)(rows * (in + 1)) * sizeof *to);
    snprintf(name, sizeof name, "%s.bias", map);
    double *bias = read(b, net, name, out);
    assert_non_null(to);
    for (int r = 0; r < rows; r++) {
        for (int c = 0; c < in; c++)
            to[r * (in + 1) + c] = w[(first + r) * in + (net ? c : b->stream[c])];
        to[r * (in + 1) + in] = bias[first + r];
    }
    free(w);
    free(bias);
    return to;
}

/* Matches rows of a map of net 0 with rows of net 1's: old place of each new one. Returns what it costs. */
static double match(const blocks *b, const char *const *maps, int first0, int first1, int rows, int out,
                    int *old)
{
    nn_error error = {0};
    double *cost = calloc((size_t)(2 * rows * rows), sizeof *cost), *sum = cost + rows * rows, distance = 0;
    int *column = calloc((size_t)rows, sizeof *column);
    assert_true(cost && column);
    for (int m = 0; maps[m]; m++) {
        double *a = rows_of(b, 0, maps[m], first0, rows, out), *c = rows_of(b, 1, maps[m], first1, rows, out);
        fc_transport_cost(cost, a, rows, c, rows, (size_t)b->width + 1, false);
        for (int i = 0; i < rows * rows; i++)
            sum[i] += cost[i];
        free(a);
        free(c);
    }
    assert_int_equal(fc_assign(column, sum, rows, &error), NN_OK);
    for (int i = 0; i < rows; i++) {
        old[column[i]] = i;
        distance += sum[i * rows + column[i]];
    }
    free(cost);
    free(column);
    return distance;
}

/* Heads by what it costs to match the columns within them, queries and keys by one map. */
static void match_heads(blocks *b)
{
    static const char *const both[] = {"attention.query", "attention.key", NULL}, *const value[] = {
                                                                                      "attention.value",
                                                                                      NULL};
    const int h = b->heads, w = b->width / h;
    double apart[MOST * MOST] = {0};
    int old[MOST], of[MOST];
    nn_error error = {0};
    for (int i = 0; i < h; i++)
        for (int j = 0; j < h; j++)
            apart[i * h + j] = match(b, both, i * w, j * w, w, b->width, old) +
                               match(b, value, i * w, j * w, w, b->width, old);
    assert_int_equal(fc_assign(of, apart, h, &error), NN_OK);
    for (int i = 0; i < h; i++) {
        match(b, both, i * w, of[i] * w, w, b->width, old);
        for (int c = 0; c < w; c++)
            b->query_key[of[i] * w + c] = i * w + old[c];
        match(b, value, i * w, of[i] * w, w, b->width, old);
        for (int c = 0; c < w; c++)
            b->value[of[i] * w + c] = i * w + old[c];
    }
}

/* Net 0's tensor with rows and columns in these orders is net 1's. */
static void is_same(const blocks *b, const char *name, int rows, const int *row, int columns,
                    const int *column)
{
    double *a = read(b, 0, name, rows * columns), *c = read(b, 1, name, rows * columns);
    for (int r = 0; r < rows; r++)
        for (int k = 0; k < columns; k++) {
            const double got = a[row[r] * columns + (column ? column[k] : k)];
            if (!(fabs(got - c[r * columns + k]) <= 1e-12))
                fail_msg("%s[%d,%d]: %.12g, not %.12g", name, r, k, got, c[r * columns + k]);
        }
    free(a);
    free(c);
}

static void is_same_map(const blocks *b, const char *map, int out, const int *row, int in, const int *column)
{
    char name[60];
    snprintf(name, sizeof name, "%s.weight", map);
    is_same(b, name, out, row, in, column);
    snprintf(name, sizeof name, "%s.bias", map);
    is_same(b, name, out, row, 1, NULL);
}

static void test_permuted_copy(void **state)
{
    (void)state;
    static const char *const hidden[] = {"ffn.hidden", NULL};
    blocks b = {.file = golden_open("blocks/fuse_permuted")};
    b.width = setting(b.file, "width");
    b.heads = setting(b.file, "heads");
    b.hidden = setting(b.file, "hidden");
    double *stream = golden_read(b.file, "permutation/", "stream", (size_t)b.width);
    for (int i = 0; i < b.width; i++)
        b.stream[i] = (int)stream[i];
    match_heads(&b);
    match(&b, hidden, 0, 0, b.hidden, b.hidden, b.units);
    is_same_map(&b, "attention.query", b.width, b.query_key, b.width, b.stream);
    is_same_map(&b, "attention.key", b.width, b.query_key, b.width, b.stream);
    is_same_map(&b, "attention.value", b.width, b.value, b.width, b.stream);
    is_same_map(&b, "attention.out", b.width, b.stream, b.width, b.value);
    is_same_map(&b, "ffn.hidden", b.hidden, b.units, b.width, b.stream);
    is_same_map(&b, "ffn.project", b.width, b.stream, b.hidden, b.units);
    is_same(&b, "norm1.weight", b.width, b.stream, 1, NULL);
    is_same(&b, "norm2.bias", b.width, b.stream, 1, NULL);
    free(stream);
    nn_st_close(b.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_permuted_copy)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
