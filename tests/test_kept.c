/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What parameters keep of rearranged weights: made once, made again when the weights change, and nothing in
 * the results tells that it is there. */
#include "lib/kept.h"
#include "lib/plan.h"
#include "tests/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 3, TOKENS = 5, IN = 48, OUT = 40 };

typedef struct net {
    nn_plan *plan;
    nn_tensor *in, *out;
} net;

static net build(nn_params *params, bool keep, int batch)
{
    net n = {.plan = nn_plan_new(params, batch, false)};
    nn_error error = {0};
    assert_non_null(n.plan);
    n.in = nn_input(n.plan, 2, (int[]){TOKENS, IN});
    nn_tensor *x = nn_linear(n.plan, "first", n.in, OUT);
    static const char *const names[] = {"a", "b"};
    x = nn_linear_several(n.plan, names, 2, x, IN, (nn_linear_options){.as_keras = true});
    n.out = nn_keep(n.plan, nn_linear(n.plan, "last", x, OUT));
    if (keep)
        nn_plan_keep_packed(n.plan);
    if (!params->data)
        assert_int_equal(nn_params_allocate(params, 7, &error), NN_OK);
    if (nn_plan_compile(n.plan, &error))
        fail_msg("%s", error.text);
    return n;
}

static void run(const net *n, const nn_params *params, nn_real *out)
{
    const size_t count = (size_t)nn_plan_batch(n->plan) * TOKENS;
    for (size_t i = 0; i < count * IN; i++)
        n->in->data[i] = (nn_real)((double)(i * 7 % 13) - 6);
    nn_run pass = {.batch = nn_plan_batch(n->plan), .params = params->data};
    nn_plan_forward(n->plan, &pass);
    memcpy(out, n->out->data, count * OUT * sizeof *out);
}

/* The same bytes with and without, after the weights have changed, and for plans of other batches. */
static void test_same(void **state)
{
    (void)state;
    nn_params *params = nn_params_new();
    static nn_real plain[BATCH * TOKENS * OUT], kept[BATCH * TOKENS * OUT];
    net without = build(params, false, BATCH);
    assert_null(params->kept);
    net with = build(params, true, BATCH), one = build(params, true, 1);
    for (int round = 0; round < 3; round++) {
        run(&without, params, plain);
        run(&with, params, kept);
        assert_memory_equal(plain, kept, sizeof plain);
        run(&one, params, kept);
        assert_memory_equal(plain, kept, sizeof plain / BATCH);
        params->data[17 * (round + 1)] += 1;
        nn_params_changed(params);
    }
    nn_plan_free(without.plan);
    nn_plan_free(with.plan);
    nn_plan_free(one.plan);
    nn_params_free(params);
}

/* A plan that is compiled later sees other weights by itself, and shares what is the same. */
static void test_seen(void **state)
{
    (void)state;
    nn_params *params = nn_params_new();
    static nn_real before[BATCH * TOKENS * OUT], after[BATCH * TOKENS * OUT], plain[BATCH * TOKENS * OUT];
    net first = build(params, true, BATCH);
    run(&first, params, before);
    nn_plan_free(first.plan);
    const struct nn_kept *list = params->kept;
    params->data[params->size - OUT - 1] += 1; /* of the last weight */
    net second = build(params, true, BATCH), without = build(params, false, BATCH);
    assert_ptr_equal(params->kept, list); /* nothing came to it */
    run(&second, params, after);
    run(&without, params, plain);
    assert_memory_equal(after, plain, sizeof plain);
    assert_memory_not_equal(after, before, sizeof before);
    nn_plan_free(second.plan);
    nn_plan_free(without.plan);
    nn_params_free(params);
}

/* Weights of somewhere else are read as they are. */
static void test_others(void **state)
{
    (void)state;
    nn_params *params = nn_params_new(), *others = nn_params_new();
    static nn_real want[BATCH * TOKENS * OUT], got[BATCH * TOKENS * OUT];
    net with = build(params, true, BATCH), other = build(others, false, BATCH);
    for (size_t i = 0; i < others->size; i++)
        others->data[i] *= (nn_real)0.5;
    run(&with, params, got);
    run(&other, others, want);
    run(&with, others, got);
    assert_memory_equal(want, got, sizeof want);
    nn_plan_free(with.plan);
    nn_plan_free(other.plan);
    nn_params_free(params);
    nn_params_free(others);
}

static double distance(const nn_real *a, const nn_real *b, size_t n)
{
    double sum = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        sum += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
        all += (double)b[i] * (double)b[i];
    }
    return sum / all;
}

/* A lower precision is another result, near the first; a plan that trains never has it. */
static void test_precision(void **state)
{
    (void)state;
    nn_params *params = nn_params_new();
    static nn_real plain[BATCH * TOKENS * OUT], low[BATCH * TOKENS * OUT];
    net exact = build(params, true, BATCH);
    run(&exact, params, plain);
    for (nn_precision precision = NN_BF16; precision <= NN_INT8; precision++) {
        params->precision = precision;
        net n = build(params, false, BATCH);
        assert_true(nn_plan_keeps_packed(n.plan));
        run(&n, params, low);
        const double apart = distance(low, plain, BATCH * TOKENS * OUT);
        assert_true(apart > 0 && apart < 1e-3);
        nn_plan_free(n.plan);
        nn_plan *training = nn_plan_new(params, 1, true);
        assert_false(nn_plan_keeps_packed(training));
        nn_plan_free(training);
    }
    params->precision = NN_FLOAT;
    run(&exact, params, low);
    assert_memory_equal(plain, low, sizeof plain);
    nn_plan_free(exact.plan);
    nn_params_free(params);
}

/* Threads that share a pass get the same bytes. */
static void test_shared(void **state)
{
    (void)state;
    enum { LARGE = 24 };
    for (nn_precision precision = NN_FLOAT; precision <= NN_INT8; precision++) {
        nn_params *params = nn_params_new();
        nn_error error = {0};
        nn_pool *pool;
        assert_int_equal(nn_pool_new(&pool, 2, &error), NN_OK);
        params->precision = precision;
        nn_plan *plan = nn_plan_new(params, 1, false);
        nn_plan_divide(plan, 2);
        nn_plan_keep_packed(plan);
        nn_tensor *in = nn_input(plan, 2, (int[]){LARGE, 512}), *x = nn_linear(plan, "first", in, 600),
                  *out = nn_keep(plan, nn_linear(plan, "second", x, 100));
        assert_int_equal(nn_params_allocate(params, 7, &error), NN_OK);
        assert_int_equal(nn_plan_compile(plan, &error), NN_OK);
        static nn_real alone[LARGE * 100];
        for (size_t i = 0; i < LARGE * 512; i++)
            in->data[i] = (nn_real)((double)(i * 7 % 13) - 6);
        nn_run pass = {.batch = 1, .params = params->data};
        nn_plan_forward_shared(plan, &pass, pool);
        memcpy(alone, out->data, sizeof alone);
        nn_plan_forward(plan, &pass);
        assert_memory_equal(alone, out->data, sizeof alone);
        nn_plan_free(plan);
        nn_params_free(params);
        nn_pool_free(pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same),      cmocka_unit_test(test_seen),   cmocka_unit_test(test_others),
        cmocka_unit_test(test_precision), cmocka_unit_test(test_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
