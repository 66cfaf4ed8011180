/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adam, AdamW and clipping beside a scalar twin in double; the learning-rate rules beside written-out tables.
 */
#include "lib/base/random.h"
#include "lib/optimiser.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 40003, SHARDS = 3, STEPS = 7 };

static double gradient(int step, int shard, int i)
{
    double scale = i % 7 == 0 ? 1e-4 : 1;
    return scale * (2 * nn_random_uniform((uint64_t)(step * SHARDS + shard), (uint64_t)i) - 1.1);
}

static double start(int i)
{
    return 2 * nn_random_uniform(99, (uint64_t)i) - 1;
}

/* One element's history under algorithm 1 of Kingma & Ba, algorithm 2 of Loshchilov & Hutter for decoupled
 * decay. */
typedef struct twin {
    double p, m, v;
} twin;

static void twin_step(twin *x, const nn_optimiser *o, double g, int t, double rate)
{
    if (o->kind == NN_ADAM)
        g += o->weight_decay * x->p;
    double decay = o->kind == NN_ADAMW ? rate * o->weight_decay * x->p : 0;
    x->m = o->beta1 * x->m + (1 - o->beta1) * g;
    x->v = o->beta2 * x->v + (1 - o->beta2) * g * g;
    double m = x->m / (1 - pow(o->beta1, t)), v = x->v / (1 - pow(o->beta2, t));
    x->p -= rate * m / (sqrt(v) + o->epsilon) + decay;
}

static double norm_of(int step, int shards)
{
    double squares = 0;
    for (int i = 0; i < SIZE; i++) {
        double g = 0;
        for (int s = 0; s < shards; s++)
            g += (nn_real)gradient(step, s, i);
        squares += g * g;
    }
    return sqrt(squares);
}

typedef struct bench {
    nn_optimiser o;
    nn_pool *pool;
    nn_real *params, *grads[SHARDS];
    twin *twins;
} bench;

static void bench_new(bench *b, nn_optimiser_kind kind, int threads)
{
    nn_error error = {0};
    assert_int_equal(nn_optimiser_init(&b->o, kind, SIZE, &error), NN_OK);
    assert_int_equal(nn_pool_new(&b->pool, threads, &error), NN_OK);
    b->params = malloc(SIZE * sizeof *b->params);
    b->twins = calloc(SIZE, sizeof *b->twins);
    assert_true(b->params && b->twins);
    for (int s = 0; s < SHARDS; s++)
        assert_non_null(b->grads[s] = malloc(SIZE * sizeof(nn_real)));
    for (int i = 0; i < SIZE; i++)
        b->twins[i].p = b->params[i] = (nn_real)start(i);
}

static void bench_free(bench *b)
{
    for (int s = 0; s < SHARDS; s++)
        free(b->grads[s]);
    free(b->params);
    free(b->twins);
    nn_pool_free(b->pool);
    nn_optimiser_clear(&b->o);
}

static void fill(bench *b, int step, int shards)
{
    for (int s = 0; s < shards; s++)
        for (int i = 0; i < SIZE; i++)
            b->grads[s][i] = (nn_real)gradient(step, s, i);
}

static void check(nn_optimiser_kind kind, double decay, double clip, int shards)
{
    bench b = {0};
    bench_new(&b, kind, 2);
    assert_true(b.o.beta1 == 0.9 && b.o.beta2 == 0.999 && b.o.epsilon == 1e-8 && b.o.weight_decay == 0);
    assert_true(b.o.clip == 0 && b.o.step == 0 && b.o.size == SIZE);
    b.o.weight_decay = decay;
    b.o.clip = clip;
    for (int t = 1; t <= STEPS; t++) {
        double rate = 0.01 / t, norm = norm_of(t, shards), factor = clip > 0 && norm > clip ? clip / norm : 1;
        fill(&b, t, shards);
        double found = nn_optimiser_step(&b.o, b.pool, b.params, b.grads, shards, rate);
        assert_true(clip > 0 ? fabs(found - norm) < 1e-5 * norm : found == 0);
        assert_int_equal(b.o.step, t);
        for (int i = 0; i < SIZE; i++) {
            double g = 0;
            for (int s = 0; s < shards; s++) {
                g += (nn_real)gradient(t, s, i);
                assert_true(b.grads[s][i] == 0);
            }
            twin_step(&b.twins[i], &b.o, factor * g, t, rate);
            if (!(fabs(b.params[i] - b.twins[i].p) < 2e-6))
                fail_msg("step %d, element %d: %.9g, the twin has %.9g", t, i, (double)b.params[i],
                         b.twins[i].p);
        }
    }
    bench_free(&b);
}

static void test_adam(void **state)
{
    (void)state;
    check(NN_ADAM, 0, 0, 1);
    check(NN_ADAM, 0, 0, SHARDS);
    check(NN_ADAM, 0.1, 0, 2);
}

static void test_adamw(void **state)
{
    (void)state;
    check(NN_ADAMW, 0, 0, 1);
    check(NN_ADAMW, 0.1, 0, SHARDS);
}

static void test_clip(void **state)
{
    (void)state;
    check(NN_ADAM, 0, 1, SHARDS);
    check(NN_ADAMW, 0.1, 0.01, 1);
    check(NN_ADAM, 0, 1e6, 2);
}

static void test_threads(void **state)
{
    (void)state;
    bench one = {0};
    bench_new(&one, NN_ADAM, 1);
    one.o.clip = 3;
    for (int t = 1; t <= STEPS; t++) {
        fill(&one, t, SHARDS);
        nn_optimiser_step(&one.o, one.pool, one.params, one.grads, SHARDS, 0.01);
    }
    for (int threads = 2; threads <= 4; threads++) {
        bench many = {0};
        bench_new(&many, NN_ADAM, threads);
        many.o.clip = 3;
        for (int t = 1; t <= STEPS; t++) {
            fill(&many, t, SHARDS);
            nn_optimiser_step(&many.o, many.pool, many.params, many.grads, SHARDS, 0.01);
        }
        assert_memory_equal(one.params, many.params, SIZE * sizeof *one.params);
        bench_free(&many);
    }
    bench_free(&one);
}

/* A gradient of zero from the first step on leaves a parameter where it is. */
static void test_zero_gradient(void **state)
{
    (void)state;
    bench b = {0};
    bench_new(&b, NN_ADAM, 1);
    for (int t = 0; t < 3; t++) {
        memset(b.grads[0], 0, SIZE * sizeof(nn_real));
        nn_optimiser_step(&b.o, b.pool, b.params, b.grads, 1, 0.1);
    }
    for (int i = 0; i < SIZE; i++)
        assert_true(b.params[i] == (nn_real)start(i));
    bench_free(&b);
}

/* Elements that stay as they are, across chunks and within one; all others move as ever. */
static void test_frozen(void **state)
{
    (void)state;
    static const struct {
        nn_span spans[2];
        int count;
    } cases[] = {{{{5, 8}}, 1},
                 {{{100, SIZE - 100}}, 1},
                 {{{0, SIZE}}, 1},
                 {{{SIZE - 1, SIZE}}, 1},
                 {{{3, 4}, {70, SIZE - 9}}, 2},
                 {{{0, 5}, {5, 9}}, 2},
                 {{{0, 0}}, 0}};
    bench all = {0};
    bench_new(&all, NN_ADAMW, 2);
    all.o.weight_decay = 0.1;
    fill(&all, 1, SHARDS);
    nn_optimiser_step(&all.o, all.pool, all.params, all.grads, SHARDS, 0.01);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        bench b = {0};
        bench_new(&b, NN_ADAMW, 2);
        b.o.weight_decay = 0.1;
        b.o.frozen = cases[k].spans;
        b.o.frozen_count = cases[k].count;
        fill(&b, 1, SHARDS);
        nn_optimiser_step(&b.o, b.pool, b.params, b.grads, SHARDS, 0.01);
        for (size_t i = 0; i < SIZE; i++) {
            bool frozen = false;
            for (int s = 0; s < cases[k].count; s++)
                frozen |= i >= cases[k].spans[s].begin && i < cases[k].spans[s].end;
            assert_true(b.params[i] == (frozen ? (nn_real)start((int)i) : all.params[i]));
            assert_true(b.grads[0][i] == 0);
        }
        bench_free(&b);
    }
    bench_free(&all);
}

/* --- learning-rate rules --- */

static void near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-12 * fabs(want) + 1e-20))
        fail_msg("%.15g, not %.15g", got, want);
}

static void test_epoch_rules(void **state)
{
    (void)state;
    static const double type1[] = {1e-4,    1e-4,     5e-5,      2.5e-5,    1.25e-5,
                                   6.25e-6, 3.125e-6, 1.5625e-6, 7.8125e-7, 3.90625e-7};
    static const double type2[] = {1e-4, 1e-4, 5e-5, 5e-5, 1e-5, 1e-5, 5e-6, 5e-6, 1e-6, 1e-6, 5e-7,
                                   5e-7, 5e-7, 5e-7, 5e-7, 1e-7, 1e-7, 1e-7, 1e-7, 1e-7, 5e-8, 5e-8};
    static const double type3[] = {1e-4,   1e-4,    1e-4,     1e-4,      9e-5,
                                   8.1e-5, 7.29e-5, 6.561e-5, 5.9049e-5, 5.31441e-5};
    for (int e = 1; e <= 10; e++) {
        near(nn_schedule_rate(NN_TYPE1, 1e-4, e, 0, 0), type1[e - 1]);
        near(nn_schedule_rate(NN_TYPE1, 1e-4, e, 0.7, 0.1), type1[e - 1]);
        near(nn_schedule_rate(NN_TYPE3, 1e-4, e, 0.3, 0), type3[e - 1]);
        near(nn_schedule_rate(NN_CONSTANT, 1e-4, e, 0.3, 0), 1e-4);
    }
    for (int e = 1; e <= 22; e++)
        near(nn_schedule_rate(NN_TYPE2, 1e-4, e, 0.3, 0), type2[e - 1]);
}

static void test_cosine(void **state)
{
    (void)state;
    static const struct {
        double progress, warmup, share;
    } table[] = {
        {0, 0, 1},       {0.5, 0, 0.5},
        {1, 0, 0},       {0.25, 0, 0.85355339059327379},
        {0.1, 0.2, 0.5}, {0.05, 0.2, 0.25},
        {0.2, 0.2, 1},   {0.6, 0.2, 0.5},
        {1, 0.2, 0},     {0.4, 0.2, 0.85355339059327379},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double got = nn_schedule_rate(NN_COSINE, 2e-3, 1, table[i].progress, table[i].warmup);
        assert_true(fabs(got - 2e-3 * table[i].share) < 1e-15);
    }
    assert_true(isfinite(nn_schedule_rate(NN_COSINE, 2e-3, 1, 1, 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adam),          cmocka_unit_test(test_adamw),
        cmocka_unit_test(test_clip),          cmocka_unit_test(test_threads),
        cmocka_unit_test(test_zero_gradient), cmocka_unit_test(test_frozen),
        cmocka_unit_test(test_epoch_rules),   cmocka_unit_test(test_cosine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
