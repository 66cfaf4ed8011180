/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameters: their table, their order, what they are drawn from. */
#include "lib/params.h"
#include "tests/cmocka_all.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static const struct {
    const char *name;
    nn_init init;
    double bound;
    int rank, shape[NN_MAX_RANK];
} wanted[] = {
    {"embed.weight", NN_INIT_UNIFORM, 0.25, 2, {40, 16}},
    {"embed.bias", NN_INIT_UNIFORM, 0.25, 1, {40}},
    {"norm.weight", NN_INIT_ONE, 0, 1, {40}},
    {"norm.bias", NN_INIT_ZERO, 0, 1, {40}},
    {"conv.weight", NN_INIT_UNIFORM, 2, 3, {30, 40, 1}},
};
enum { WANTED = sizeof wanted / sizeof *wanted };

static const nn_param *want(nn_params *params, int i)
{
    return nn_params_want(params, wanted[i].name, wanted[i].init, wanted[i].bound, wanted[i].rank,
                          wanted[i].shape);
}

static void test_table(void **state)
{
    (void)state;
    nn_params *params = nn_params_new();
    size_t size = 0;
    for (int i = 0; i < WANTED; i++) {
        const nn_param *param = want(params, i);
        assert_non_null(param);
        assert_string_equal(param->name, wanted[i].name);
        assert_int_equal(param->offset, size);
        size += param->count;
    }
    assert_int_equal(params->size, size);
    assert_int_equal(params->count, WANTED);
    assert_ptr_equal(want(params, 1), nn_params_find(params, "embed.bias"));
    assert_int_equal(params->count, WANTED);
    assert_null(nn_params_want(params, "embed.bias", NN_INIT_ZERO, 0, 1, (int[]){41}));
    assert_null(nn_params_want(params, "embed.bias", NN_INIT_ZERO, 0, 2, (int[]){40, 1}));
    assert_null(nn_params_find(params, "embed"));
    assert_null(nn_params_want(params, "none", NN_INIT_ZERO, 0, 2, (int[]){3, 0}));
    assert_null(nn_params_want(params, "vast", NN_INIT_ZERO, 0, 3, (int[]){INT_MAX, INT_MAX, INT_MAX}));
    assert_null(nn_params_want(params, "large", NN_INIT_ZERO, 0, 2, (int[]){INT_MAX, INT_MAX}));
    assert_int_equal(params->count, WANTED);
    nn_error error = {0};
    assert_int_equal(nn_params_allocate(params, 1, &error), NN_OK);
    assert_null(nn_params_want(params, "late", NN_INIT_ZERO, 0, 1, (int[]){2}));
    assert_non_null(want(params, 0));
    nn_params_free(params);
}

static void test_order(void **state)
{
    (void)state;
    nn_error error = {0};
    nn_params *forward = nn_params_new(), *backward = nn_params_new(), *other = nn_params_new();
    for (int i = 0; i < WANTED; i++) {
        want(forward, i);
        want(other, i);
        want(backward, WANTED - 1 - i);
    }
    assert_int_equal(nn_params_allocate(forward, 2023, &error), NN_OK);
    assert_int_equal(nn_params_allocate(backward, 2023, &error), NN_OK);
    assert_int_equal(nn_params_allocate(other, 2024, &error), NN_OK);
    for (int i = 0; i < WANTED; i++) {
        const nn_param *a = nn_params_find(forward, wanted[i].name),
                       *b = nn_params_find(backward, wanted[i].name);
        assert_memory_equal(forward->data + a->offset, backward->data + b->offset,
                            a->count * sizeof(nn_real));
        bool same =
            memcmp(forward->data + a->offset, other->data + a->offset, a->count * sizeof(nn_real)) == 0;
        assert_int_equal(same, wanted[i].init != NN_INIT_UNIFORM);
    }
    nn_params_free(forward);
    nn_params_free(backward);
    nn_params_free(other);
}

/* Uniform on (-bound, bound): mean 0 and variance bound^2/3 within 5 standard errors, the whole range in use.
 */
static void check_uniform(const nn_real *x, size_t count, double bound)
{
    double mean = 0, square = 0, most = 0, n = (double)count;
    for (size_t i = 0; i < count; i++) {
        assert_true(fabs((double)x[i]) <= bound);
        mean += x[i] / n;
        square += (double)x[i] * x[i] / n;
        most = fmax(most, fabs((double)x[i]));
    }
    assert_true(fabs(mean) < 5 * bound / sqrt(3 * n));
    assert_true(fabs(square - bound * bound / 3) < 5 * bound * bound * sqrt(4.0 / 45 / n));
    assert_true(most > bound * (1 - 10 / n));
}

static void test_values(void **state)
{
    (void)state;
    nn_error error = {0};
    nn_params *params = nn_params_new();
    for (int i = 0; i < WANTED; i++)
        want(params, i);
    assert_int_equal(nn_params_allocate(params, 5, &error), NN_OK);
    for (int i = 0; i < WANTED; i++) {
        const nn_param *param = nn_params_find(params, wanted[i].name);
        const nn_real *x = params->data + param->offset;
        if (param->init == NN_INIT_UNIFORM)
            check_uniform(x, param->count, param->bound);
        else
            for (size_t j = 0; j < param->count; j++)
                assert_true(x[j] == (param->init == NN_INIT_ONE));
    }
    const nn_param *a = nn_params_find(params, "embed.weight"), *b = nn_params_find(params, "embed.bias");
    assert_true(params->data[a->offset] != params->data[b->offset]);
    nn_params_free(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_order),
                                       cmocka_unit_test(test_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
