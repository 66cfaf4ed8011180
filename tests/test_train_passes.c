/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A shard whose activations would leave the caches goes through its plan some samples at a time: fewer than a
 * shard has, to the same losses, and to the same bytes for any number of threads. */
#include "lib/parts/block.h"
#include "lib/train_internal.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOKENS = 1024, CHANNELS = 3, WIDTH = 32, BATCH = 12, SAMPLES = 24, EPOCHS = 2 };

typedef struct network {
    int tokens;
    const nn_norm_kind *norm;
} network;

static void build(void *context, nn_plan *p, nn_ports *ports)
{
    const network *self = context;
    ports->inputs[0] = nn_input(p, 2, (int[]){self->tokens, CHANNELS});
    ports->target = nn_input(p, 2, (int[]){self->tokens, 1});
    nn_tensor *h = nn_dropout(p, nn_linear(p, "embed", ports->inputs[0], WIDTH), 0.1);
    for (int i = 0; i < 2; i++) {
        nn_tensor *wide = nn_activation(p, nn_linear(p, nn_name(p, "wide%d", i), h, 2 * WIDTH), NN_RELU, 0.1);
        h = nn_residual(p, h, nn_linear(p, nn_name(p, "back%d", i), wide, WIDTH), 0);
        h = nn_layer_norm(p, NULL, h, 1e-5);
    }
    if (self->norm) {
        const nn_block block = {.norm = {.kind = &self->norm->part}};
        h = self->norm->build(p, "norm", &block, NULL, h);
    }
    ports->output = nn_linear(p, "head", h, 1);
}

static void load(void *context, const size_t *index, int count, uint64_t batch_key, const nn_ports *ports)
{
    const network *self = context;
    (void)batch_key;
    for (int b = 0; b < count; b++)
        for (int t = 0; t < self->tokens; t++) {
            const int row = b * self->tokens + t;
            for (int c = 0; c < CHANNELS; c++)
                ports->inputs[0]->data[row * CHANNELS + c] = (nn_real)sin(0.3 * (double)index[b] + t + c);
            ports->target->data[row] = (nn_real)cos(0.3 * (double)index[b] + t);
        }
}

static int pass_of(network n, int shards)
{
    const nn_task task = {&n, build};
    const nn_training settings = {.batch = BATCH, .shards = shards, .loss = NN_MSE};
    nn_params *params = nn_params_new();
    nn_error error = {0};
    int samples = 0;
    assert_int_equal(nn_pass_samples(&samples, params, &task, &settings, &error), NN_OK);
    nn_params_free(params);
    return samples;
}

static void test_samples(void **state)
{
    (void)state;
    const network narrow = {TOKENS, NULL};
    const int some = pass_of(narrow, 1);
    assert_true(some > 1 && some < BATCH);
    assert_true(pass_of(narrow, 2) <= some); /* as many in each pass of a shard */
    assert_int_equal(pass_of(narrow, BATCH), 1);
    assert_int_equal(pass_of((network){8, NULL}, 1), BATCH);
    assert_int_equal(pass_of((network){64 * TOKENS, NULL}, 1), 1);
    /* A norm of a batch must see all of a shard. */
    assert_int_equal(pass_of((network){TOKENS, &nn_norm_batch}, 1), BATCH);
}

typedef struct outcome {
    double train[EPOCHS], validation[EPOCHS];
    nn_params *params;
} outcome;

static outcome train(int shards, int threads)
{
    network n = {TOKENS, NULL};
    outcome o = {.params = nn_params_new()};
    const nn_task task = {&n, build};
    const nn_source source = {.context = &n, .count = SAMPLES, .load = load},
                    few = {.context = &n, .count = 2, .load = load};
    const nn_training settings = {.epochs = EPOCHS,
                                  .batch = BATCH,
                                  .shards = shards,
                                  .learning_rate = 1e-3,
                                  .schedule = NN_CONSTANT,
                                  .loss = NN_MSE,
                                  .seed = 3};
    nn_pool *pool = NULL;
    nn_error error = {0};
    int epochs, best;
    nn_plan *plan = nn_plan_new(o.params, 1, false);
    nn_ports ports = {0};
    build(&n, plan, &ports);
    nn_plan_free(plan);
    assert_int_equal(nn_params_allocate(o.params, 1, &error), NN_OK);
    assert_int_equal(nn_pool_new(&pool, threads, &error), NN_OK);
    assert_int_equal(nn_train(o.params, &task, &source, &few, &settings, pool, o.train, o.validation, &epochs,
                              &best, NULL, NULL, &error),
                     NN_OK);
    nn_pool_free(pool);
    return o;
}

static void test_same_training(void **state)
{
    (void)state;
    const outcome passes = train(1, 1), each = train(BATCH, 1), one = train(2, 1), two = train(2, 2);
    for (int e = 0; e < EPOCHS; e++) {
        assert_true(fabs(passes.train[e] - each.train[e]) < 1e-5 * each.train[e]);
        assert_true(fabs(passes.validation[e] - each.validation[e]) < 1e-4 * each.validation[e]);
    }
    assert_memory_equal(one.params->data, two.params->data, one.params->size * sizeof(nn_real));
    nn_params_free(passes.params);
    nn_params_free(each.params);
    nn_params_free(one.params);
    nn_params_free(two.params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_samples), cmocka_unit_test(test_same_training)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
