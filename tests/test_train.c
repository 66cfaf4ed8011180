/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The training loop and batched inference on a small forecasting problem. */
#include "tests/count_mallocs.h"
#include "tests/train_waves.h"

/* --- sameness --- */

static void test_threads(void **state)
{
    (void)state;
    setting variants[] = {usual(), usual(), usual()};
    variants[1].training.optimiser = NN_ADAMW;
    variants[1].training.weight_decay = 0.01;
    variants[1].training.clip = 0.5;
    variants[1].training.schedule = NN_COSINE;
    variants[1].training.warmup = 0.1;
    variants[2].training.shards = 3;
    variants[2].training.loss = NN_HUBER;
    variants[2].training.loss_parameter = 0.5;
    for (int v = 0; v < 3; v++) {
        data seen;
        outcome one = train(variants[v], &seen);
        assert_int_equal(one.status, NN_OK);
        for (int threads = 2; threads <= 5; threads++) {
            variants[v].threads = threads;
            outcome many = train(variants[v], &seen);
            assert_true(same_bytes(&one, &many));
            nn_params_free(many.params);
        }
        variants[v].training.seed++;
        outcome other = train(variants[v], &seen);
        assert_false(same_bytes(&one, &other));
        nn_params_free(other.params);
        nn_params_free(one.params);
    }
}

/* Shards change the order of sums only: dropout and all else are keyed by the place in the whole batch. */
static void test_shards(void **state)
{
    (void)state;
    data seen;
    setting s = usual();
    s.dropout = 0.3;
    s.training.epochs = 1;
    outcome four = train(s, &seen);
    s.training.shards = 1;
    outcome one = train(s, &seen);
    assert_true(fabs(four.train[0] - one.train[0]) < 1e-5 * one.train[0]);
    assert_true(fabs(four.validation[0] - one.validation[0]) < 1e-4 * one.validation[0]);
    s.training.shards = 64;
    outcome most = train(s, &seen);
    assert_int_equal(most.status, NN_OK);
    assert_true(fabs(most.train[0] - one.train[0]) < 1e-5 * one.train[0]);
    nn_params_free(four.params);
    nn_params_free(one.params);
    nn_params_free(most.params);
}

/* --- easy samples first --- */

/* Of four epochs the first shows the easiest quarter, the second five eighths, the others all; every epoch
 * has as many steps. The weights of the steps are another loss, but not another validation loss. */
static void test_easy_first(void **state)
{
    (void)state;
    size_t easiest[SAMPLES];
    data seen;
    for (size_t i = 0; i < SAMPLES; i++)
        easiest[i] = SAMPLES - 1 - i;
    const int few[] = {SAMPLES / 4, SAMPLES * 5 / 8};
    size_t order[SAMPLES];
    for (int epoch = 1; epoch <= 4; epoch++) {
        int times[SAMPLES] = {0};
        nn_draw_order(order, SAMPLES, easiest, epoch, 4, 5 + (uint64_t)epoch);
        for (size_t i = 0; i < SAMPLES; i++)
            times[order[i]]++;
        for (int i = 0; i < SAMPLES; i++) {
            const int rank = SAMPLES - 1 - i, most = epoch < 3 ? few[epoch - 1] : SAMPLES;
            const int want = rank >= most ? 0 : SAMPLES / most + (rank < SAMPLES % most);
            assert_int_equal(times[i], want);
        }
    }
    setting s = usual();
    s.training.easiest = easiest;
    s.training.steps = (nn_step_weights){1, -0.5};
    outcome one = train(s, &seen);
    s.threads = 3;
    outcome three = train(s, &seen);
    assert_true(same_bytes(&one, &three));
    s.training.easiest = NULL;
    outcome alike = train(s, &seen);
    assert_false(same_bytes(&one, &alike));
    s.training.steps.power = 0;
    outcome even = train(s, &seen);
    assert_false(same_bytes(&even, &alike));
    nn_params_free(one.params);
    nn_params_free(three.params);
    nn_params_free(alike.params);
    nn_params_free(even.params);
}

/* --- constants --- */

/* Random features are stored as parameters, and are none: neither decay moves them. */
static void test_decay_spares_constants(void **state)
{
    (void)state;
    static const char text[] = "linear:phi=perf";
    nn_error error = {0};
    assert_int_equal(nn_part_parse(&mixer, NN_PART_MIXER, text, strlen(text), &error), NN_OK);
    for (int k = 0; k < 2; k++) {
        data seen;
        setting s = usual();
        nn_task task = {.context = &s.dropout, .build = build};
        nn_params *first = new_params(&task);
        s.training.optimiser = k ? NN_ADAMW : NN_ADAM;
        s.training.weight_decay = 0.1;
        outcome o = train(s, &seen);
        int constants = 0;
        for (int i = 0; i < first->count; i++) {
            const nn_param *p = &first->table[i];
            const bool same =
                memcmp(first->data + p->offset, o.params->data + p->offset, p->count * sizeof(nn_real)) == 0;
            assert_true(same == nn_param_is_constant(p));
            constants += same;
        }
        assert_true(constants > 0);
        nn_params_free(first);
        nn_params_free(o.params);
    }
    nn_part_clear(&mixer);
    mixer = (nn_part){0};
}

/* --- allocation --- */

typedef struct watch {
    long at_first, at_last;
    int calls;
} watch;

static int watch_mallocs(void *context, const nn_progress *progress)
{
    watch *w = context;
    w->at_last = count_mallocs();
    if (w->calls++ == 0)
        w->at_first = w->at_last;
    (void)progress;
    return 0;
}

static void test_no_mallocs(void **state)
{
    (void)state;
    long before = count_mallocs();
    for (int threads = 1; threads <= 3; threads++) {
        data seen;
        watch w = {0};
        setting s = usual();
        s.threads = threads;
        s.training.clip = 1;
        s.progress = watch_mallocs;
        s.context = &w;
        outcome o = train(s, &seen);
        assert_int_equal(o.status, NN_OK);
        assert_true(w.calls > EPOCHS);
        assert_int_equal(w.at_last, w.at_first);
        nn_params_free(o.params);
    }
    assert_true(count_mallocs() > before);
}

static void test_no_mallocs_in_step(void **state)
{
    (void)state;
    nn_error error = {0};
    double dropout = 0.1;
    nn_task task = {.context = &dropout, .build = build};
    nn_params *params = new_params(&task);
    nn_plan *plan = nn_plan_new(params, 5, true);
    nn_ports ports = {0};
    build(&dropout, plan, &ports);
    nn_loss(plan, NN_MSE, 0, ports.output, ports.target);
    assert_int_equal(nn_plan_compile(plan, &error), NN_OK);
    nn_optimiser optimiser;
    assert_int_equal(nn_optimiser_init(&optimiser, NN_ADAM, params->size, &error), NN_OK);
    nn_pool *pool = NULL;
    assert_int_equal(nn_pool_new(&pool, 1, &error), NN_OK);
    nn_real *grads = calloc(params->size, sizeof *grads);
    data source = {.sign = 1};
    load(&source, (size_t[]){1, 2, 3, 4, 5}, 5, 1, &ports);
    long before = count_mallocs();
    nn_run run = {.batch = 5, .params = params->data, .grads = grads, .loss_scale = 1};
    nn_plan_forward(plan, &run);
    nn_plan_backward(plan, &run);
    nn_optimiser_step(&optimiser, pool, params->data, &grads, 1, 1e-3);
    assert_int_equal(count_mallocs(), before);
    free(grads);
    nn_pool_free(pool);
    nn_optimiser_clear(&optimiser);
    nn_plan_free(plan);
    nn_params_free(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads),    cmocka_unit_test(test_shards),
        cmocka_unit_test(test_easy_first), cmocka_unit_test(test_decay_spares_constants),
        cmocka_unit_test(test_no_mallocs), cmocka_unit_test(test_no_mallocs_in_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
