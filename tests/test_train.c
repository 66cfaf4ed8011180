/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The training loop and batched inference on a small forecasting problem. */
#include "lib/parts/block.h"
#include "lib/train_internal.h"
#include "tests/cmocka_all.h"
#include "tests/count_mallocs.h"

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKBACK = 12, HORIZON = 4, VARIATES = 3, WIDTH = 8, SAMPLES = 47, VALIDATION = 13, EPOCHS = 6 };

/* --- a model and its data --- */

static nn_part mixer; /* of the network; none: the default */

static void build(void *context, nn_plan *p, nn_ports *ports)
{
    double dropout = *(const double *)context;
    nn_tensor *stats = NULL;
    ports->inputs[0] = nn_input(p, 2, (int[]){LOOKBACK, VARIATES});
    ports->target = nn_input(p, 2, (int[]){HORIZON, VARIATES});
    nn_tensor *h = nn_transpose(p, nn_instance_norm(p, ports->inputs[0], &stats));
    h = nn_dropout(p, nn_linear(p, "embed", h, WIDTH), dropout);
    nn_block block = {.mixer = mixer, .heads = 2, .hidden = 16, .activation = NN_GELU, .dropout = dropout};
    h = nn_encoder_block(p, "layer0", h, NULL, &block);
    h = nn_transpose(p, nn_linear(p, "head", h, HORIZON));
    ports->output = nn_instance_norm_inverse(p, h, stats);
}

typedef struct data {
    double sign; /* of the targets */
    bool bad;    /* inputs are NaN */
    bool hidden; /* the targets of variate 1 are missing */
    bool blank;  /* in the first epoch all targets are */
    atomic_int drawn[SAMPLES];
    atomic_int batches; /* different keys seen */
    atomic_ullong keys[256];
} data;

static double wave(size_t sample, int step, int variate)
{
    return sin(0.37 * (double)sample + 0.5 * step + variate) + 0.3 * cos(1.3 * step * (variate + 1));
}

static void note_key(data *self, uint64_t key)
{
    for (int i = 0; i < 256; i++) {
        unsigned long long free_place = 0;
        if (atomic_load(&self->keys[i]) == key)
            return;
        if (atomic_compare_exchange_strong(&self->keys[i], &free_place, key)) {
            atomic_fetch_add(&self->batches, 1);
            return;
        }
        if (free_place == key)
            return;
    }
    fail_msg("more than 256 batch keys");
}

static void load(void *context, const size_t *index, int count, uint64_t batch_key, const nn_ports *ports)
{
    data *self = context;
    note_key(self, batch_key);
    for (int b = 0; b < count; b++) {
        bool missing = atomic_fetch_add(&self->drawn[index[b]], 1) == 0 && self->blank;
        for (int n = 0; n < VARIATES; n++) {
            for (int t = 0; t < LOOKBACK; t++)
                ports->inputs[0]->data[(b * LOOKBACK + t) * VARIATES + n] =
                    (nn_real)(self->bad ? NAN : wave(index[b], t, n));
            for (int t = 0; t < HORIZON; t++)
                ports->target->data[(b * HORIZON + t) * VARIATES + n] =
                    (nn_real)(missing || (self->hidden && n == 1)
                                  ? NAN
                                  : self->sign * wave(index[b], LOOKBACK + t, n));
        }
    }
}

typedef struct outcome {
    nn_params *params;
    double train[EPOCHS], validation[EPOCHS];
    int epochs, best, status;
    nn_error error;
} outcome;

static const nn_training plain = {.epochs = EPOCHS,
                                  .batch = 10,
                                  .shards = 4,
                                  .learning_rate = 0.01,
                                  .schedule = NN_CONSTANT,
                                  .optimiser = NN_ADAM,
                                  .loss = NN_MSE,
                                  .seed = 7};

typedef struct setting {
    nn_training training;
    double dropout;
    int threads;
    size_t samples;
    double validation_sign;
    bool bad, hidden, validation_blank;
    nn_progress_fn progress;
    void *context;
} setting;

static setting usual(void)
{
    return (setting){
        .training = plain, .dropout = 0.1, .threads = 1, .samples = SAMPLES, .validation_sign = 1};
}

/* Records the parameters by compiling a plan, as a model's maker does, and draws them. */
static nn_params *new_params(nn_task *task)
{
    nn_error error = {0};
    nn_params *params = nn_params_new();
    nn_plan *plan = nn_plan_new(params, 1, false);
    nn_ports ports = {0};
    task->build(task->context, plan, &ports);
    assert_int_equal(nn_plan_compile(plan, &error), NN_OK);
    nn_plan_free(plan);
    assert_int_equal(nn_params_allocate(params, 3, &error), NN_OK);
    return params;
}

static outcome train(setting s, data *seen)
{
    static data validation_data;
    memset(&validation_data, 0, sizeof validation_data);
    memset(seen, 0, sizeof *seen);
    seen->sign = 1;
    seen->bad = s.bad;
    seen->hidden = validation_data.hidden = s.hidden;
    validation_data.sign = s.validation_sign;
    validation_data.blank = s.validation_blank;
    nn_task task = {.context = &s.dropout, .build = build};
    nn_source source = {.context = seen, .count = s.samples, .load = load};
    nn_source validation = {.context = &validation_data, .count = VALIDATION, .load = load};
    outcome o = {.params = new_params(&task)};
    nn_pool *pool = NULL;
    assert_int_equal(nn_pool_new(&pool, s.threads, &o.error), NN_OK);
    o.status = nn_train(o.params, &task, &source, &validation, &s.training, pool, o.train, o.validation,
                        &o.epochs, &o.best, s.progress, s.context, &o.error);
    nn_pool_free(pool);
    return o;
}

static bool same_bytes(const outcome *a, const outcome *b)
{
    return memcmp(a->params->data, b->params->data, a->params->size * sizeof(nn_real)) == 0 &&
           memcmp(a->train, b->train, sizeof a->train) == 0 &&
           memcmp(a->validation, b->validation, sizeof a->validation) == 0;
}

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

static double score(nn_params *params, double sign);

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

typedef struct sheet {
    size_t next;
    nn_real output[SAMPLES * HORIZON * VARIATES];
    double loss;
} sheet;

static void collect(void *context, size_t first, int count, const nn_ports *ports)
{
    sheet *s = context;
    assert_int_equal(first, s->next);
    s->next += (size_t)count;
    size_t each = HORIZON * VARIATES;
    memcpy(s->output + first * each, ports->output->data, (size_t)count * each * sizeof(nn_real));
    for (size_t i = 0; i < (size_t)count * each; i++)
        s->loss += pow((double)ports->output->data[i] - (double)ports->target->data[i], 2);
}

static void infer(nn_params *params, double sign, size_t count, int batch, int threads, sheet *s)
{
    nn_error error = {0};
    static data seen;
    memset(&seen, 0, sizeof seen);
    seen.sign = sign;
    double dropout = 0.5;
    nn_task task = {.context = &dropout, .build = build};
    nn_source source = {.context = &seen, .count = count, .load = load};
    nn_pool *pool = NULL;
    assert_int_equal(nn_pool_new(&pool, threads, &error), NN_OK);
    *s = (sheet){0};
    assert_int_equal(nn_infer(params, &task, &source, batch, pool, collect, s, &error), NN_OK);
    assert_int_equal(s->next, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(seen.drawn[i], 1);
    nn_pool_free(pool);
}

static double score(nn_params *params, double sign)
{
    static sheet s;
    infer(params, sign, VALIDATION, 5, 1, &s);
    return s.loss / (VALIDATION * HORIZON * VARIATES);
}

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
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_shards),
        cmocka_unit_test(test_easy_first),
        cmocka_unit_test(test_decay_spares_constants),
        cmocka_unit_test(test_no_mallocs),
        cmocka_unit_test(test_epochs),
        cmocka_unit_test(test_no_mallocs_in_step),
        cmocka_unit_test(test_patience),
        cmocka_unit_test(test_start_kept),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_divergence),
        cmocka_unit_test(test_few_samples),
        cmocka_unit_test(test_missing_targets),
        cmocka_unit_test(test_undefined_validation),
        cmocka_unit_test(test_inference),
        cmocka_unit_test(test_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
