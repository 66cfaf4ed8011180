/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The epochs of a training, what ends it, and inference. */
#include "lib/base/slab.h"
#include "tests/train_waves.h"

/* --- epochs --- */

typedef struct journal {
    int calls, ends, wrong, stop_at; /* stop_at: the call that stops, 0 for none */
    int bests[EPOCHS + 1];
} journal;

static int write_journal(void *context, const nn_progress *p)
{
    journal *j = context;
    bool end = p->step == p->steps;
    j->calls++;
    j->wrong += p->epoch != j->ends + 1 || p->steps != 4 || p->step < 1 || p->step > p->steps;
    j->wrong += isnan(p->validation_loss) == end || !(p->train_loss > 0) || p->learning_rate != 0.01;
    if (end)
        j->bests[++j->ends] = p->best;
    return j->calls == j->stop_at ? 1 : 0;
}

static void test_epochs(void **state)
{
    (void)state;
    data seen;
    journal j = {0};
    setting s = usual();
    s.progress = write_journal;
    s.context = &j;
    outcome o = train(s, &seen);
    assert_int_equal(o.status, NN_OK);
    assert_int_equal(o.epochs, EPOCHS);
    assert_int_equal(j.ends, EPOCHS);
    assert_int_equal(j.wrong, 0);
    int drawn = 0, left_out = 0;
    for (int i = 0; i < SAMPLES; i++) {
        drawn += seen.drawn[i];
        left_out += seen.drawn[i] < EPOCHS;
        assert_true(seen.drawn[i] <= EPOCHS);
    }
    assert_int_equal(drawn, EPOCHS * 40);
    assert_true(left_out > 7); /* not the same seven in every epoch */
    assert_int_equal(seen.batches, EPOCHS * 4);
    assert_true(o.train[EPOCHS - 1] < 0.5 * o.train[0]);
    double least = INFINITY;
    for (int e = 1; e <= EPOCHS; e++) {
        assert_int_equal(j.bests[e], o.validation[e - 1] <= least);
        least = fmin(least, o.validation[e - 1]);
    }
    assert_true(o.validation[o.best - 1] == least);
    assert_true(fabs(score(o.params, 1) - least) < 1e-6 * least);
    nn_params_free(o.params);
}

/* Validation targets of the other sign: every epoch of learning makes them worse. */
static void test_patience(void **state)
{
    (void)state;
    data seen;
    setting s = usual();
    s.validation_sign = -1;
    s.training.patience = 2;
    outcome o = train(s, &seen);
    assert_int_equal(o.status, NN_OK);
    assert_true(o.best >= 1 && o.best <= 2);
    assert_int_equal(o.epochs, o.best + 2);
    assert_true(fabs(score(o.params, -1) - o.validation[o.best - 1]) < 1e-6 * o.validation[o.best - 1]);
    nn_params_free(o.params);
    s.training.learning_rate = 0; /* ties count as improvements */
    o = train(s, &seen);
    assert_int_equal(o.epochs, EPOCHS);
    assert_int_equal(o.best, EPOCHS);
    nn_params_free(o.params);
}

/* Where every epoch makes it worse, the weights of before the first are kept if that is asked for. */
static void test_start_kept(void **state)
{
    (void)state;
    data seen;
    double loss = NAN;
    setting s = usual();
    s.validation_sign = -1;
    s.training.start_loss = &loss;
    outcome o = train(s, &seen);
    assert_int_equal(o.status, NN_OK);
    assert_int_equal(o.best, 0);
    assert_int_equal(o.epochs, EPOCHS);
    assert_true(fabs(score(o.params, -1) - loss) < 1e-6 * loss);
    for (int e = 0; e < EPOCHS; e++)
        assert_true(o.validation[e] > loss);
    nn_params_free(o.params);
    s.validation_sign = 1;
    o = train(s, &seen);
    assert_true(o.best > 0 && o.validation[o.best - 1] < loss);
    nn_params_free(o.params);
}

static void test_stop(void **state)
{
    (void)state;
    data seen;
    journal j = {.stop_at = 4 + 4 + 2};
    setting s = usual();
    s.progress = write_journal;
    s.context = &j;
    outcome o = train(s, &seen);
    assert_int_equal(o.status, NN_STOPPED);
    assert_int_equal(o.epochs, 2);
    assert_int_equal(j.calls, j.stop_at);
    assert_true(fabs(score(o.params, 1) - o.validation[o.best - 1]) < 1e-6 * o.validation[o.best - 1]);
    nn_params_free(o.params);
}

static void test_divergence(void **state)
{
    (void)state;
    data seen;
    setting s = usual();
    s.bad = true;
    outcome o = train(s, &seen);
    assert_int_equal(o.status, NN_DIVERGED);
    assert_int_equal(o.best, 0);
    assert_non_null(strstr(o.error.text, "the loss of epoch 1, step 1 is not finite"));
    nn_params_free(o.params);
}

/* Without learning and dropout, on the same samples: missing targets count in neither mean. */
static void test_missing_targets(void **state)
{
    (void)state;
    data seen;
    setting s = usual();
    s.samples = s.training.batch = VALIDATION;
    s.dropout = s.training.learning_rate = 0;
    outcome whole = train(s, &seen);
    s.hidden = true;
    outcome holes = train(s, &seen);
    assert_int_equal(holes.status, NN_OK);
    assert_true(fabs(whole.train[0] - whole.validation[0]) < 1e-5 * whole.train[0]);
    assert_true(fabs(holes.train[0] - holes.validation[0]) < 1e-5 * holes.train[0]);
    assert_true(fabs(holes.train[0] - whole.train[0]) > 1e-4 * holes.train[0]);
    nn_params_free(whole.params);
    nn_params_free(holes.params);
}

/* An epoch without a validation loss is kept only until one has a loss. */
static void test_undefined_validation(void **state)
{
    (void)state;
    data seen;
    setting s = usual();
    s.validation_blank = true;
    outcome o = train(s, &seen);
    assert_int_equal(o.status, NN_OK);
    assert_true(isnan(o.validation[0]) && !isnan(o.validation[1]));
    assert_true(o.best > 1);
    nn_params_free(o.params);
}

static void test_few_samples(void **state)
{
    (void)state;
    data seen;
    setting s = usual();
    s.samples = 3;
    outcome o = train(s, &seen);
    assert_int_equal(o.status, NN_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(seen.drawn[i], EPOCHS);
    nn_params_free(o.params);
}

/* --- inference --- */

static void test_inference(void **state)
{
    (void)state;
    static sheet one, other;
    static const int batches[] = {1, 7, 46, 47, 100};
    double dropout = 0;
    nn_task task = {.context = &dropout, .build = build};
    nn_params *params = new_params(&task);
    infer(params, 1, SAMPLES, 10, 1, &one);
    for (int threads = 1; threads <= 3; threads++) {
        infer(params, 1, SAMPLES, 10, threads, &other);
        assert_memory_equal(one.output, other.output, sizeof one.output);
        for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
            infer(params, 1, SAMPLES, batches[b], threads, &other);
            for (int i = 0; i < SAMPLES * HORIZON * VARIATES; i++)
                assert_true(fabs((double)(one.output[i] - other.output[i])) < 1e-5);
        }
    }
    nn_params_free(params);
}

/* --- memory --- */

static void test_slab(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 64, 4096, (4 << 20) - 1, 4 << 20, (6 << 20) + 12345};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        unsigned char *slab = nn_slab_new(sizes[k]);
        assert_non_null(slab);
        assert_int_equal((uintptr_t)slab % 64, 0);
        for (size_t i = 0; i < sizes[k]; i++)
            if (slab[i])
                fail_msg("byte %zu of %zu is not zero", i, sizes[k]);
        memset(slab, 0xff, sizes[k]); /* the same place is zero when it is given again */
        free(slab);
    }
    assert_null(nn_slab_new(SIZE_MAX));
}

/* --- a pass fits a cache --- */

enum { BROAD = 200000, BROAD_SAMPLES = 23 };

static void build_broad(void *context, nn_plan *p, nn_ports *ports)
{
    (void)context;
    ports->inputs[0] = nn_input(p, 1, (int[]){LOOKBACK});
    ports->target = nn_input(p, 1, (int[]){1});
    ports->output = nn_linear(p, "narrow", nn_linear(p, "broad", ports->inputs[0], BROAD), 1);
}

static void load_broad(void *context, const size_t *index, int count, uint64_t batch_key,
                       const nn_ports *ports)
{
    (void)context;
    (void)batch_key;
    for (int b = 0; b < count; b++)
        for (int t = 0; t < LOOKBACK; t++)
            ports->inputs[0]->data[b * LOOKBACK + t] = (nn_real)wave(index[b], t, 0);
}

typedef struct passes {
    size_t next;
    int most;
    nn_real output[BROAD_SAMPLES];
} passes;

static void note_pass(void *context, size_t first, int count, const nn_ports *ports)
{
    passes *self = context;
    assert_int_equal(first, self->next);
    self->next += (size_t)count;
    self->most = count > self->most ? count : self->most;
    memcpy(self->output + first, ports->output->data, (size_t)count * sizeof(nn_real));
}

static passes infer_broad(nn_params *params, const nn_task *task, int batch, int threads)
{
    nn_error error = {0};
    nn_source source = {.count = BROAD_SAMPLES, .load = load_broad};
    nn_pool *pool = NULL;
    passes found = {0};
    assert_int_equal(nn_pool_new(&pool, threads, &error), NN_OK);
    assert_int_equal(nn_infer(params, task, &source, batch, pool, note_pass, &found, &error), NN_OK);
    assert_int_equal(found.next, BROAD_SAMPLES);
    nn_pool_free(pool);
    return found;
}

/* A batch whose tensors would not stay in a cache is taken in even parts, for the same bytes. */
static void test_passes(void **state)
{
    (void)state;
    nn_task task = {.build = build_broad};
    nn_params *params = new_params(&task);
    const passes one = infer_broad(params, &task, 1, 1);
    assert_int_equal(one.most, 1);
    for (int threads = 1; threads <= 2; threads++) {
        const passes all = infer_broad(params, &task, BROAD_SAMPLES, threads);
        assert_int_equal(all.most, sizeof(nn_real) == 4 ? 5 : 3); /* of 0.8 MB each, 23 in 5 parts */
        assert_memory_equal(all.output, one.output, sizeof one.output);
    }
    nn_params_free(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_epochs),
        cmocka_unit_test(test_patience),
        cmocka_unit_test(test_start_kept),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_divergence),
        cmocka_unit_test(test_missing_targets),
        cmocka_unit_test(test_undefined_validation),
        cmocka_unit_test(test_few_samples),
        cmocka_unit_test(test_inference),
        cmocka_unit_test(test_passes),
        cmocka_unit_test(test_slab),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
