/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Positions and the cross-entropy beside plain loops in double; the published loss value; what the builders
 * refuse. */
#include "lib/kernels/kernels.h"
#include "lib/plan.h"
#include "tests/cmocka_all.h"
#include "tests/graph.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const int lengths[4] = {3, 1, 40, 7};

typedef struct form {
    int tokens, width, column;
    bool ragged, timed;
} form;

static void build(graph *g, const void *config)
{
    const form *f = config;
    nn_tensor *x = f->ragged ? graph_ragged(g, FILL_UNIFORM, lengths, 4, f->width)
                             : graph_input3(g, FILL_UNIFORM, f->tokens, f->width);
    nn_tensor *times = !f->timed   ? NULL
                       : f->ragged ? x
                                   : graph_plain_input(g, FILL_UNIFORM, 2, (int[]){f->tokens, 3});
    graph_output(g, nn_position(g->plan, x, times, f->column, 3));
}

static double sinusoid(double p, int column, int d)
{
    double phase = p / pow(10000, (double)(column / 2 * 2) / d);
    return column % 2 ? cos(phase) : sin(phase);
}

static void check(const form *f, double scale)
{
    nn_params *params = nn_params_new();
    graph g;
    graph_data data;
    assert_non_null(params);
    graph_make(&g, params, 4, false, build, f);
    graph_data_draw(&data, &g, 7);
    for (int p = 0; p < data.count; p++)
        for (size_t i = 0; i < data.sizes[p]; i++)
            data.values[p][i] *= (nn_real)scale;
    nn_run run = {.params = params->data, .loss_scale = 1};
    graph_load(&g, &data, 0, 4, &run);
    nn_plan_forward(g.plan, &run);
    int d = f->width, row = 0;
    for (int s = 0; s < 4; s++)
        for (int t = 0; t < (f->ragged ? lengths[s] : f->tokens); t++, row++)
            for (int c = 0; c < d; c++) {
                double p = !f->timed   ? t
                           : f->ragged ? 3 * (double)data.values[0][row * d + f->column]
                                       : 3 * (double)data.values[1][row * 3 + f->column];
                double want = (double)data.values[0][row * d + c] + sinusoid(p, c, d);
                assert_true(fabs((double)g.outputs[0]->data[row * d + c] - want) <= 2e-5 * (1 + scale));
            }
    graph_data_clear(&data);
    graph_clear(&g);
    nn_params_free(params);
}

static void test_position(void **state)
{
    (void)state;
    static const form table[] = {
        {.tokens = 1, .width = 1},    {.tokens = 102, .width = 32},
        {.tokens = 9, .width = 7},    {.tokens = 9, .width = 8, .timed = true, .column = 1},
        {.width = 6, .ragged = true}, {.width = 5, .ragged = true, .timed = true, .column = 4},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        check(&table[i], 1);
        check(&table[i], 30); /* times of several turns */
    }
}

/* Each class's mean of -ln p, over all classes: 1/C sum_c 1/N_c sum_i, as weights B/N_c in the target and the
 * factor 1/(B C). The reference is a published unit test: p of the true class 0.9, 0.9 (class 0), 0.9 (1). */
static void test_published_value(void **state)
{
    (void)state;
    const double p[3][3] = {{0.9, 0.04, 0.06}, {0.9, 0.07, 0.03}, {0.02, 0.9, 0.08}};
    const int label[3] = {0, 0, 1}, count[3] = {2, 1, 0};
    nn_real logits[9], target[9] = {0}, gradient[9] = {0};
    for (int i = 0; i < 9; i++)
        logits[i] = (nn_real)(log(p[i / 3][i % 3]) + i / 3);
    for (int i = 0; i < 3; i++)
        target[3 * i + label[i]] = (nn_real)3 / (nn_real)count[label[i]];
    bool exact = sizeof(nn_real) == sizeof(double); /* the published value is of single precision */
    double loss = nn_cross_entropy_forward(logits, target, 3, 3) / 9;
    assert_true(fabs(loss - 0.07024034167855889) < (exact ? 3e-9 : 1e-7));
    assert_true(fabs(loss + 2 * log(0.9) / 3) < (exact ? 1e-14 : 1e-7));
    nn_cross_entropy_backward(gradient, logits, target, 1.0 / 9, 3, 3);
    for (int i = 0; i < 3; i++)
        for (int c = 0; c < 3; c++) {
            double weight = 3.0 / count[label[i]] / 9;
            assert_true(fabs((double)gradient[3 * i + c] - weight * (p[i][c] - (c == label[i]))) < 1e-6);
        }
}

/* Logits of a thousand give no infinity, and a class that is sure gives no NaN. */
static void test_extremes(void **state)
{
    (void)state;
    const nn_real logits[4] = {1000, -1000, 0, 1000}, target[4] = {0, 2, 0, NAN};
    nn_real gradient[4] = {0};
    assert_true(fabs(nn_cross_entropy_forward(logits, target, 1, 4) - 2 * (2000 + log(2))) < 1e-3);
    nn_cross_entropy_backward(gradient, logits, target, 1, 1, 4);
    assert_true(fabs((double)gradient[0] - 1) < 1e-6 && fabs((double)gradient[1] + 2) < 1e-6);
    assert_true(gradient[2] == 0 && fabs((double)gradient[3] - 1) < 1e-6);
}

static void refuses(bool flat, int times_tokens, int column, const char *says)
{
    nn_error error = {0};
    nn_params *params = nn_params_new();
    assert_non_null(params);
    nn_plan *p = nn_plan_new(params, 2, true);
    assert_non_null(p);
    nn_tensor *x = flat ? nn_input(p, 1, (int[]){5}) : nn_input(p, 2, (int[]){4, 5});
    nn_tensor *times = times_tokens ? nn_input(p, 2, (int[]){times_tokens, 2}) : NULL;
    assert_null(nn_position(p, x, times, column, 1));
    assert_int_not_equal(nn_plan_check(p, &error), NN_OK);
    if (!strstr(error.text, says))
        fail_msg("'%s' does not say '%s'", error.text, says);
    nn_plan_free(p);
    nn_params_free(params);
}

static void test_refusals(void **state)
{
    (void)state;
    refuses(true, 0, 0, "(2,5) is no (B,T,d)");
    refuses(false, 3, 0, "(2,3,2) has no column 0 of times for each token of (2,4,5)");
    refuses(false, 4, 2, "no column 2");
    refuses(false, 4, -1, "no column -1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_position),
                                       cmocka_unit_test(test_published_value),
                                       cmocka_unit_test(test_extremes), cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
