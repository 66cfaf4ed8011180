/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans: sticky errors, life times in the arena, ragged batches, symmetries; and the table of parameters. */
#include "lib/parts/block.h"
#include "tests/cmocka_all.h"
#include "tests/graph.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 3, LOOKBACK = 9, HORIZON = 4, VARIATES = 5, FEATURES = 2, WIDTH = 8 };

/* --- sticky errors --- */

static nn_tensor *dense(nn_plan *p, int tokens, int width)
{
    return nn_input(p, 2, (int[]){tokens, width});
}

static void wrong_residual(nn_plan *p)
{
    nn_residual(p, dense(p, 5, 7), dense(p, 5, 6), 0);
}

static void wrong_concat(nn_plan *p)
{
    nn_concat(p, dense(p, 5, 7), dense(p, 4, 6));
}

static void wrong_slice(nn_plan *p)
{
    nn_slice(p, dense(p, 5, 7), 3, 3);
}

static void wrong_transpose(nn_plan *p)
{
    nn_transpose(p, nn_input(p, 1, (int[]){7}));
}

static void wrong_reshape(nn_plan *p)
{
    nn_reshape(p, dense(p, 5, 7), 2, (int[]){4, 36});
}

static void wrong_attention(nn_plan *p)
{
    nn_attention(p, dense(p, 5, 7), dense(p, 6, 9), (nn_attention_options){.heads = 2, .width = 4});
}

static void wrong_bias(nn_plan *p)
{
    nn_tensor *x = dense(p, 5, 8);
    nn_attention(p, x, x, (nn_attention_options){.heads = 2, .width = 4, .bias = nn_constant(p, 5, 6)});
}

static void wrong_columns(nn_plan *p)
{
    nn_tensor *x = dense(p, 5, 8);
    nn_attention(p, x, x, (nn_attention_options){.heads = 2, .width = 4, .v_column = -1});
}

static void wrong_mixture(nn_plan *p)
{
    nn_tensor *x = dense(p, 5, 8), *r = nn_input_ragged(p, 20, 5, 8, false);
    nn_attention(p, x, r, (nn_attention_options){.heads = 2, .width = 4});
}

static void wrong_inverse(nn_plan *p)
{
    nn_tensor *stats = NULL;
    nn_instance_norm(p, dense(p, 5, 7), &stats);
    nn_instance_norm_inverse(p, dense(p, 4, 6), stats);
}

static void wrong_loss(nn_plan *p)
{
    nn_loss(p, NN_MSE, 0, dense(p, 5, 7), dense(p, 5, 6));
}

static void wrong_parameter(nn_plan *p)
{
    nn_linear(p, "tied", dense(p, 5, 7), 3);
    nn_linear(p, "tied", dense(p, 5, 6), 3);
}

static void wrong_width(nn_plan *p)
{
    nn_linear(p, "empty", dense(p, 5, 7), 0);
}

static void wrong_sample(nn_plan *p)
{
    dense(p, 100000, 20000);
}

static void wrong_count(nn_plan *p)
{
    nn_linear_several(p, (const char *[]){"many", "more"}, 2, dense(p, 5, 7), 2000000000,
                      (nn_linear_options){0});
}

static const struct {
    void (*build)(nn_plan *p);
    const char *words[4];
} mistakes[] = {
    {wrong_residual, {"residual", "(4,5,7)", "(4,5,6)"}},
    {wrong_concat, {"concat", "(4,5,7)", "(4,4,6)"}},
    {wrong_slice, {"slice", "(4,5,7)", "3"}},
    {wrong_transpose, {"transpose", "(4,7)"}},
    {wrong_reshape, {"reshape", "(4,5,7)"}},
    {wrong_attention, {"attention", "(4,5,7)", "(4,6,9)"}},
    {wrong_bias, {"attention", "(4,5,8)", "5 x 6"}},
    {wrong_columns, {"attention"}},
    {wrong_mixture, {"attention", "(4,5,8)", "(20,8)"}},
    {wrong_inverse, {"instance norm inverse", "(4,4,6)", "(4,2,7)"}},
    {wrong_loss, {"loss", "(4,5,7)", "(4,5,6)"}},
    {wrong_parameter, {"tied.weight"}},
    {wrong_width, {"empty"}},
    {wrong_sample, {"one sample"}},
    {wrong_count, {"many", "2000000000"}},
};

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        nn_params *params = nn_params_new();
        nn_plan *p = nn_plan_new(params, 4, true);
        mistakes[i].build(p);
        nn_tensor *after = dense(p, 2, 3);
        assert_null(after);
        assert_null(nn_linear(p, "after", after, 4));
        assert_null(nn_encoder_block(p, "block", after, NULL, &(nn_block){.heads = 1, .hidden = 2}));
        nn_loss(p, NN_MSE, 0, after, after);
        nn_plan_fail(p, "a later error");
        nn_error error = {0};
        assert_int_not_equal(nn_plan_compile(p, &error), NN_OK);
        for (int w = 0; mistakes[i].words[w]; w++)
            if (!strstr(error.text, mistakes[i].words[w]))
                fail_msg("mistake %zu: '%s' is not in '%s'", i, mistakes[i].words[w], error.text);
        nn_plan_free(p);
        nn_params_free(params);
    }
}

static void test_missing_input(void **state)
{
    (void)state;
    nn_params *params = nn_params_new();
    nn_plan *p = nn_plan_new(params, 2, false);
    assert_null(nn_layer_norm(p, "norm", NULL, 1e-5));
    nn_error error = {0};
    assert_int_not_equal(nn_plan_compile(p, &error), NN_OK);
    assert_non_null(strstr(error.text, "norm"));
    nn_plan_free(p);
    nn_params_free(params);
}

/* --- a whole model --- */

static nn_block small_block(double dropout)
{
    return (nn_block){.heads = 2, .hidden = 6, .activation = NN_GELU, .dropout = dropout};
}

static void build_inverted(graph *g, const void *config)
{
    double dropout = config ? *(const double *)config : 0;
    nn_plan *p = g->plan;
    nn_tensor *stats = NULL, *x = graph_input3(g, FILL_UNIFORM, LOOKBACK, VARIATES);
    nn_tensor *marks = graph_plain_input(g, FILL_UNIFORM, 2, (int[]){LOOKBACK, FEATURES});
    nn_tensor *target = graph_plain_input(g, FILL_HOLES, 2, (int[]){HORIZON, VARIATES});
    nn_tensor *h = nn_transpose(p, nn_instance_norm(p, x, &stats));
    h = nn_dropout(p, nn_linear(p, "embed", nn_concat(p, h, nn_transpose(p, marks)), WIDTH), dropout);
    nn_block block = small_block(dropout);
    for (int i = 0; i < 3; i++) {
        block.layout.kind = i == 1 ? &nn_layout_pre.part : &nn_layout_post.part;
        h = nn_encoder_block(p, nn_name(p, "layer%d", i), h, NULL, &block);
    }
    h = nn_slice(p, nn_linear(p, "head", nn_layer_norm(p, "norm", h, 1e-5), HORIZON), 0, VARIATES);
    h = nn_instance_norm_inverse(p, nn_transpose(p, h), stats);
    graph_output(g, h);
    graph_loss(g, NN_MSE, 0, h, target);
}

static void fill_ports(const graph *g, double value)
{
    for (int p = 0; p < g->port_count; p++) {
        nn_tensor *x = g->ports[p].tensor;
        for (int i = 0; i < x->shape[0] * x->shape[1] * x->shape[2]; i++)
            x->data[i] = (nn_real)value;
    }
}

/* Runs a model over data; before that, when asked, over NaN, which leaves NaN in every buffer of the arena.
 */
static void run_model(const graph *g, const graph_data *data, nn_params *params, int used, bool poison,
                      nn_real *grads, double *loss)
{
    nn_run run = {.params = params->data, .seed = 1, .step = 2, .loss_scale = 0.1, .batch = BATCH};
    nn_real *rubbish = calloc(params->size, sizeof *rubbish);
    assert_non_null(rubbish);
    if (poison) {
        fill_ports(g, NAN);
        run.grads = rubbish;
        nn_plan_forward(g->plan, &run);
        if (grads)
            nn_plan_backward(g->plan, &run);
    }
    free(rubbish);
    graph_load(g, data, 0, used, &run);
    run.grads = grads;
    run.loss = 0;
    nn_plan_forward(g->plan, &run);
    if (grads)
        nn_plan_backward(g->plan, &run);
    *loss = run.loss;
}

static void test_life_times(void **state)
{
    (void)state;
    for (int dropout = 0; dropout < 2; dropout++)
        for (int used = 1; used <= BATCH; used++) {
            double rate = 0.2 * dropout, fresh_loss, again_loss;
            nn_params *params = nn_params_new();
            graph fresh, again;
            graph_data data;
            graph_make(&fresh, params, BATCH, true, build_inverted, &rate);
            graph_make(&again, params, BATCH, true, build_inverted, &rate);
            graph_data_draw(&data, &fresh, 3);
            nn_real *grads = calloc(2 * params->size, sizeof *grads);
            assert_non_null(grads);
            run_model(&fresh, &data, params, used, false, grads, &fresh_loss);
            run_model(&again, &data, params, used, true, grads + params->size, &again_loss);
            assert_true(fresh_loss == again_loss && fresh_loss > 0);
            assert_memory_equal(grads, grads + params->size, params->size * sizeof *grads);
            assert_memory_equal(fresh.outputs[0]->data, again.outputs[0]->data,
                                (size_t)used * HORIZON * VARIATES * sizeof *grads);
            free(grads);
            graph_data_clear(&data);
            graph_clear(&fresh);
            graph_clear(&again);
            nn_params_free(params);
        }
}

/* A network of narrow layers: what is joined, and what takes the place of its input. */
static void build_narrow(graph *g, const void *config)
{
    nn_plan *p = g->plan;
    nn_tensor *x = graph_input3(g, FILL_AWAY, LOOKBACK, VARIATES), *h = nn_linear(p, "embed", x, WIDTH);
    if (*(const bool *)config)
        nn_plan_keep_all(p);
    for (int i = 0; i < 2; i++) {
        nn_tensor *wide = nn_activation(p, nn_linear(p, nn_name(p, "wide%d", i), h, 9), NN_RELU, i * 0.3);
        nn_tensor *back = nn_linear_with(p, nn_name(p, "back%d", i), wide, WIDTH,
                                         (nn_linear_options){.no_bias = i == 0, .as_keras = i == 1});
        /* The map is the other one of the sum; then a sum whose map two see stays as it is. */
        h = nn_layer_norm(p, NULL, i ? nn_residual(p, back, h, 0) : nn_residual(p, h, back, 0), 1e-5);
        nn_tensor *seen = nn_linear(p, nn_name(p, "seen%d", i), h, WIDTH);
        h = nn_dropout(p, nn_residual(p, nn_residual(p, h, seen, 0), seen, 0), i * 0.2);
    }
    h = nn_residual(p, h, h, 0);
    graph_output(g, h);
    graph_loss(g, NN_MSE, 0, nn_linear(p, "head", h, 1),
               graph_plain_input(g, FILL_UNIFORM, 2, (int[]){LOOKBACK, 1}));
}

static void test_joined(void **state)
{
    (void)state;
    const double slack = 64 * (sizeof(nn_real) == 4 ? FLT_EPSILON : DBL_EPSILON);
    const bool no = false, all = true;
    double joined_loss, loss;
    nn_params *params = nn_params_new();
    graph joined, apart;
    graph_data data;
    graph_make(&apart, params, BATCH, true, build_narrow, &all);
    graph_make(&joined, params, BATCH, true, build_narrow, &no);
    graph_data_draw(&data, &joined, 4);
    nn_real *grads = calloc(2 * params->size, sizeof *grads), *more = grads + params->size;
    assert_non_null(grads);
    run_model(&joined, &data, params, BATCH, true, grads, &joined_loss);
    run_model(&apart, &data, params, BATCH, true, more, &loss);
    assert_true(fabs(joined_loss - loss) <= slack * loss);
    double most = 0;
    for (size_t i = 0; i < params->size; i++)
        most = fmax(most, fabs((double)more[i]));
    assert_true(most > 0);
    for (size_t i = 0; i < params->size; i++)
        assert_true(fabs((double)(grads[i] - more[i])) <= slack * most);
    const nn_tensor *a = joined.ports[0].tensor, *b = apart.ports[0].tensor;
    for (int i = 0; i < BATCH * LOOKBACK * VARIATES; i++)
        assert_true(fabs((double)(a->grad[i] - b->grad[i])) <= slack * most);
    assert_true(nn_plan_bytes(joined.plan) < nn_plan_bytes(apart.plan) * 3 / 4);
    free(grads);
    graph_data_clear(&data);
    graph_clear(&joined);
    graph_clear(&apart);
    nn_params_free(params);
}

/* A plan that trains joins operations, whose sums are then in another order. */
static void test_inference_equals_training(void **state)
{
    (void)state;
    const double slack = 16 * (sizeof(nn_real) == 4 ? FLT_EPSILON : DBL_EPSILON);
    double rate = 0.5, none = 0, training_loss, inference_loss;
    nn_params *params = nn_params_new();
    graph training, inference;
    graph_data data;
    graph_make(&training, params, BATCH, true, build_inverted, &none);
    graph_make(&inference, params, BATCH, false, build_inverted, &rate);
    graph_data_draw(&data, &training, 4);
    run_model(&training, &data, params, BATCH, false, NULL, &training_loss);
    run_model(&inference, &data, params, BATCH, true, NULL, &inference_loss);
    assert_true(fabs(training_loss - inference_loss) <= slack * inference_loss);
    for (int i = 0; i < BATCH * HORIZON * VARIATES; i++)
        assert_true(fabs((double)(training.outputs[0]->data[i] - inference.outputs[0]->data[i])) <=
                    slack * (1 + fabs((double)inference.outputs[0]->data[i])));
    assert_true(nn_plan_training(training.plan) && !nn_plan_training(inference.plan));
    assert_int_equal(nn_plan_batch(training.plan), BATCH);
    assert_true(nn_plan_bytes(inference.plan) < nn_plan_bytes(training.plan));
    assert_null(inference.ports[0].tensor->grad);
    assert_null(training.ports[1].tensor->grad);
    graph_data_clear(&data);
    graph_clear(&training);
    graph_clear(&inference);
    nn_params_free(params);
}

static void test_report(void **state)
{
    (void)state;
    nn_params *params = nn_params_new();
    nn_plan *p = nn_plan_new(params, 4, false);
    nn_error error = {0};
    nn_keep(p, nn_linear(p, "embed", dense(p, 5, 7), 3));
    assert_int_equal(nn_plan_compile(p, &error), NN_OK);
    assert_true(nn_plan_macs(p) == 4 * 5 * 7 * 3);
    assert_true(nn_plan_bytes(p) >= (4 * 5 * 7 + 4 * 5 * 3) * sizeof(nn_real));
    char *report = nn_plan_report(p);
    assert_non_null(report);
    assert_non_null(strstr(report, "linear"));
    assert_non_null(strstr(report, "(4,5,3)"));
    free(report);
    nn_plan_free(p);
    nn_params_free(params);
}

/* --- symmetries --- */

static void build_encoder(graph *g, const void *config)
{
    const int *tokens = config;
    nn_block block = small_block(0);
    nn_tensor *x = graph_input3(g, FILL_UNIFORM, *tokens, WIDTH);
    graph_output(g, nn_encoder_block(g->plan, "block", x, NULL, &block));
}

static const int lengths[4] = {1, 2, 5, 9};

static void build_ragged(graph *g, const void *config)
{
    (void)config;
    nn_block block = small_block(0);
    nn_tensor *x = graph_ragged(g, FILL_UNIFORM, lengths, 4, WIDTH);
    x = nn_encoder_block(g->plan, "block", x, NULL, &block);
    graph_output(g, x);
    graph_output(g, nn_mean_pool(g->plan, x));
}

static void near(const nn_real *a, const nn_real *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_true(fabs((double)(a[i] - b[i])) <= 1e-5 + 1e-4 * fabs((double)b[i]));
}

static void test_permutation(void **state)
{
    (void)state;
    int tokens = 11;
    nn_params *params = nn_params_new();
    graph g;
    graph_data data;
    graph_make(&g, params, 1, false, build_encoder, &tokens);
    graph_data_draw(&data, &g, 5);
    nn_run run = {.params = params->data, .loss_scale = 1};
    nn_real straight[11 * WIDTH], *values = data.values[0], shuffled[11 * WIDTH];
    graph_load(&g, &data, 0, 1, &run);
    nn_plan_forward(g.plan, &run);
    memcpy(straight, g.outputs[0]->data, sizeof straight);
    memcpy(shuffled, values, sizeof shuffled);
    for (int t = 0; t < tokens; t++)
        memcpy(values + (t * 4 + 3) % tokens * WIDTH, shuffled + t * WIDTH, WIDTH * sizeof *values);
    graph_load(&g, &data, 0, 1, &run);
    nn_plan_forward(g.plan, &run);
    for (int t = 0; t < tokens; t++)
        near(g.outputs[0]->data + (t * 4 + 3) % tokens * WIDTH, straight + t * WIDTH, WIDTH);
    graph_data_clear(&data);
    graph_clear(&g);
    nn_params_free(params);
}

/* Each sequence alone, in a dense plan of its own. */
static void test_ragged(void **state)
{
    (void)state;
    nn_params *params = nn_params_new();
    graph all;
    graph_data data;
    graph_make(&all, params, 4, false, build_ragged, NULL);
    graph_data_draw(&data, &all, 6);
    nn_run run = {.params = params->data, .loss_scale = 1};
    graph_load(&all, &data, 0, 4, &run);
    nn_plan_forward(all.plan, &run);
    for (int s = 0, first = 0; s < 4; first += lengths[s++]) {
        graph one;
        graph_make(&one, params, 1, false, build_encoder, &lengths[s]);
        size_t count = (size_t)lengths[s] * WIDTH;
        nn_run single = {.params = params->data, .loss_scale = 1, .batch = 1};
        memcpy(one.ports[0].tensor->data, data.values[0] + first * WIDTH, count * sizeof(nn_real));
        nn_plan_forward(one.plan, &single);
        near(all.outputs[0]->data + first * WIDTH, one.outputs[0]->data, count);
        for (int c = 0; c < WIDTH; c++) {
            double mean = 0;
            for (int t = 0; t < lengths[s]; t++)
                mean += one.outputs[0]->data[t * WIDTH + c] / (double)lengths[s];
            assert_true(fabs(all.outputs[1]->data[s * WIDTH + c] - mean) < 1e-5);
        }
        graph_clear(&one);
    }
    graph_data_clear(&data);
    graph_clear(&all);
    nn_params_free(params);
}

/* --- attention weights --- */

enum { TOKENS = VARIATES + FEATURES };

static void check_weights(const graph *g, const nn_run *run, int n, int sample, int head)
{
    nn_real weights[TOKENS * TOKENS];
    nn_tensor *y = nn_plan_attention(g->plan, n);
    assert_non_null(y);
    assert_true(nn_attention_weights(g->plan, y, run, sample, head, weights));
    for (int i = 0; i < TOKENS; i++) {
        double sum = 0;
        for (int j = 0; j < TOKENS; j++) {
            assert_true(weights[i * TOKENS + j] > 0);
            sum += weights[i * TOKENS + j];
        }
        assert_true(fabs(sum - 1) < 1e-5);
    }
}

/* An inference plan gives the same weights when it was told to keep all, and none otherwise. */
static void test_attention_weights_kept(void **state)
{
    (void)state;
    nn_params *params = nn_params_new();
    nn_real weights[2][TOKENS * TOKENS];
    for (int kind = 0; kind < 3; kind++) {
        nn_error error = {0};
        nn_plan *p = nn_plan_new(params, 1, kind == 0);
        nn_tensor *x = dense(p, TOKENS, WIDTH), *h = x;
        nn_block block = small_block(0);
        for (int i = 0; i < 3; i++)
            h = nn_encoder_block(p, nn_name(p, "layer%d", i), h, NULL, &block);
        if (kind == 1)
            nn_plan_keep_all(p);
        nn_keep(p, h);
        assert_int_equal(nn_plan_compile(p, &error), NN_OK);
        assert_true(params->data || nn_params_allocate(params, 1, &error) == NN_OK);
        for (int i = 0; i < TOKENS * WIDTH; i++)
            x->data[i] = (nn_real)graph_uniform(8, (size_t)i);
        nn_run run = {.params = params->data, .batch = 1};
        nn_plan_forward(p, &run);
        nn_tensor *first = nn_plan_attention(p, 0);
        assert_int_equal(nn_attention_weights(p, first, &run, 0, 1, weights[kind % 2]), kind < 2);
        nn_plan_free(p);
    }
    assert_memory_equal(weights[0], weights[1], sizeof weights[0]);
    nn_params_free(params);
}

/* Read between the passes, the weights leave the backward pass as it was. */
static void test_attention_weights(void **state)
{
    (void)state;
    double rate = 0.3, loss;
    nn_params *params = nn_params_new();
    graph g;
    graph_data data;
    graph_make(&g, params, BATCH, true, build_inverted, &rate);
    graph_data_draw(&data, &g, 3);
    nn_real *grads = calloc(2 * params->size, sizeof *grads);
    assert_non_null(grads);
    run_model(&g, &data, params, BATCH, false, grads, &loss);
    run_model(&g, &data, params, BATCH, false, NULL, &loss);
    nn_run run = {.params = params->data,
                  .grads = grads + params->size,
                  .batch = BATCH,
                  .seed = 1,
                  .step = 2,
                  .loss_scale = 0.1};
    for (int i = 0; i < 3 * BATCH * 2; i++)
        check_weights(&g, &run, i % 3, i / 3 % BATCH, i / 3 / BATCH);
    nn_plan_backward(g.plan, &run);
    assert_memory_equal(grads, grads + params->size, params->size * sizeof *grads);
    nn_real weights[TOKENS * TOKENS];
    assert_null(nn_plan_attention(g.plan, 3));
    assert_false(nn_attention_weights(g.plan, g.outputs[0], &run, 0, 0, weights));
    assert_false(nn_attention_weights(g.plan, nn_plan_attention(g.plan, 0), &run, BATCH, 0, weights));
    assert_false(nn_attention_weights(g.plan, nn_plan_attention(g.plan, 0), &run, 0, 2, weights));
    free(grads);
    graph_data_clear(&data);
    graph_clear(&g);
    nn_params_free(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_missing_input),
        cmocka_unit_test(test_life_times),
        cmocka_unit_test(test_joined),
        cmocka_unit_test(test_inference_equals_training),
        cmocka_unit_test(test_report),
        cmocka_unit_test(test_permutation),
        cmocka_unit_test(test_ragged),
        cmocka_unit_test(test_attention_weights),
        cmocka_unit_test(test_attention_weights_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
