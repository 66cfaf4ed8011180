/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The masks of dropout: their rate, their independence, and the same mask in forward and backward passes. */
#include "tests/cmocka_all.h"
#include "tests/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 8, TOKENS = 64, WIDTH = 48, COUNT = BATCH * TOKENS * WIDTH };
static const double RATE = 0.3;

static bool is_kept(double value)
{
    return fabs(value - 1 / (1 - RATE)) < 1e-6;
}

/* Every value is 0 or 1/(1-rate), and the share of kept ones is 1-rate within 4 sigma. */
static void check_rate(const unsigned char *kept, size_t count)
{
    double sum = 0, n = (double)count;
    for (size_t i = 0; i < count; i++)
        sum += kept[i];
    assert_true(fabs(sum / n - (1 - RATE)) < 4 * sqrt(RATE * (1 - RATE) / n));
}

/* Correlation of two masks of count elements: 0 within 4 / sqrt(count). */
static void check_independent(const unsigned char *a, const unsigned char *b, size_t count)
{
    double sum = 0, n = (double)count;
    for (size_t i = 0; i < count; i++)
        sum += (a[i] - (1 - RATE)) * (b[i] - (1 - RATE));
    assert_true(fabs(sum / n / (RATE * (1 - RATE))) < 4 / sqrt(n));
}

static void read_mask(const nn_real *y, double unit, unsigned char *kept, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(y[i] == 0 || is_kept(y[i] * unit));
        kept[i] = y[i] != 0;
    }
}

static void check_within(const unsigned char *kept, size_t count, size_t row)
{
    check_rate(kept, count);
    check_independent(kept, kept + 1, count - 1);
    check_independent(kept, kept + 2, count - 2);
    check_independent(kept, kept + row, count - row);
    check_independent(kept, kept + 2 * row, count - 2 * row);
}

/* Three operations with dropout; a residual of zero plus ones shows its mask, relu of ones too. */
static void build_masks(graph *g, const void *config)
{
    (void)config;
    nn_tensor *ones = graph_input3(g, FILL_ONE, TOKENS, WIDTH),
              *zeros = graph_input3(g, FILL_ZERO, TOKENS, WIDTH);
    graph_output(g, nn_dropout(g->plan, ones, RATE));
    graph_output(g, nn_dropout(g->plan, ones, RATE));
    graph_output(g, nn_activation(g->plan, ones, NN_RELU, RATE));
    graph_output(g, nn_residual(g->plan, zeros, ones, RATE));
}

enum { OPS = 4, RUNS = 4 };

static unsigned char *new_masks(void)
{
    unsigned char *masks = malloc((size_t)OPS * RUNS * COUNT);
    assert_non_null(masks);
    return masks;
}

static void test_pointwise(void **state)
{
    (void)state;
    nn_params *params = nn_params_new();
    graph g;
    graph_data data;
    graph_make(&g, params, BATCH, true, build_masks, NULL);
    graph_data_draw(&data, &g, 1);
    unsigned char *masks = new_masks();
    static const struct {
        uint64_t seed, step;
    } runs[RUNS] = {{1, 1}, {1, 2}, {2, 1}, {2, 2}};
    for (int r = 0; r < RUNS; r++) {
        nn_run run = {.params = params->data, .seed = runs[r].seed, .step = runs[r].step, .loss_scale = 1};
        graph_load(&g, &data, 0, BATCH, &run);
        nn_plan_forward(g.plan, &run);
        for (int o = 0; o < OPS; o++)
            read_mask(g.outputs[o]->data, 1, masks + (r * OPS + o) * (size_t)COUNT, COUNT);
    }
    for (int a = 0; a < OPS * RUNS; a++) {
        check_within(masks + a * (size_t)COUNT, COUNT, WIDTH);
        for (int b = 0; b < a; b++) {
            check_independent(masks + a * (size_t)COUNT, masks + b * (size_t)COUNT, COUNT);
            check_independent(masks + a * (size_t)COUNT + 1, masks + b * (size_t)COUNT, COUNT - 1);
            check_independent(masks + a * (size_t)COUNT + WIDTH, masks + b * (size_t)COUNT, COUNT - WIDTH);
        }
    }
    free(masks);
    graph_data_clear(&data);
    graph_clear(&g);
    nn_params_free(params);
}

/* --- attention --- */

typedef struct shape {
    int batch, tokens, heads;
} shape;

/* Queries and keys of zero give equal weights 1/N; values that are unit vectors then show the weights' mask.
 */
static void build_attention_mask(graph *g, const void *config)
{
    const shape *s = config;
    int inner = s->heads * s->tokens;
    nn_tensor *q = graph_input3(g, FILL_ZERO, s->tokens, inner);
    nn_tensor *kv = graph_input3(g, FILL_ZERO, s->tokens, 2 * inner);
    graph_output(
        g, nn_attention(g->plan, q, kv,
                        (nn_attention_options){
                            .heads = s->heads, .width = s->tokens, .v_column = inner, .dropout = RATE}));
}

static void unit_values(nn_real *kv, const shape *s)
{
    size_t inner = (size_t)s->heads * s->tokens;
    for (int r = 0; r < s->batch * s->tokens; r++)
        for (int h = 0; h < s->heads; h++)
            kv[(size_t)r * 2 * inner + inner + (size_t)h * s->tokens + r % s->tokens] = 1;
}

/* With a seed gradient of ones, the gradient of a value's own column is the column sum of the weights in use.
 */
static void check_backward(const graph *g, const shape *s, nn_run *run)
{
    const nn_tensor *y = g->outputs[0], *kv = g->ports[1].tensor;
    size_t inner = (size_t)s->heads * s->tokens, used = graph_used(g, y, run);
    for (size_t i = 0; i < used; i++)
        y->grad[i] = 1;
    nn_plan_backward(g->plan, run);
    for (int b = 0; b < s->batch; b++)
        for (size_t c = 0; c < inner; c++) {
            double sum = 0;
            for (int i = 0; i < s->tokens; i++)
                sum += y->data[((size_t)b * s->tokens + i) * inner + c];
            size_t row = (size_t)b * s->tokens + c % s->tokens;
            assert_true(fabs(kv->grad[row * 2 * inner + inner + c] - sum) < 1e-4);
        }
}

static void check_attention(const shape *s)
{
    nn_params *params = nn_params_new();
    graph g;
    graph_data data;
    graph_make(&g, params, s->batch, true, build_attention_mask, s);
    graph_data_draw(&data, &g, 1);
    unit_values(data.values[1], s);
    size_t count = (size_t)s->batch * s->tokens * s->heads * s->tokens;
    unsigned char *masks = malloc(2 * count);
    assert_non_null(masks);
    for (int r = 0; r < 2; r++) {
        nn_run run = {
            .params = params->data, .grads = params->data, .seed = 3, .step = (uint64_t)r, .loss_scale = 1};
        graph_load(&g, &data, 0, s->batch, &run);
        nn_plan_forward(g.plan, &run);
        read_mask(g.outputs[0]->data, s->tokens, masks + r * count, count);
        check_within(masks + r * count, count, (size_t)s->heads * s->tokens);
        check_independent(masks + r * count, masks + r * count + s->tokens, count - s->tokens);
        check_backward(&g, s, &run);
    }
    check_independent(masks, masks + count, count);
    free(masks);
    graph_data_clear(&data);
    graph_clear(&g);
    nn_params_free(params);
}

static void test_attention(void **state)
{
    (void)state;
    check_attention(&(shape){.batch = 8, .tokens = 24, .heads = 4});
    check_attention(&(shape){.batch = 3, .tokens = 70, .heads = 2});
    check_attention(&(shape){.batch = 2, .tokens = 300, .heads = 2});
}

/* --- inference --- */

static void test_inference(void **state)
{
    (void)state;
    nn_params *params = nn_params_new();
    nn_plan *plan = nn_plan_new(params, 2, false);
    nn_tensor *x = nn_input(plan, 2, (int[]){3, 4});
    assert_ptr_equal(nn_dropout(plan, x, RATE), x);
    nn_plan_free(plan);
    nn_params_free(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pointwise), cmocka_unit_test(test_attention),
                                       cmocka_unit_test(test_inference)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
