/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A block and a copy of it with everything permuted: matched by their weights, heads first, the first becomes
 * the second. Reference values give both blocks and the permutation of the tokens' columns. */
#include "forecast/compress/transport.h"
#include "lib/files/json.h"
#include "lib/parts/block.h"
#include "tests/golden_file.h"

#include <stdbool.h>

enum { MOST = 512 };

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
    double *apart = calloc((size_t)(h * h), sizeof *apart);
    int old[MOST], of[MOST];
    nn_error error = {0};
    assert_non_null(apart);
    for (int i = 0; i < h; i++)
        for (int j = 0; j < h; j++)
            apart[i * h + j] = match(b, both, i * w, j * w, w, b->width, old) +
                               match(b, value, i * w, j * w, w, b->width, old);
    assert_int_equal(fc_assign(of, apart, h, &error), NN_OK);
    free(apart);
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

static void fill_net(const blocks *b, int net, const nn_params *params)
{
    for (int i = 0; i < params->count; i++) {
        const nn_param *p = &params->table[i];
        double *values = read(b, net, p->name + 2, (int)p->count); /* less "b." */
        for (size_t k = 0; k < p->count; k++)
            params->data[p->offset + k] = (nn_real)values[k];
        free(values);
    }
}

/* Each net on the file's tokens, their columns in its own order: what it makes of them is the file's output,
 * in that order. */
static void runs_the_same(const blocks *b)
{
    const int batch = setting(b->file, "batch"), tokens = setting(b->file, "tokens");
    const size_t count = (size_t)(batch * tokens * b->width);
    const nn_block shape = {.heads = b->heads, .hidden = b->hidden, .activation = NN_GELU};
    nn_error error = {0};
    nn_params *params = nn_params_new();
    nn_plan *plan = nn_plan_new(params, batch, false);
    nn_tensor *x = nn_input(plan, 2, (int[]){tokens, b->width}),
              *y = nn_keep(plan, nn_encoder_block(plan, "b", x, NULL, &shape));
    double *input = golden_read(b->file, "", "input", count),
           *output = golden_read(b->file, "", "output", count);
    assert_int_equal(nn_plan_compile(plan, &error), NN_OK);
    assert_int_equal(nn_params_reserve(params, &error), NN_OK);
    for (int net = 0; net < 2; net++) {
        nn_run run = {.batch = batch, .params = params->data};
        fill_net(b, net, params);
        for (size_t i = 0; i < count; i++) {
            const size_t c = i % (size_t)b->width;
            x->data[i] = (nn_real)input[net ? i - c + (size_t)b->stream[c] : i];
        }
        nn_plan_forward(plan, &run);
        for (size_t i = 0; i < count; i++) {
            const size_t c = i % (size_t)b->width;
            const double want = output[net ? i - c + (size_t)b->stream[c] : i];
            if (!(fabs((double)y->data[i] - want) <= 1e-5 + 1e-4 * fabs(want)))
                fail_msg("net %d: output[%zu] is %.9g, not %.9g", net, i, (double)y->data[i], want);
        }
    }
    free(input);
    free(output);
    nn_plan_free(plan);
    nn_params_free(params);
}

/* What the file says of itself. */
static void is_as_told(const blocks *b, const char *what, const int *found, int count)
{
    double *told = golden_read(b->file, "permutation/", what, (size_t)count);
    for (int i = 0; i < count; i++)
        if (found[i] != (int)told[i])
            fail_msg("%s: new place %d is old place %d, not %d", what, i, found[i], (int)told[i]);
    free(told);
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
    is_as_told(&b, "query_key", b.query_key, b.width);
    is_as_told(&b, "value", b.value, b.width);
    is_as_told(&b, "hidden", b.units, b.hidden);
    is_same_map(&b, "attention.query", b.width, b.query_key, b.width, b.stream);
    is_same_map(&b, "attention.key", b.width, b.query_key, b.width, b.stream);
    is_same_map(&b, "attention.value", b.width, b.value, b.width, b.stream);
    is_same_map(&b, "attention.out", b.width, b.stream, b.width, b.value);
    is_same_map(&b, "ffn.hidden", b.hidden, b.units, b.width, b.stream);
    is_same_map(&b, "ffn.project", b.width, b.stream, b.hidden, b.units);
    is_same(&b, "norm1.weight", b.width, b.stream, 1, NULL);
    is_same(&b, "norm1.bias", b.width, b.stream, 1, NULL);
    is_same(&b, "norm2.weight", b.width, b.stream, 1, NULL);
    is_same(&b, "norm2.bias", b.width, b.stream, 1, NULL);
    runs_the_same(&b);
    free(stream);
    nn_st_close(b.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_permuted_copy)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
