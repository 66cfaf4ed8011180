/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maps of dense times sparse weights beside plain loops, forward and straight through; where everything is
 * kept they are like any other operation, and their gradients are differences. In float and in double. */
#include "tests/cmocka_all.h"
#include "tests/gradcheck.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 4, IN = 7, BLOCKS = 3, ROWS = 2, RANK = 5, OUT = BLOCKS * ROWS, TOKENS = 17 };
static const int lengths[BATCH] = {1, 2, 5, 9};
static const bool exact = sizeof(nn_real) == sizeof(double);

static void build(graph *g, const void *config)
{
    const nn_factor sizes = {.rank = RANK, .kept = *(const int *)config, .blocks = BLOCKS};
    nn_tensor *x = graph_ragged(g, FILL_UNIFORM, lengths, BATCH, IN);
    graph_output(g, nn_linear_sparse(g->plan, "f", x, OUT, sizes, false));
}

static const nn_real *values(const nn_params *params, const nn_real *of, const char *name)
{
    const nn_param *p = nn_params_find(params, name);
    assert_non_null(p);
    return of + p->offset;
}

static void is_near(const char *what, int i, double got, double want)
{
    if (!(fabs(got - want) <= (exact ? 1e-12 : 2e-5) * (1 + fabs(want))))
        fail_msg("%s[%d] is %.9g, not %.9g", what, i, got, want);
}

/* How many numbers of a column come before number r. */
static int rank_of(const nn_real *column, int r)
{
    int before = 0;
    for (int k = 0; k < RANK; k++) {
        const double a = fabs((double)column[k * IN]), b = fabs((double)column[r * IN]);
        before += a > b || (a == b && k < r);
    }
    return before;
}

typedef struct twin {
    double s[BLOCKS][RANK][IN], w[OUT][IN], dw[OUT][IN];
} twin;

static void check(int kept)
{
    graph g;
    graph_data data;
    nn_params *params = nn_params_new();
    nn_run run = {.loss_scale = 1};
    static twin t;
    graph_make(&g, params, BATCH, true, build, &kept);
    graph_data_draw(&data, &g, 3);
    nn_real *grads = calloc(params->size + 1, sizeof *grads);
    assert_non_null(grads);
    run.params = params->data;
    run.grads = grads;
    graph_load(&g, &data, 0, BATCH, &run);
    const nn_real *dense = values(params, params->data, "f.dense"),
                  *proxy = values(params, params->data, "f.proxy"),
                  *bias = values(params, params->data, "f.bias"), *x = data.values[0];
    params->data[proxy - params->data + IN] = -*proxy; /* of equal ones the first stays */
    nn_plan_forward(g.plan, &run);
    memset(&t, 0, sizeof t);
    for (int o = 0; o < OUT; o++)
        for (int i = 0; i < IN; i++)
            for (int r = 0; r < RANK; r++) {
                const nn_real *column = proxy + (o / ROWS) * RANK * IN + i;
                t.s[o / ROWS][r][i] = rank_of(column, r) < kept ? (double)column[r * IN] : 0;
                t.w[o][i] += (double)dense[o * RANK + r] * t.s[o / ROWS][r][i];
            }
    for (int k = 0; k < TOKENS; k++)
        for (int o = 0; o < OUT; o++) {
            double y = (double)bias[o];
            for (int i = 0; i < IN; i++)
                y += t.w[o][i] * (double)x[k * IN + i];
            is_near("y", k * OUT + o, (double)g.outputs[0]->data[k * OUT + o], y);
            g.outputs[0]->grad[k * OUT + o] = (nn_real)sin(k + 2 * o);
            for (int i = 0; i < IN; i++)
                t.dw[o][i] += sin(k + 2 * o) * (double)x[k * IN + i];
        }
    nn_plan_backward(g.plan, &run);
    const nn_real *d_dense = values(params, grads, "f.dense"), *d_proxy = values(params, grads, "f.proxy");
    for (int o = 0; o < OUT; o++)
        for (int r = 0; r < RANK; r++) {
            double sum = 0;
            for (int i = 0; i < IN; i++)
                sum += t.dw[o][i] * t.s[o / ROWS][r][i];
            is_near("d dense", o * RANK + r, (double)d_dense[o * RANK + r], sum);
        }
    for (int b = 0; b < BLOCKS; b++)
        for (int r = 0; r < RANK; r++)
            for (int i = 0; i < IN; i++) {
                double sum = 0;
                for (int o = b * ROWS; o < (b + 1) * ROWS; o++)
                    sum += (double)dense[o * RANK + r] * t.dw[o][i];
                is_near("d proxy", (b * RANK + r) * IN + i, (double)d_proxy[(b * RANK + r) * IN + i], sum);
            }
    free(grads);
    graph_clear(&g);
    graph_data_clear(&data);
    nn_params_free(params);
}

static void test_twin(void **state)
{
    (void)state;
    for (int kept = 1; kept <= RANK; kept++)
        check(kept);
}

static void test_gradients(void **state)
{
    (void)state;
    const int all = RANK, few = 2;
    const gradcheck_case whole = {.name = "all kept", .batch = BATCH, .build = build, .config = &all},
                         cut = {.name = "two kept", .batch = BATCH, .build = build, .config = &few};
    if (!exact) /* differences need all the digits */
        return;
    gradcheck(&whole);
    gradcheck_shards(&cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twin), cmocka_unit_test(test_gradients)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
