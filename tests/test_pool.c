/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worker pool runs every task exactly once. */
#include "lib/pool.h"
#include "tests/cmocka_all.h"

#include <stdatomic.h>
#include <string.h>

enum { MOST = 1000, MOST_THREADS = 8 };

typedef struct tally {
    atomic_int done[MOST];
    atomic_int inside[MOST_THREADS]; /* tasks that a worker runs at this moment */
    atomic_int wrong;
    int plain[MOST]; /* written without locks: a run's end must order it before the caller's reading */
    int threads, count;
} tally;

static void note(void *context, int n, int worker)
{
    tally *t = context;
    if (n < 0 || n >= t->count || worker < 0 || worker >= t->threads) {
        atomic_fetch_add(&t->wrong, 1);
        return;
    }
    if (atomic_fetch_add(&t->inside[worker], 1) != 0)
        atomic_fetch_add(&t->wrong, 1);
    atomic_fetch_add(&t->done[n], 1);
    t->plain[n] += n + 1;
    atomic_fetch_sub(&t->inside[worker], 1);
}

static void test_every_task_once(void **state)
{
    (void)state;
    static const int counts[] = {0, 1, 2, 3, 7, 64, MOST};
    static tally t;
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        nn_error error = {0};
        nn_pool *pool = NULL;
        assert_int_equal(nn_pool_new(&pool, threads, &error), NN_OK);
        assert_int_equal(nn_pool_threads(pool), threads);
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            memset(&t, 0, sizeof t);
            t.threads = threads;
            t.count = counts[c];
            nn_pool_run(pool, counts[c], note, &t);
            assert_int_equal(t.wrong, 0);
            for (int n = 0; n < MOST; n++) {
                assert_int_equal(t.done[n], n < counts[c]);
                assert_int_equal(t.plain[n], n < counts[c] ? n + 1 : 0);
            }
        }
        nn_pool_free(pool);
    }
}

static void test_many_rounds(void **state)
{
    (void)state;
    enum { ROUNDS = 3000, COUNT = 5 };
    static tally t;
    for (int threads = 1; threads <= MOST_THREADS; threads += threads < 3 ? 1 : 5) {
        nn_error error = {0};
        nn_pool *pool = NULL;
        assert_int_equal(nn_pool_new(&pool, threads, &error), NN_OK);
        memset(&t, 0, sizeof t);
        t.threads = threads;
        t.count = COUNT;
        for (int round = 1; round <= ROUNDS; round++) {
            nn_pool_run(pool, COUNT, note, &t);
            for (int n = 0; n < COUNT; n++)
                assert_int_equal(t.plain[n], round * (n + 1));
        }
        assert_int_equal(t.wrong, 0);
        nn_pool_free(pool);
    }
}

static void test_machine(void **state)
{
    (void)state;
    nn_error error = {0};
    nn_pool *pool = NULL;
    assert_int_equal(nn_pool_new(&pool, 0, &error), NN_OK);
    assert_true(nn_pool_threads(pool) >= 1);
    nn_pool_free(pool);
    nn_pool_free(NULL);
}

/* Pools that are freed without ever having run. */
static void test_unused(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        nn_error error = {0};
        nn_pool *pool = NULL;
        assert_int_equal(nn_pool_new(&pool, 1 + i % 4, &error), NN_OK);
        nn_pool_free(pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_task_once),
                                       cmocka_unit_test(test_many_rounds), cmocka_unit_test(test_machine),
                                       cmocka_unit_test(test_unused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
