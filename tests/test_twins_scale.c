/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations between time scales and on grids beside plain loops in double; what their builders refuse. */
#include "lib/plan.h"
#include "tests/cmocka_all.h"
#include "tests/graph.h"

#include <math.h>
#include <string.h>

enum { B = 3, S = 4, T = 6, D = 5, K = 3, OUT = 7 };

static void build(graph *g, const void *config)
{
    (void)config;
    nn_tensor *x = graph_input(g, FILL_UNIFORM, 3, (int[]){S, T, D});
    nn_tensor *each = graph_input(g, FILL_UNIFORM, 2, (int[]){T, D});
    nn_tensor *constant = graph_constant(g, FILL_UNIFORM, T, D);
    x = nn_reshape(g->plan, x, 3, (int[]){B * S, T, D});
    graph_output(g, nn_average_pool(g->plan, x, K));
    graph_output(g, nn_upsample(g->plan, "up", x, OUT, K));
    nn_tensor *sum = nn_add_repeated(g->plan, nn_add_repeated(g->plan, x, each), constant);
    graph_output(g, nn_add_embedding(g->plan, "place", sum));
    graph_output(g, nn_linear_each(g->plan, "each",
                                   nn_concat_columns(g->plan, nn_regroup(g->plan, nn_regroup(g->plan, x)), x),
                                   OUT));
}

static double x_at(const graph_data *d, int row, int t, int c)
{
    return (double)d->values[0][(row * T + t) * D + c];
}

static void compare(const char *what, double got, double want)
{
    if (!(fabs(got - want) <= 1e-5 + 1e-4 * fabs(want)))
        fail_msg("%s: %.9g, the twin has %.9g", what, got, want);
}

static void check_pool_and_upsample(const graph *g, const graph_data *d, const nn_params *p, int used)
{
    const nn_real *w = p->data + nn_params_find(p, "up.weight")->offset,
                  *b = p->data + nn_params_find(p, "up.bias")->offset;
    for (int r = 0; r < used * S; r++) {
        for (int t = 0; t < T / K; t++)
            for (int c = 0; c < D; c++) {
                double sum = 0;
                for (int k = 0; k < K; k++)
                    sum += x_at(d, r, t * K + k, c);
                compare("pool", (double)g->outputs[0]->data[(r * (T / K) + t) * D + c], sum / K);
            }
        for (int t = 0; t < T * K; t++)
            for (int o = 0; o < OUT; o++) {
                double sum = (double)b[o];
                for (int c = 0; c < D; c++)
                    sum += x_at(d, r, t / K, c) * (double)w[(c * OUT + o) * K + t % K];
                compare("upsample", (double)g->outputs[1]->data[(r * T * K + t) * OUT + o], sum);
            }
    }
}

static void check_grid(const graph *g, const graph_data *d, const nn_params *p, int used)
{
    const nn_real *w = p->data + nn_params_find(p, "place.weight")->offset;
    for (int r = 0; r < used * S; r++)
        for (int t = 0; t < T; t++)
            for (int c = 0; c < D; c++) {
                double sum = x_at(d, r, t, c) + (double)d->values[1][(r / S * T + t) * D + c] +
                             (double)d->values[2][t * D + c] + (double)w[t * D + c];
                compare("sum", (double)g->outputs[2]->data[(r * T + t) * D + c], sum);
            }
    /* Each row t by its own map of the row twice. */
    const nn_real *each = p->data + nn_params_find(p, "each.weight")->offset,
                  *bias = p->data + nn_params_find(p, "each.bias")->offset;
    for (int r = 0; r < used * S; r++)
        for (int t = 0; t < T; t++)
            for (int o = 0; o < OUT; o++) {
                double sum = (double)bias[t * OUT + o];
                for (int c = 0; c < 2 * D; c++)
                    sum += x_at(d, r, t, c % D) * (double)each[(t * OUT + o) * 2 * D + c];
                compare("each", (double)g->outputs[3]->data[(r * T + t) * OUT + o], sum);
            }
}

static void test_twins(void **state)
{
    (void)state;
    for (int used = 1; used <= B; used++) {
        nn_params *params = nn_params_new();
        graph g;
        graph_data data;
        nn_run run = {0};
        graph_make(&g, params, B, used == 2, build, NULL);
        graph_data_draw(&data, &g, 5);
        graph_load(&g, &data, 0, used, &run);
        run.params = params->data;
        nn_plan_forward(g.plan, &run);
        check_pool_and_upsample(&g, &data, params, used);
        check_grid(&g, &data, params, used);
        graph_data_clear(&data);
        graph_clear(&g);
        nn_params_free(params);
    }
}

/* Row i of station j lands at row j of time i. */
static void build_regroup(graph *g, const void *config)
{
    (void)config;
    nn_tensor *x = graph_input(g, FILL_UNIFORM, 3, (int[]){S, T, D});
    graph_output(g, nn_regroup(g->plan, nn_reshape(g->plan, x, 3, (int[]){B * S, T, D})));
}

static void test_regroup(void **state)
{
    (void)state;
    nn_params *params = nn_params_new();
    graph g;
    graph_data data;
    nn_run run = {0};
    graph_make(&g, params, B, false, build_regroup, NULL);
    assert_int_equal(g.outputs[0]->shape[0], B * T);
    assert_int_equal(g.outputs[0]->shape[1], S);
    graph_data_draw(&data, &g, 6);
    graph_load(&g, &data, 0, B, &run);
    run.params = params->data;
    nn_plan_forward(g.plan, &run);
    for (int b = 0; b < B; b++)
        for (int t = 0; t < T; t++)
            for (int s = 0; s < S; s++)
                for (int c = 0; c < D; c++)
                    compare("regroup", (double)g.outputs[0]->data[((b * T + t) * S + s) * D + c],
                            x_at(&data, b * S + s, t, c));
    graph_data_clear(&data);
    graph_clear(&g);
    nn_params_free(params);
}

static void expect_refused(nn_plan *plan, const nn_tensor *y, const char *part)
{
    nn_error error = {0};
    assert_null(y);
    assert_int_equal(nn_plan_check(plan, &error), NN_USAGE);
    if (!strstr(error.text, part))
        fail_msg("'%s' does not say '%s'", error.text, part);
}

static void test_refusals(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        nn_params *params = nn_params_new();
        nn_plan *p = nn_plan_new(params, 2, true);
        nn_tensor *x = nn_input(p, 2, (int[]){4, 3}), *other = nn_input(p, 2, (int[]){5, 2});
        switch (i) {
        case 0:
            expect_refused(p, nn_average_pool(p, x, 3), "whole groups of 3");
            break;
        case 1:
            expect_refused(p, nn_upsample(p, "u", x, 8, 0), "out of range");
            break;
        case 2:
            expect_refused(p, nn_add_repeated(p, x, other), "no whole number");
            break;
        case 3:
            expect_refused(p, nn_concat_columns(p, x, other), "differ beside");
            break;
        default:
            expect_refused(p, nn_regroup(p, nn_input(p, 1, (int[]){4})), "rank 3");
        }
        nn_plan_free(p);
        nn_params_free(params);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twins), cmocka_unit_test(test_regroup),
                                       cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
