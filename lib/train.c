/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains by shards of a batch, watches the validation part, keeps the best weights; infers in batches. */
#include "lib/train.h"

#include "lib/base/clock.h"
#include "lib/kernels/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t sample_elements(const nn_tensor *x)
{
    size_t n = 1;
    for (int i = 1; i < x->rank; i++)
        n *= (size_t)x->shape[i];
    return n;
}

/* --- one plan per thread --- */

typedef struct replica {
    nn_plan *plan;
    nn_ports ports;
} replica;

typedef struct replicas {
    replica *items;
    int count;
    nn_real *packed; /* weights for all of them; NULL: nothing to pack */
    bool borrowed;   /* packed is another set's: each packs anew before it runs */
} replicas;

static void clear_replicas(replicas *set)
{
    for (int i = 0; set->items && i < set->count; i++)
        nn_plan_free(set->items[i].plan);
    free(set->items);
    if (!set->borrowed)
        free(set->packed);
    *set = (replicas){0};
}

/* settings NULL: inference plans without a loss. parts: threads that share a pass of one replica. */
static int make_replicas(replicas *set, int count, int parts, nn_params *params, const nn_task *task,
                         int batch, const nn_training *settings, nn_error *error)
{
    *set = (replicas){.items = calloc((size_t)count, sizeof(replica)), .count = count};
    if (!set->items)
        return nn_no_memory(error);
    for (int i = 0; i < count; i++) {
        replica *r = &set->items[i];
        r->plan = nn_plan_new(params, batch, settings != NULL);
        if (!r->plan)
            return nn_no_memory(error);
        nn_plan_divide(r->plan, parts);
        task->build(task->context, r->plan, &r->ports);
        nn_keep(r->plan, r->ports.output);
        for (int k = 0; k < NN_MAX_KEPT; k++)
            if (r->ports.kept[k])
                nn_keep(r->plan, r->ports.kept[k]);
        if (settings)
            nn_loss(r->plan, settings->loss, settings->loss_parameter, r->ports.output, r->ports.target);
        int code = nn_plan_compile(r->plan, error);
        if (code)
            return code;
    }
    return NN_OK;
}

/* Memory for packed weights: that of lender, unless it is NULL or of another size. */
static int make_packed(replicas *set, const replicas *lender, nn_error *error)
{
    size_t size = nn_plan_packed_size(set->items[0].plan);
    if (lender && lender->packed && nn_plan_packed_size(lender->items[0].plan) == size) {
        set->packed = lender->packed;
        set->borrowed = true;
    } else if (size && !(set->packed = aligned_alloc(64, (size * sizeof(nn_real) + 63) / 64 * 64)))
        return nn_fail(error, NN_FAILED, "no memory for packing %zu weights", size);
    return NN_OK;
}

typedef struct packing {
    const replicas *set;
    const nn_real *params;
    int parts;
} packing;

static void pack_part(void *context, int part, int worker)
{
    const packing *self = context;
    (void)worker;
    nn_plan_pack(self->set->items[0].plan, self->params, self->set->packed, part, self->parts);
}

/* The weights have changed. */
static void pack_weights(const replicas *set, const nn_params *params, nn_pool *pool)
{
    enum { PARTS = 8 };
    packing self = {set, params->data, PARTS};
    if (set->packed)
        nn_pool_run(pool, PARTS, pack_part, &self);
}

/* --- inference --- */

typedef struct inference {
    nn_params *params;
    const nn_source *source;
    replicas set;
    nn_pool *pool;
    int batch;
    size_t *index; /* batch entries for each replica */
    size_t first;  /* first sample of the current round of chunks */
} inference;

static int chunk_size(const inference *self, size_t first)
{
    size_t left = self->source->count - first;
    return left < (size_t)self->batch ? (int)left : self->batch;
}

static void infer_chunk(void *context, int n, int worker)
{
    (void)worker;
    inference *self = context;
    replica *r = &self->set.items[n];
    size_t first = self->first + (size_t)n * (size_t)self->batch;
    size_t *index = self->index + (size_t)n * (size_t)self->batch;
    int count = chunk_size(self, first);
    for (int i = 0; i < count; i++)
        index[i] = first + (size_t)i;
    self->source->load(self->source->context, index, count, 0, &r->ports);
    nn_run run = {.batch = count, .params = self->params->data, .packed = self->set.packed};
    if (self->set.count == 1) /* then the pool's threads have nothing else to do */
        nn_plan_forward_shared(r->plan, &run, self->pool);
    else
        nn_plan_forward(r->plan, &run);
}

static int inference_init(inference *self, nn_params *params, const nn_task *task, const nn_source *source,
                          int batch, nn_pool *pool, const replicas *lender, nn_error *error)
{
    size_t chunks = (source->count + (size_t)batch - 1) / (size_t)batch;
    int threads = nn_pool_threads(pool), replicas_wanted = threads;
    if ((size_t)replicas_wanted > chunks)
        replicas_wanted = chunks ? (int)chunks : 1;
    *self = (inference){.params = params, .source = source, .pool = pool, .batch = batch};
    self->index = malloc((size_t)replicas_wanted * (size_t)batch * sizeof *self->index);
    if (!self->index)
        return nn_no_memory(error);
    int code = make_replicas(&self->set, replicas_wanted, replicas_wanted == 1 ? threads : 1, params,
                             source->network ? source->network : task, batch, NULL, error);
    return code ? code : make_packed(&self->set, lender, error);
}

static void inference_clear(inference *self)
{
    clear_replicas(&self->set);
    free(self->index);
}

/* Rounds of one chunk per replica; the sink sees them in order whatever thread ran them. */
static void inference_run(inference *self, nn_sink_fn sink, void *context)
{
    size_t total = self->source->count, step = (size_t)self->set.count * (size_t)self->batch;
    pack_weights(&self->set, self->params, self->pool);
    for (self->first = 0; self->first < total; self->first += step) {
        size_t left = total - self->first;
        int chunks =
            left >= step ? self->set.count : (int)((left + (size_t)self->batch - 1) / (size_t)self->batch);
        nn_pool_run(self->pool, chunks, infer_chunk, self);
        for (int n = 0; n < chunks; n++) {
            size_t first = self->first + (size_t)n * (size_t)self->batch;
            sink(context, first, chunk_size(self, first), &self->set.items[n].ports);
        }
    }
}

int nn_infer(nn_params *params, const nn_task *task, const nn_source *source, int batch, nn_pool *pool,
             nn_sink_fn sink, void *context, nn_error *error)
{
    inference self;
    int code = inference_init(&self, params, task, source, batch, pool, NULL, error);
    if (code == NN_OK)
        inference_run(&self, sink, context);
    inference_clear(&self);
    return code;
}

/* --- training --- */

typedef struct trainer {
    nn_params *params;
    const nn_source *source;
    const nn_training *settings;
    nn_pool *pool;
    replicas set;
    int shards;
    nn_real **grads;    /* one buffer per shard */
    double *losses;     /* per shard, of the current step */
    size_t *known;      /* per shard: target values that are not missing */
    size_t *order;      /* the epoch's order of samples */
    nn_real *best;      /* the weights of the best epoch */
    nn_span *constants; /* among the parameters, which neither gradient nor decay moves */
    int constant_count;
    inference validation;
    nn_optimiser optimiser;
    const size_t *batch_index;
    int batch_count;
    uint64_t batch_key;
    double loss_scale;
} trainer;

static size_t known_targets(const nn_ports *ports, int count)
{
    size_t known = 0, n = (size_t)count * sample_elements(ports->target);
    for (size_t i = 0; i < n; i++)
        known += !isnan(ports->target->data[i]);
    return known;
}

static void run_shard(void *context, int shard, int worker)
{
    trainer *self = context;
    replica *r = &self->set.items[worker];
    int begin = (int)((long)shard * self->batch_count / self->shards);
    int end = (int)((long)(shard + 1) * self->batch_count / self->shards);
    self->losses[shard] = 0;
    self->known[shard] = 0;
    if (begin == end)
        return;
    self->source->load(self->source->context, self->batch_index + begin, end - begin, self->batch_key,
                       &r->ports);
    self->known[shard] = known_targets(&r->ports, end - begin);
    nn_run run = {.batch = end - begin,
                  .params = self->params->data,
                  .packed = self->set.packed,
                  .grads = self->grads[shard],
                  .seed = self->settings->seed,
                  .step = self->optimiser.step,
                  .first_sample = (size_t)begin,
                  .loss_scale = self->loss_scale};
    nn_plan_forward(r->plan, &run);
    nn_plan_backward(r->plan, &run);
    self->losses[shard] = run.loss;
}

static void shuffle(size_t *order, size_t count, uint64_t key)
{
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)(nn_random(key, i) % i), kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

typedef struct loss_sum {
    const nn_training *settings;
    double sum;
    size_t elements;
} loss_sum;

static void add_loss(void *context, size_t first, int count, const nn_ports *ports)
{
    (void)first;
    loss_sum *self = context;
    int width = ports->output->shape[ports->output->rank - 1];
    size_t rows = (size_t)count * sample_elements(ports->output) / (size_t)width;
    self->sum += nn_loss_sum(ports->output->data, ports->target->data, self->settings->loss,
                             self->settings->loss_parameter, rows, width);
    self->elements += known_targets(ports, count);
}

static double mean_loss(inference *pass, const nn_training *settings)
{
    loss_sum sum = {.settings = settings};
    inference_run(pass, add_loss, &sum);
    return sum.elements ? sum.sum / (double)sum.elements : NAN;
}

static double validate(trainer *self)
{
    return mean_loss(&self->validation, self->settings);
}

/* Samples of one shard at most. */
static int shard_size(const nn_training *settings)
{
    const int shards = settings->shards < settings->batch ? settings->shards : settings->batch;
    return (settings->batch + shards - 1) / shards;
}

int nn_validate(double *loss, nn_params *params, const nn_task *task, const nn_source *source,
                const nn_training *settings, nn_pool *pool, nn_error *error)
{
    inference self;
    const int code = inference_init(&self, params, task, source, shard_size(settings), pool, NULL, error);
    *loss = code ? NAN : mean_loss(&self, settings);
    inference_clear(&self);
    return code;
}

static int find_constants(trainer *self, nn_error *error)
{
    const nn_params *params = self->params;
    self->constants = malloc(((size_t)params->count + 1) * sizeof *self->constants);
    if (!self->constants)
        return nn_no_memory(error);
    for (int i = 0; i < params->count; i++) { /* they lie in the order of the table */
        const nn_param *p = &params->table[i];
        if (nn_param_is_constant(p))
            self->constants[self->constant_count++] = (nn_span){p->offset, p->offset + p->count};
    }
    return NN_OK;
}

static int trainer_init(trainer *self, const nn_task *task, const nn_source *validation, nn_error *error)
{
    const nn_training *settings = self->settings;
    size_t size = self->params->size;
    self->shards = settings->shards < settings->batch ? settings->shards : settings->batch;
    int workers = nn_pool_threads(self->pool);
    int samples = shard_size(settings);
    int code = make_replicas(&self->set, workers, 1, self->params, task, samples, settings, error);
    if (!code)
        code = make_packed(&self->set, NULL, error);
    if (code)
        return code;
    self->grads = calloc((size_t)self->shards, sizeof *self->grads);
    self->losses = calloc((size_t)self->shards, sizeof *self->losses);
    self->known = calloc((size_t)self->shards, sizeof *self->known);
    self->order = malloc(self->source->count * sizeof *self->order);
    self->best = malloc(size * sizeof *self->best);
    bool complete = self->grads && self->losses && self->known && self->order && self->best;
    for (int s = 0; complete && s < self->shards; s++)
        complete = (self->grads[s] = calloc(size, sizeof(nn_real))) != NULL;
    if (!complete)
        return nn_fail(error, NN_FAILED, "no memory for training %zu parameters", size);
    code = inference_init(&self->validation, self->params, task, validation, samples, self->pool, &self->set,
                          error);
    if (code)
        return code;
    code = find_constants(self, error);
    if (!code)
        code = nn_optimiser_init(&self->optimiser, settings->optimiser, size, error);
    self->optimiser.weight_decay = settings->weight_decay;
    self->optimiser.clip = settings->clip;
    self->optimiser.frozen = self->constants;
    self->optimiser.frozen_count = self->constant_count;
    memcpy(self->best, self->params->data, size * sizeof *self->best);
    return code;
}

static void trainer_clear(trainer *self)
{
    clear_replicas(&self->set);
    for (int s = 0; self->grads && s < self->shards; s++)
        free(self->grads[s]);
    free(self->grads);
    free(self->losses);
    free(self->known);
    free(self->order);
    free(self->best);
    free(self->constants);
    inference_clear(&self->validation);
    nn_optimiser_clear(&self->optimiser);
}

/* One optimisation step on the batch that starts at order[begin]; returns its mean loss over the targets that
 * are known, as validation does. */
static double train_step(trainer *self, size_t begin, int count, uint64_t key, double rate)
{
    self->batch_index = self->order + begin;
    self->batch_count = count;
    self->batch_key = key;
    if (self->source->begin_batch)
        self->source->begin_batch(self->source->context, self->batch_index, count, key);
    self->loss_scale = 1 / ((double)count * (double)sample_elements(self->set.items[0].ports.output));
    pack_weights(&self->set, self->params, self->pool);
    nn_pool_run(self->pool, self->shards, run_shard, self);
    double loss = 0;
    size_t known = 0;
    for (int s = 0; s < self->shards; s++) {
        loss += self->losses[s];
        known += self->known[s];
    }
    if (isfinite(loss))
        nn_optimiser_step(&self->optimiser, self->pool, self->params->data, self->grads, self->shards, rate);
    return known ? loss / self->loss_scale / (double)known : loss;
}

/* Runs the steps of one epoch; NN_STOPPED when the callback asks for it. */
static int train_epoch(trainer *self, nn_progress *state, double start, nn_progress_fn progress,
                       void *context, nn_error *error)
{
    const nn_training *settings = self->settings;
    size_t samples = self->source->count;
    int batch = samples < (size_t)settings->batch ? (int)samples : settings->batch;
    uint64_t key = nn_random(nn_random(settings->seed, UINT64_C(0x73687566)), (uint64_t)state->epoch);
    shuffle(self->order, samples, key);
    double sum = 0;
    for (size_t step = 0; step < state->steps; step++) {
        double done = ((double)(state->epoch - 1) * (double)state->steps + (double)step + 0.5) /
                      ((double)settings->epochs * (double)state->steps);
        state->learning_rate = nn_schedule_rate(settings->schedule, settings->learning_rate, state->epoch,
                                                done, settings->warmup);
        double loss = train_step(self, step * (size_t)batch, batch, nn_random(key, ~(uint64_t)step),
                                 state->learning_rate);
        if (!isfinite(loss))
            return nn_fail(error, NN_FAILED,
                           "the training diverged: the loss of epoch %d, step %zu is not finite; try a "
                           "smaller --learning-rate or --clip 1",
                           state->epoch, step + 1);
        sum += loss;
        state->step = step + 1;
        state->train_loss = sum / (double)(step + 1);
        state->seconds = nn_seconds() - start;
        double seen =
            ((double)(state->epoch - 1) * (double)state->steps + (double)state->step) * (double)batch;
        state->samples_per_second = state->seconds > 0 ? seen / state->seconds : 0;
        if (step + 1 < state->steps && progress && progress(context, state))
            return NN_STOPPED;
    }
    return NN_OK;
}

static int train_all(trainer *self, double *train_losses, double *validation_losses, int *epochs_run,
                     int *best_epoch, nn_progress_fn progress, void *context, nn_error *error)
{
    const nn_training *settings = self->settings;
    size_t bytes = self->params->size * sizeof(nn_real);
    size_t steps = self->source->count / (size_t)settings->batch;
    double start = nn_seconds(), least = INFINITY;
    int code = NN_OK;
    if (settings->start_loss) {
        *settings->start_loss = validate(self);
        least = isnan(*settings->start_loss) ? INFINITY : *settings->start_loss;
    }
    for (int epoch = 1; epoch <= settings->epochs && code == NN_OK; epoch++) {
        nn_progress state = {.epoch = epoch, .steps = steps ? steps : 1, .validation_loss = NAN};
        code = train_epoch(self, &state, start, progress, context, error);
        if (code)
            break;
        state.validation_loss = validate(self);
        state.seconds = nn_seconds() - start;
        state.best = state.validation_loss <= least || (epoch == 1 && !settings->start_loss);
        if (state.best) {
            least = isnan(state.validation_loss) ? INFINITY : state.validation_loss;
            *best_epoch = epoch;
            memcpy(self->best, self->params->data, bytes);
        }
        train_losses[epoch - 1] = state.train_loss;
        validation_losses[epoch - 1] = state.validation_loss;
        *epochs_run = epoch;
        state.stopping = settings->patience > 0 && epoch - *best_epoch >= settings->patience;
        if (progress && progress(context, &state))
            code = NN_STOPPED;
        if (state.stopping)
            break;
    }
    memcpy(self->params->data, self->best, bytes);
    if (code == NN_STOPPED)
        nn_fail(error, NN_STOPPED, "stopped after %d whole epochs", *epochs_run);
    return code;
}

int nn_train(nn_params *params, const nn_task *task, const nn_source *train, const nn_source *validation,
             const nn_training *settings, nn_pool *pool, double *train_losses, double *validation_losses,
             int *epochs_run, int *best_epoch, nn_progress_fn progress, void *context, nn_error *error)
{
    *epochs_run = *best_epoch = 0;
    trainer self = {.params = params, .source = train, .settings = settings, .pool = pool};
    int code = trainer_init(&self, task, validation, error);
    if (code == NN_OK)
        code = train_all(&self, train_losses, validation_losses, epochs_run, best_epoch, progress, context,
                         error);
    trainer_clear(&self);
    return code;
}
