/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small network that learns waves, and how it is trained and scored. */
#ifndef TESTS_TRAIN_WAVES_H
#define TESTS_TRAIN_WAVES_H

#include "lib/parts/block.h"
#include "lib/train_internal.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKBACK = 12, HORIZON = 4, VARIATES = 3, WIDTH = 8, SAMPLES = 47, VALIDATION = 13, EPOCHS = 6 };

/* --- a model and its data --- */

static nn_part mixer; /* of the network; none: the default */

static inline void build(void *context, nn_plan *p, nn_ports *ports)
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

static inline double wave(size_t sample, int step, int variate)
{
    return sin(0.37 * (double)sample + 0.5 * step + variate) + 0.3 * cos(1.3 * step * (variate + 1));
}

static inline void note_key(data *self, uint64_t key)
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

static inline void load(void *context, const size_t *index, int count, uint64_t batch_key,
                        const nn_ports *ports)
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

static inline setting usual(void)
{
    return (setting){
        .training = plain, .dropout = 0.1, .threads = 1, .samples = SAMPLES, .validation_sign = 1};
}

/* Records the parameters by compiling a plan, as a model's maker does, and draws them. */
static inline nn_params *new_params(nn_task *task)
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

static inline outcome train(setting s, data *seen)
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

static inline bool same_bytes(const outcome *a, const outcome *b)
{
    return memcmp(a->params->data, b->params->data, a->params->size * sizeof(nn_real)) == 0 &&
           memcmp(a->train, b->train, sizeof a->train) == 0 &&
           memcmp(a->validation, b->validation, sizeof a->validation) == 0;
}

/* --- inference --- */

typedef struct sheet {
    size_t next;
    nn_real output[SAMPLES * HORIZON * VARIATES];
    double loss;
} sheet;

static inline void collect(void *context, size_t first, int count, const nn_ports *ports)
{
    sheet *s = context;
    assert_int_equal(first, s->next);
    s->next += (size_t)count;
    size_t each = HORIZON * VARIATES;
    memcpy(s->output + first * each, ports->output->data, (size_t)count * each * sizeof(nn_real));
    for (size_t i = 0; i < (size_t)count * each; i++)
        s->loss += pow((double)ports->output->data[i] - (double)ports->target->data[i], 2);
}

static inline void infer(nn_params *params, double sign, size_t count, int batch, int threads, sheet *s)
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

static inline double score(nn_params *params, double sign)
{
    static sheet s;
    infer(params, sign, VALIDATION, 5, 1, &s);
    return s.loss / (VALIDATION * HORIZON * VARIATES);
}

#endif
