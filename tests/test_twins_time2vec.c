/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time2Vec and linear maps in Keras' form beside plain loops in double; what the builder refuses; initial
 * values. */
#include "lib/plan.h"
#include "tests/cmocka_all.h"
#include "tests/graph.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct form {
    nn_time2vec_form form;
    int batch, used, tokens, width, averaged, waves;
    bool timed;
} form;

static void build(graph *g, const void *config)
{
    const form *f = config;
    nn_time2vec_options options = {.form = f->form, .averaged = f->averaged, .waves = f->waves, .bound = 3};
    nn_tensor *x = graph_input3(g, FILL_UNIFORM, f->tokens, f->width);
    if (f->timed)
        options.tau = graph_plain_input(g, FILL_UNIFORM, 2, (int[]){f->tokens, 1});
    graph_output(g, nn_time2vec(g->plan, "t2v", x, options));
}

static double weight(const nn_params *params, const char *name, int i)
{
    const nn_param *found = nn_params_find(params, name);
    assert_non_null(found);
    assert_true((size_t)i < found->count);
    return params->data[found->offset + (size_t)i];
}

/* Column c of the encoding at row t of a sample; x is its row of channels. */
static double twin(const form *f, const nn_params *w, const nn_real *x, double tau, int t, int c)
{
    bool value = f->form == NN_TIME2VEC_VALUE, feature = f->form == NN_TIME2VEC_FEATURE;
    if (feature) {
        int wave = c - f->width, channel = c < f->width ? c : wave / f->waves;
        return c < f->width
                   ? weight(w, "t2v.w_lin", c) * (double)x[c] + weight(w, "t2v.b_lin", c)
                   : sin(weight(w, "t2v.w_sin", wave) * (double)x[channel] + weight(w, "t2v.b_sin", wave));
    }
    if (c < f->width)
        return x[c];
    int m = f->averaged ? f->averaged : f->width;
    for (int j = 0; value && j < m; j++)
        tau += (double)x[j] / m;
    c -= f->width;
    int linear = value ? t : 0, wave = value ? t : c - 1;
    if (c == 0)
        return weight(w, "t2v.w_lin", linear) * tau + weight(w, "t2v.b_lin", linear);
    return value && c == 2 ? cos(weight(w, "t2v.w_cos", wave) * tau + weight(w, "t2v.b_cos", wave))
                           : sin(weight(w, "t2v.w_sin", wave) * tau + weight(w, "t2v.b_sin", wave));
}

static void compare(const form *f, const graph *g, const graph_data *data, const nn_params *params, int used)
{
    const nn_tensor *y = g->outputs[0];
    int columns = y->shape[2];
    for (int r = 0; r < used * f->tokens; r++)
        for (int c = 0; c < columns; c++) {
            int t = r % f->tokens;
            double tau = f->form != NN_TIME2VEC_TIME ? 0
                         : f->timed                  ? (double)data->values[1][r]
                                                     : (double)t / f->tokens;
            double want = twin(f, params, data->values[0] + (size_t)r * (size_t)f->width, tau, t, c);
            double got = y->data[(size_t)r * (size_t)columns + (size_t)c];
            if (!(fabs(got - want) <= 1e-5 + 1e-4 * fabs(want)))
                fail_msg("form %d, %d tokens, width %d, row %d, column %d: %.9g, the twin has %.9g", f->form,
                         f->tokens, f->width, r, c, got, want);
        }
}

static void check(const form *f, bool training, double scale)
{
    nn_params *params = nn_params_new();
    graph g;
    graph_data data;
    int used = f->used ? f->used : f->batch;
    assert_non_null(params);
    graph_make(&g, params, f->batch, training, build, f);
    graph_shake(params, 9);
    graph_data_draw(&data, &g, 2);
    for (int p = 0; p < data.count; p++)
        for (size_t i = 0; i < data.sizes[p]; i++)
            data.values[p][i] *= (nn_real)scale;
    nn_run run = {.params = params->data, .loss_scale = 1};
    graph_load(&g, &data, 0, used, &run);
    nn_plan_forward(g.plan, &run);
    compare(f, &g, &data, params, used);
    graph_data_clear(&data);
    graph_clear(&g);
    nn_params_free(params);
}

static void test_twins(void **state)
{
    (void)state;
    static const form table[] = {
        {NN_TIME2VEC_VALUE, .batch = 1, .tokens = 1, .width = 1},
        {NN_TIME2VEC_VALUE, .batch = 3, .used = 2, .tokens = 37, .width = 5, .averaged = 4},
        {NN_TIME2VEC_VALUE, .batch = 2, .tokens = 128, .width = 7},
        {NN_TIME2VEC_TIME, .batch = 3, .tokens = 17, .width = 3, .waves = 5},
        {NN_TIME2VEC_TIME, .batch = 3, .used = 1, .tokens = 33, .width = 1, .waves = 40, .timed = true},
        {NN_TIME2VEC_FEATURE, .batch = 1, .tokens = 1, .width = 1, .waves = 1},
        {NN_TIME2VEC_FEATURE, .batch = 3, .used = 2, .tokens = 19, .width = 21, .waves = 3},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (int training = 0; training < 2; training++) {
            check(&table[i], training, 1);
            check(&table[i], training, 6); /* several turns of the sine */
        }
}

/* --- Keras' form --- */

enum { IN = 5, OUT = 3, MAPS = 2 };

static void build_keras(graph *g, const void *config)
{
    (void)config;
    static const char *const names[] = {"a", "b"};
    graph_output(g, nn_linear_several(g->plan, names, MAPS, graph_input3(g, FILL_UNIFORM, 4, IN), OUT,
                                      (nn_linear_options){.as_keras = true, .glorot_bias = true}));
}

static void test_keras_linear(void **state)
{
    (void)state;
    nn_params *params = nn_params_new();
    graph g;
    graph_data data;
    assert_non_null(params);
    graph_make(&g, params, 3, false, build_keras, NULL);
    graph_data_draw(&data, &g, 3);
    nn_run run = {.params = params->data};
    graph_load(&g, &data, 0, 3, &run);
    nn_plan_forward(g.plan, &run);
    for (int r = 0; r < 3 * 4; r++)
        for (int c = 0; c < MAPS * OUT; c++) {
            const char *map = c < OUT ? "a" : "b";
            char kernel[16], bias[16];
            snprintf(kernel, sizeof kernel, "%s.kernel", map);
            snprintf(bias, sizeof bias, "%s.bias", map);
            double want = weight(params, bias, c % OUT);
            for (int i = 0; i < IN; i++)
                want += (double)data.values[0][r * IN + i] * weight(params, kernel, i * OUT + c % OUT);
            assert_true(fabs((double)g.outputs[0]->data[r * MAPS * OUT + c] - want) <= 1e-5);
        }
    graph_data_clear(&data);
    graph_clear(&g);
    nn_params_free(params);
}

/* --- initial values --- */

static void check_bound(const nn_params *params, const char *name, double bound)
{
    const nn_param *found = nn_params_find(params, name);
    double most = 0;
    assert_non_null(found);
    for (size_t i = 0; i < found->count; i++)
        most = fmax(most, fabs((double)params->data[found->offset + i]));
    if (!(most <= bound * 1.0000001 && most >= 0.9 * bound))
        fail_msg("%s reaches %g, not %g", name, most, bound);
}

static void test_initial_values(void **state)
{
    (void)state;
    nn_error error = {0};
    nn_params *params = nn_params_new();
    assert_non_null(params);
    nn_plan *p = nn_plan_new(params, 1, false);
    assert_non_null(p);
    nn_tensor *x = nn_input(p, 2, (int[]){200, 50});
    nn_time2vec(p, "value", x, (nn_time2vec_options){.averaged = 4});
    nn_time2vec(p, "waves", x, (nn_time2vec_options){.form = NN_TIME2VEC_FEATURE, .waves = 4, .bound = 2});
    nn_linear_with(p, "heads", x, 96,
                   (nn_linear_options){.as_keras = true, .glorot_bias = true, .units = 24});
    nn_linear_with(p, "dense", x, 90, (nn_linear_options){.as_keras = true});
    assert_int_equal(nn_plan_check(p, &error), NN_OK);
    assert_int_equal(nn_params_allocate(params, 5, &error), NN_OK);
    check_bound(params, "value.w_lin", 0.05);
    check_bound(params, "value.w_sin", 0.05);
    check_bound(params, "value.b_cos", 0.05);
    check_bound(params, "waves.w_sin", 2);
    check_bound(params, "waves.b_sin", 0.05);
    check_bound(params, "heads.kernel", sqrt(6.0 / (50 + 24)));
    check_bound(params, "heads.bias", sqrt(3.0 / 24));
    check_bound(params, "dense.kernel", sqrt(6.0 / (50 + 90)));
    for (int i = 0; i < 90; i++)
        assert_true(weight(params, "dense.bias", i) == 0);
    nn_plan_free(p);
    nn_params_free(params);
}

/* --- what the builder refuses --- */

static void refuses(nn_time2vec_options options, bool flat, int tau_tokens, const char *says)
{
    nn_error error = {0};
    nn_params *params = nn_params_new();
    assert_non_null(params);
    nn_plan *p = nn_plan_new(params, 2, true);
    assert_non_null(p);
    nn_tensor *x = flat ? nn_input(p, 1, (int[]){5}) : nn_input(p, 2, (int[]){7, 5});
    if (tau_tokens)
        options.tau = nn_input(p, 2, (int[]){tau_tokens, 1});
    assert_null(nn_time2vec(p, "t2v", x, options));
    assert_int_equal(nn_plan_check(p, &error), NN_USAGE);
    if (!strstr(error.text, says))
        fail_msg("%s", error.text);
    nn_plan_free(p);
    nn_params_free(params);
}

static void test_refusals(void **state)
{
    (void)state;
    refuses((nn_time2vec_options){.averaged = 6}, false, 0, "(2,7,5) has no 6 channels");
    refuses((nn_time2vec_options){.averaged = -1}, false, 0, "channels");
    refuses((nn_time2vec_options){0}, true, 0, "(2,5) is not (B,L,F)");
    refuses((nn_time2vec_options){.form = NN_TIME2VEC_TIME}, false, 0, "0 sines");
    refuses((nn_time2vec_options){.form = NN_TIME2VEC_TIME, .waves = 1}, false, 6, "not (B,L,1)");
    refuses((nn_time2vec_options){.form = NN_TIME2VEC_FEATURE, .waves = 2147483647}, false, 0,
            "out of range");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twins), cmocka_unit_test(test_keras_linear),
                                       cmocka_unit_test(test_initial_values),
                                       cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
