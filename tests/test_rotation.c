/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The basis of windows beside a correlation of all windows by plain loops. */
#include "forecast/tasks/series/rotation.h"
#include "lib/base/random.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS = 90, COLUMNS = 4, FROM = 7, TO = 83, N = 6 };

static double mean_at(const nn_real *x, int column, int place)
{
    double sum = 0;
    for (int w = FROM; w + N <= TO; w++)
        sum += (double)x[(w + place) * COLUMNS + column];
    return sum / (TO - FROM - N + 1);
}

static double covariance(const nn_real *x, int column, int i, int j)
{
    double sum = 0;
    for (int w = FROM; w + N <= TO; w++)
        sum += ((double)x[(w + i) * COLUMNS + column] - mean_at(x, column, i)) *
               ((double)x[(w + j) * COLUMNS + column] - mean_at(x, column, j));
    return sum / (TO - FROM - N + 1);
}

/* Two columns count: of the others one is constant, one has a gap. */
static double correlation(const nn_real *x, int i, int j)
{
    double sum = 0;
    for (int c = 0; c < 2; c++)
        sum += covariance(x, c, i, j) / sqrt(covariance(x, c, i, i) * covariance(x, c, j, j));
    return sum;
}

static void test_basis(void **state)
{
    (void)state;
    nn_real x[ROWS * COLUMNS];
    for (int t = 0; t < ROWS; t++)
        for (int c = 0; c < COLUMNS; c++)
            x[t * COLUMNS + c] =
                c == 2 ? 1
                       : (nn_real)(sin(t * .4 + c) + .5 * nn_random_uniform(3, (uint64_t)(t * COLUMNS + c)));
    x[20 * COLUMNS + 3] = NAN;
    nn_error error = {0};
    fc_model model = {.params = nn_params_new()};
    assert_non_null(
        nn_params_want(model.params, "orthogonal.in.weight", NN_INIT_ORTHOGONAL, 1, 2, (int[]){N, N}));
    assert_int_equal(nn_params_allocate(model.params, 1, &error), NN_OK);
    const fc_series series = {.values = x, .columns = COLUMNS};
    assert_int_equal(fc_series_rotation_fit(&model, &series, FROM, TO, &error), NN_OK);
    const nn_real *q = model.params->data;
    double before = INFINITY;
    for (int r = 0; r < N; r++)
        for (int s = 0; s < N; s++) {
            double dot = 0, form = 0;
            for (int i = 0; i < N; i++) {
                dot += (double)q[r * N + i] * (double)q[s * N + i];
                for (int j = 0; j < N; j++)
                    form += (double)q[r * N + i] * correlation(x, i, j) * (double)q[s * N + j];
            }
            assert_true(fabs(dot - (r == s)) < 1e-5);
            if (r != s) {
                assert_true(fabs(form) < 1e-5);
                continue;
            }
            assert_true(form <= before + 1e-5);
            before = form;
        }
    nn_params_free(model.params);
}

/* Fewer rows than places, and nothing to go by: it stays as it was. */
static void test_nothing(void **state)
{
    (void)state;
    nn_real x[3 * COLUMNS] = {0}, first;
    nn_error error = {0};
    fc_model model = {.params = nn_params_new()};
    assert_non_null(
        nn_params_want(model.params, "orthogonal.out.weight", NN_INIT_ORTHOGONAL, 1, 2, (int[]){N, N}));
    assert_int_equal(nn_params_allocate(model.params, 1, &error), NN_OK);
    first = model.params->data[0];
    const fc_series series = {.values = x, .columns = COLUMNS};
    assert_int_equal(fc_series_rotation_fit(&model, &series, 0, 3, &error), NN_OK);
    assert_true(model.params->data[0] == first);
    nn_params_free(model.params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_basis), cmocka_unit_test(test_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
