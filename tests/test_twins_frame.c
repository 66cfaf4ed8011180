/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands around the network of a table beside plain loops in double; what the builders refuse. */
#include "lib/plan.h"
#include "tests/cmocka_all.h"
#include "tests/graph.h"

#include <math.h>
#include <string.h>

enum { B = 3, L = 7, H = 4, N = 5, CYCLE = 6 };

static void build(graph *g, const void *config)
{
    (void)config;
    nn_tensor *stats, *phase = graph_plain_input(g, FILL_PLACES, 1, (int[]){1});
    nn_tensor *x = graph_input3(g, FILL_UNIFORM, L, N), *h = graph_input3(g, FILL_UNIFORM, H, N),
              *base = graph_input3(g, FILL_UNIFORM, H, N);
    graph_output(g, nn_cycle(g->plan, "cycle", x, phase, CYCLE, 0, -1));
    graph_output(g, nn_cycle(g->plan, "cycle", h, phase, CYCLE, L, 1));
    graph_output(g, nn_instance_norm(g->plan, x, &stats));
    graph_output(g, nn_instance_norm_onto(g->plan, h, stats, base));
}

static void compare(const char *what, double got, double want)
{
    if (!(fabs(got - want) <= 1e-5 + 1e-4 * fabs(want)))
        fail_msg("%s: %.9g, the twin has %.9g", what, got, want);
}

static double deviation(const nn_real *x, int column)
{
    double mean = 0, variance = 0;
    for (int t = 0; t < L; t++)
        mean += (double)x[t * N + column] / L;
    for (int t = 0; t < L; t++)
        variance += pow((double)x[t * N + column] - mean, 2) / L;
    return sqrt(variance + 1e-5);
}

static void check_sample(const graph *g, const graph_data *d, const nn_real *table, int b)
{
    const int phase = (int)d->values[0][b];
    const nn_real *x = d->values[1] + b * L * N, *h = d->values[2] + b * H * N,
                  *base = d->values[3] + b * H * N;
    assert_int_equal(phase, 1 + 3 * b);
    for (int n = 0; n < N; n++) {
        for (int t = 0; t < L; t++)
            compare("cycle away", (double)g->outputs[0]->data[(b * L + t) * N + n],
                    (double)x[t * N + n] - (double)table[(phase + t) % CYCLE * N + n]);
        for (int t = 0; t < H; t++) {
            compare("cycle back", (double)g->outputs[1]->data[(b * H + t) * N + n],
                    (double)h[t * N + n] + (double)table[(phase + L + t) % CYCLE * N + n]);
            compare("onto", (double)g->outputs[3]->data[(b * H + t) * N + n],
                    (double)h[t * N + n] * deviation(x, n) + (double)base[t * N + n]);
        }
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
        graph_shake(params, 3);
        graph_data_draw(&data, &g, 5);
        graph_load(&g, &data, 0, used, &run);
        run.params = params->data;
        nn_plan_forward(g.plan, &run);
        for (int b = 0; b < used; b++)
            check_sample(&g, &data, params->data + nn_params_find(params, "cycle.weight")->offset, b);
        graph_data_clear(&data);
        graph_clear(&g);
        nn_params_free(params);
    }
}

static void build_rotation(graph *g, const void *config)
{
    (void)config;
    nn_tensor *x = graph_input3(g, FILL_UNIFORM, L, N);
    nn_tensor *y = nn_rotate(g->plan, "q", x, false);
    graph_output(g, y);
    graph_output(g, nn_rotate(g->plan, "q", y, true));
}

/* There by plain loops, and back where it came from. */
static void test_rotation(void **state)
{
    (void)state;
    nn_params *params = nn_params_new();
    graph g;
    graph_data data;
    nn_run run = {0};
    graph_make(&g, params, B, true, build_rotation, NULL);
    graph_data_draw(&data, &g, 5);
    graph_load(&g, &data, 0, B, &run);
    run.params = params->data;
    nn_real *q = params->data + nn_params_find(params, "q.weight")->offset;
    for (int i = 0; i < N; i++) {
        double length = 0;
        for (int j = 0; j < N; j++)
            length += (double)(q[i * N + j] * q[i * N + j]);
        for (int j = 0; j < N; j++)
            q[i * N + j] /= (nn_real)sqrt(length);
    }
    nn_plan_forward(g.plan, &run);
    for (int r = 0; r < B * L; r++)
        for (int i = 0; i < N; i++) {
            double sum = 0;
            for (int j = 0; j < N; j++)
                sum += (double)q[i * N + j] * (double)data.values[0][r * N + j];
            compare("rotation", (double)g.outputs[0]->data[r * N + i], sum);
            compare("rotation back", (double)g.outputs[1]->data[r * N + i],
                    (double)data.values[0][r * N + i]);
        }
    graph_data_clear(&data);
    graph_clear(&g);
    nn_params_free(params);
}

static void refuses(nn_plan *plan, const char *words)
{
    nn_error error = {0};
    assert_int_not_equal(nn_plan_check(plan, &error), NN_OK);
    assert_non_null(strstr(error.text, words));
    nn_plan_free(plan);
}

static nn_plan *plan_of(nn_params *params)
{
    nn_plan *plan = nn_plan_new(params, 2, false);
    assert_non_null(plan);
    return plan;
}

static void test_refused(void **state)
{
    (void)state;
    nn_params *params = nn_params_new();
    nn_tensor *stats;
    nn_plan *plan = plan_of(params);
    nn_cycle(plan, "c", nn_input(plan, 2, (int[]){L, N}), nn_input(plan, 1, (int[]){2}), CYCLE, 0, 1);
    refuses(plan, "cycle c: of 6 rows from 0 on, (2,7,5) does not fit places (2,2)");
    plan = plan_of(params);
    nn_cycle(plan, "c", nn_input(plan, 2, (int[]){L, N}), nn_input(plan, 1, (int[]){1}), 0, 0, 1);
    refuses(plan, "cycle c: of 0 rows");
    plan = plan_of(params);
    nn_instance_norm(plan, nn_input(plan, 2, (int[]){L, N}), &stats);
    nn_instance_norm_onto(plan, nn_input(plan, 2, (int[]){H, N}), stats, nn_input(plan, 2, (int[]){L, N}));
    refuses(plan, "instance norm onto: (2,4,5) does not fit stats (2,2,5) and base (2,7,5)");
    nn_params_free(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twins), cmocka_unit_test(test_rotation),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
