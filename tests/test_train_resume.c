/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A training that is taken up where it stood ends with the bytes of one that never stopped. */
#include "lib/parts/block.h"
#include "lib/train.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Samples that are loaded before one is no number; negative: all are. */
static int sound = -1;
static double validation_scale = 1;

enum { WIDTH = 6, SAMPLES = 23, BATCH = 5, EPOCHS = 4, STEPS = SAMPLES / BATCH };

static void build(void *context, nn_plan *p, nn_ports *ports)
{
    (void)context;
    ports->inputs[0] = nn_input(p, 1, (int[]){WIDTH});
    ports->target = nn_input(p, 1, (int[]){1});
    nn_tensor *h = nn_linear(p, "first", ports->inputs[0], 2 * WIDTH);
    ports->output = nn_linear(p, "second", nn_dropout(p, nn_silu(p, h), 0.2), 1);
}

static void load(void *context, const size_t *index, int count, uint64_t key, const nn_ports *ports)
{
    const bool validation = context != NULL;
    (void)key;
    for (int i = 0; i < count; i++) {
        const int bad = !validation && sound >= 0 && sound-- == 0;
        if (bad)
            ports->inputs[0]->data[i * WIDTH] = NAN;
        for (int k = bad; k < WIDTH; k++)
            ports->inputs[0]->data[i * WIDTH + k] = (nn_real)sin(0.7 * (double)index[i] * (k + 1));
        ports->target->data[i] = (nn_real)(cos(0.3 * (double)index[i]) * (validation ? validation_scale : 1));
    }
}

static const nn_task task = {.build = build};

/* What was kept, once `left` steps were done; taken up by the next training that asks. */
typedef struct memory {
    int left; /* steps until the training is stopped; negative: never */
    bool full;
    nn_standing at;
    double losses[2][EPOCHS];
    nn_real *values[4];
} memory;

static void copy_values(nn_real *const to[4], const nn_standing *at)
{
    const nn_real *from[4] = {at->weights, at->best, at->moment1, at->moment2};
    for (int i = 0; i < 4; i++)
        memcpy(to[i], from[i], at->size * sizeof(nn_real));
}

static bool is_due(void *context, const nn_standing *at, nn_occasion occasion)
{
    (void)context, (void)at;
    return occasion == NN_AT_STOP;
}

static void keep(void *context, const nn_standing *at)
{
    memory *m = context;
    m->full = true;
    m->at = *at;
    memcpy(m->losses[0], at->train_losses, (size_t)at->epochs * sizeof(double));
    memcpy(m->losses[1], at->validation_losses, (size_t)at->epochs * sizeof(double));
    for (int i = 0; i < 4; i++)
        m->values[i] = malloc(at->size * sizeof(nn_real));
    copy_values(m->values, at);
}

static int resume(void *context, nn_standing *at, nn_error *error)
{
    memory *m = context;
    (void)error;
    if (!m->full)
        return NN_OK;
    assert_int_equal(m->at.size, at->size);
    nn_standing kept = m->at;
    kept.weights = m->values[0];
    kept.best = m->values[1];
    kept.moment1 = m->values[2];
    kept.moment2 = m->values[3];
    copy_values((nn_real *const[]){at->weights, at->best, at->moment1, at->moment2}, &kept);
    memcpy(at->train_losses, m->losses[0], sizeof m->losses[0]);
    memcpy(at->validation_losses, m->losses[1], sizeof m->losses[1]);
    at->epoch = kept.epoch;
    at->step = kept.step;
    at->sum = kept.sum;
    at->taken = kept.taken;
    at->epochs = kept.epochs;
    at->best_epoch = kept.best_epoch;
    at->start_loss = kept.start_loss;
    for (int i = 0; i < 4; i++)
        free(m->values[i]);
    m->full = false;
    return NN_OK;
}

static int count_down(void *context, const nn_progress *p)
{
    (void)p;
    return --((memory *)context)->left == 0;
}

static void say_largest(const void *context, const size_t *index, size_t count, char *text, size_t size)
{
    (void)context;
    snprintf(text, size, "of %zu samples%s", count, index ? " in their order" : "");
}

typedef struct outcome {
    nn_params *params;
    double train[EPOCHS], validation[EPOCHS], start;
    int epochs, best, code;
    nn_error error;
} outcome;

static outcome train(memory *m, int threads, int patience)
{
    nn_error error = {0};
    outcome o = {.params = nn_params_new()};
    nn_plan *plan = nn_plan_new(o.params, 1, false);
    nn_ports ports = {0};
    build(NULL, plan, &ports);
    assert_int_equal(nn_plan_compile(plan, &error), NN_OK);
    nn_plan_free(plan);
    assert_int_equal(nn_params_allocate(o.params, 3, &error), NN_OK);
    const nn_keeper keeper = {m, resume, is_due, keep};
    const nn_training how = {.epochs = EPOCHS,
                             .batch = BATCH,
                             .shards = 2,
                             .patience = patience,
                             .learning_rate = patience ? 0.2 : 0.02,
                             .schedule = NN_COSINE,
                             .warmup = 0.2,
                             .optimiser = NN_ADAMW,
                             .weight_decay = 0.01,
                             .clip = 1,
                             .loss = NN_MSE,
                             .seed = 5,
                             .start_loss = &o.start,
                             .keeper = &keeper};
    const nn_source source = {.count = SAMPLES, .load = load, .largest = say_largest},
                    validation = {
                        .context = &validation_scale, .count = 7, .load = load, .largest = say_largest};
    nn_pool *pool;
    assert_int_equal(nn_pool_new(&pool, threads, &error), NN_OK);
    o.code = nn_train(o.params, &task, &source, &validation, &how, pool, o.train, o.validation, &o.epochs,
                      &o.best, count_down, m, &o.error);
    nn_pool_free(pool);
    return o;
}

static void same(const outcome *a, const outcome *b)
{
    assert_int_equal(a->epochs, b->epochs);
    assert_int_equal(a->best, b->best);
    assert_memory_equal(&a->start, &b->start, sizeof a->start);
    assert_memory_equal(a->params->data, b->params->data, a->params->size * sizeof(nn_real));
    assert_memory_equal(a->train, b->train, (size_t)a->epochs * sizeof(double));
    assert_memory_equal(a->validation, b->validation, (size_t)a->epochs * sizeof(double));
}

/* Stopped after every step in turn, and taken up by another number of threads. */
static void stop_everywhere(int patience)
{
    memory none = {.left = -1};
    const outcome whole = train(&none, 1, patience);
    assert_int_equal(whole.code, NN_OK);
    for (int stop = 1; stop <= whole.epochs * STEPS; stop++) {
        memory m = {.left = stop};
        outcome begun = train(&m, 1, patience);
        assert_int_equal(begun.code, NN_STOPPED);
        assert_true(m.full);
        m.left = -1;
        outcome ended = train(&m, 1 + stop % 3, patience);
        assert_int_equal(ended.code, NN_OK);
        same(&whole, &ended);
        nn_params_free(begun.params);
        nn_params_free(ended.params);
    }
    nn_params_free(whole.params);
}

static void test_every_step(void **state)
{
    (void)state;
    stop_everywhere(0);
}

/* What stops early does so at the same epoch. */
static void test_patience(void **state)
{
    (void)state;
    stop_everywhere(1);
}

static void test_twice(void **state)
{
    (void)state;
    memory none = {.left = -1}, m = {.left = 3};
    outcome whole = train(&none, 1, 0), first = train(&m, 1, 0);
    m.left = 4;
    outcome second = train(&m, 2, 0);
    m.left = -1;
    outcome third = train(&m, 1, 0);
    assert_int_equal(second.code, NN_STOPPED);
    same(&whole, &third);
    nn_params_free(whole.params);
    nn_params_free(first.params);
    nn_params_free(second.params);
    nn_params_free(third.params);
}

/* The weights of the best epoch stay, and the message says where it happened. */
static void test_diverges_later(void **state)
{
    (void)state;
    memory none = {.left = -1}, stopped = {.left = 2 * STEPS};
    sound = 2 * STEPS * BATCH + BATCH + 1;
    outcome o = train(&none, 1, 0);
    sound = -1;
    outcome two = train(&stopped, 1, 0);
    assert_int_equal(o.code, NN_DIVERGED);
    assert_int_equal(o.epochs, 2);
    assert_true(o.best > 0);
    assert_memory_equal(o.params->data, two.params->data, o.params->size * sizeof(nn_real));
    assert_non_null(strstr(o.error.text, "epoch 3, step 2"));
    assert_non_null(strstr(o.error.text, "of 5 samples in their order"));
    for (int i = 0; i < 4; i++)
        free(stopped.values[i]);
    nn_params_free(o.params);
    nn_params_free(two.params);
}

static void test_infinite_validation(void **state)
{
    (void)state;
    memory none = {.left = -1};
    validation_scale = 1e300;
    outcome o = train(&none, 1, 0);
    validation_scale = 1;
    assert_int_equal(o.code, NN_DIVERGED);
    assert_int_equal(o.epochs, EPOCHS);
    assert_int_equal(o.best, 0);
    assert_non_null(strstr(o.error.text, "of 7 samples"));
    nn_params_free(o.params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_step), cmocka_unit_test(test_patience),
                                       cmocka_unit_test(test_twice), cmocka_unit_test(test_diverges_later),
                                       cmocka_unit_test(test_infinite_validation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
