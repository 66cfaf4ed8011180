/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mixer normlin beside plain loops in double, and what its weights begin as. */
#include "lib/parts/block.h"
#include "tests/cmocka_all.h"
#include "tests/graph.h"

#include <math.h>
#include <stdio.h>

enum { B = 3, N = 5, D = 4, MANY = 60 };

static void build(graph *g, const void *config)
{
    const int *tokens = config;
    const nn_block block = {.mixer = {&nn_mixer_normlin.part, NULL}, .heads = 2, .dropout = 0};
    nn_tensor *x = graph_input3(g, FILL_UNIFORM, *tokens, D);
    graph_output(g, nn_block_mix(g->plan, "b", &block, x, NULL));
}

static const nn_real *param(const nn_params *params, const char *name)
{
    const nn_param *found = nn_params_find(params, name);
    assert_non_null(found);
    return params->data + found->offset;
}

/* Column c of a linear map of token x. */
static double linear(const nn_params *p, const char *name, const double *x, int c)
{
    char weight[60], bias[60];
    snprintf(weight, sizeof weight, "%s.weight", name);
    snprintf(bias, sizeof bias, "%s.bias", name);
    double sum = (double)param(p, bias)[c];
    for (int i = 0; i < D; i++)
        sum += (double)param(p, weight)[c * D + i] * x[i];
    return sum;
}

static void twin(double y[N][D], const nn_params *p, const nn_real *x)
{
    const nn_real *w = param(p, "b.mixing.weight");
    double value[N][D];
    for (int j = 0; j < N; j++)
        for (int c = 0; c < D; c++) {
            double token[D];
            for (int i = 0; i < D; i++)
                token[i] = (double)x[j * D + i];
            value[j][c] = linear(p, "b.attention.value", token, c);
        }
    for (int i = 0; i < N; i++) {
        double sum = 0, mixed[D] = {0};
        for (int j = 0; j < N; j++)
            sum += log(1 + exp((double)w[i * N + j]));
        for (int j = 0; j < N; j++)
            for (int c = 0; c < D; c++)
                mixed[c] += log(1 + exp((double)w[i * N + j])) / sum * value[j][c];
        for (int c = 0; c < D; c++)
            y[i][c] = linear(p, "b.attention.out", mixed, c);
    }
}

static void test_twin(void **state)
{
    (void)state;
    for (int used = 1; used <= B; used++) {
        const int tokens = N;
        nn_params *params = nn_params_new();
        graph g;
        graph_data data;
        nn_run run = {0};
        graph_make(&g, params, B, used == 2, build, &tokens);
        graph_data_draw(&data, &g, 5);
        graph_load(&g, &data, 0, used, &run);
        run.params = params->data;
        nn_plan_forward(g.plan, &run);
        for (int b = 0; b < used; b++) {
            double y[N][D];
            twin(y, params, data.values[0] + b * N * D);
            for (int i = 0; i < N * D; i++) {
                const double got = (double)g.outputs[0]->data[b * N * D + i], want = y[i / D][i % D];
                if (!(fabs(got - want) <= 1e-5 + 1e-4 * fabs(want)))
                    fail_msg("element %d: %.9g, the twin has %.9g", i, got, want);
            }
        }
        graph_data_clear(&data);
        graph_clear(&g);
        nn_params_free(params);
    }
}

/* The identity plus standard normal numbers. */
static void test_start(void **state)
{
    (void)state;
    const int tokens = MANY;
    nn_params *params = nn_params_new();
    graph g;
    double diagonal = 0, sum = 0, squares = 0;
    graph_make(&g, params, 1, true, build, &tokens);
    const nn_real *w = param(params, "b.mixing.weight");
    for (int i = 0; i < MANY; i++)
        for (int j = 0; j < MANY; j++) {
            const double v = (double)w[i * MANY + j] - (i == j);
            diagonal += i == j ? (double)w[i * MANY + j] / MANY : 0;
            sum += v / (MANY * MANY);
            squares += v * v / (MANY * MANY);
        }
    assert_true(fabs(diagonal - 1) < 4 / sqrt(MANY));
    assert_true(fabs(sum) < 4. / MANY);
    assert_true(fabs(squares - 1) < 4 * sqrt(2) / MANY);
    graph_clear(&g);
    nn_params_free(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twin), cmocka_unit_test(test_start)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
