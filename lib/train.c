/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains by shards of a batch, watches the validation part, keeps the best weights. */
#include "lib/train_internal.h"

#include "lib/base/clock.h"
#include "lib/base/ranks.h"
#include "lib/base/slab.h"
#include "lib/kernels/kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct trainer {
    nn_params *params;
    const nn_source *source;
    const nn_training *settings;
    nn_pool *pool;
    nn_replicas set;
    int shards;
    size_t first, end;  /* those of this rank */
    nn_real **grads;    /* one buffer per shard */
    double *losses;     /* per shard, of the current step */
    size_t *known;      /* per shard: target values that are not missing */
    size_t *order;      /* the epoch's order of samples */
    nn_real *best;      /* the weights of the best epoch */
    nn_span *constants; /* among the parameters, which neither gradient nor decay moves */
    int constant_count;
    nn_span *statistics; /* those of them that norms of a batch keep */
    int statistic_count;
    nn_inference validation;
    nn_optimiser optimiser;
    nn_real *room; /* for gradients of other ranks; NULL: there are none */
    const size_t *batch_index;
    int batch_count;
    uint64_t batch_key;
    double loss_scale;
} trainer;

/* Of a loss by a tree, whose targets are wider than the output, as many as that has elements. */
static size_t known_targets(const nn_ports *ports, int count)
{
    size_t known = 0, n = (size_t)count * nn_sample_elements(ports->target);
    if (nn_sample_elements(ports->target) != nn_sample_elements(ports->output))
        return (size_t)count * nn_sample_elements(ports->output);
    for (size_t i = 0; i < n; i++)
        known += !isnan(ports->target->data[i]);
    return known;
}

/* Samples [begin,end) of the batch, which are a shard's or some of them. */
static void run_pass(trainer *self, int shard, nn_replica *r, int begin, int end)
{
    self->source->load(self->source->context, self->batch_index + begin, end - begin, self->batch_key,
                       &r->ports);
    self->known[shard] += known_targets(&r->ports, end - begin);
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
    self->losses[shard] += run.loss;
}

static void run_shard(void *context, int n, int worker)
{
    trainer *self = context;
    const int shard = (int)self->first + n, pass = nn_plan_batch(self->set.items[worker].plan);
    const int begin = (int)((long)shard * self->batch_count / self->shards);
    const int end = (int)((long)(shard + 1) * self->batch_count / self->shards);
    self->losses[shard] = 0;
    self->known[shard] = 0;
    for (int at = begin; at < end; at += pass)
        run_pass(self, shard, &self->set.items[worker], at, at + pass < end ? at + pass : end);
}

/* Of each chunk of a pass, so that ranks can share them. */
typedef struct chunk_losses {
    const nn_training *settings;
    double *sums;
    size_t *known;
    int batch; /* samples of a chunk */
} chunk_losses;

static void add_loss(void *context, size_t first, int count, const nn_ports *ports)
{
    chunk_losses *self = context;
    const size_t chunk = first / (size_t)self->batch;
    int width = ports->output->shape[ports->output->rank - 1];
    size_t rows = (size_t)count * nn_sample_elements(ports->output) / (size_t)width;
    self->sums[chunk] =
        self->settings->tree
            ? nn_tree_loss_forward(ports->output->data, ports->target->data, self->settings->tree, rows)
            : nn_loss_sum(ports->output->data, ports->target->data, self->settings->loss,
                          self->settings->loss_parameter, rows, width);
    self->known[chunk] = known_targets(ports, count);
}

/* NaN where no target is known; infinite where the mean is not finite. Each rank runs its part of the chunks,
 * and all are added in their order. */
static double mean_loss(nn_inference *pass, const nn_training *settings)
{
    const size_t chunks = pass->chunks;
    chunk_losses losses = {settings, pass->sums, pass->known, pass->batch};
    double sum = 0;
    size_t known = 0, begin, end;
    nn_ranks_part(nn_rank(), chunks, &begin, &end);
    nn_inference_run(pass, begin, end, add_loss, &losses);
    nn_ranks_share(losses.sums, chunks, sizeof *losses.sums);
    nn_ranks_share(losses.known, chunks, sizeof *losses.known);
    for (size_t i = 0; i < chunks; i++) {
        sum += losses.sums[i];
        known += losses.known[i];
    }
    const double loss = known ? sum / (double)known : NAN;
    return known && isnan(loss) ? INFINITY : loss;
}

static double validate(trainer *self)
{
    return mean_loss(&self->validation, self->settings);
}

int nn_validate(double *loss, nn_params *params, const nn_task *task, const nn_source *source,
                const nn_training *settings, nn_pool *pool, nn_error *error)
{
    nn_inference self;
    const int code =
        nn_inference_init(&self, params, task, source, nn_shard_samples(settings), pool, NULL, error);
    *loss = code ? NAN : mean_loss(&self, settings);
    nn_inference_clear(&self);
    return code;
}

static int find_constants(trainer *self, nn_error *error)
{
    const nn_params *params = self->params;
    self->constants = malloc(((size_t)params->count + 1) * sizeof *self->constants);
    self->statistics = malloc(((size_t)params->count + 1) * sizeof *self->statistics);
    if (!self->constants || !self->statistics)
        return nn_no_memory(error);
    for (int i = 0; i < params->count; i++) { /* they lie in the order of the table */
        const nn_param *p = &params->table[i];
        if (nn_param_is_constant(p))
            self->constants[self->constant_count++] = (nn_span){p->offset, p->offset + p->count};
        if (p->init == NN_INIT_STATISTIC)
            self->statistics[self->statistic_count++] = (nn_span){p->offset, p->offset + p->count};
    }
    return NN_OK;
}

/* False without memory. */
static bool make_room(trainer *self, size_t size)
{
    const size_t shards = (size_t)self->shards;
    self->grads = calloc(shards, sizeof *self->grads);
    self->losses = calloc(shards, sizeof *self->losses);
    self->known = calloc(shards, sizeof *self->known);
    self->order = malloc(self->source->count * sizeof *self->order);
    self->best = malloc(size * sizeof *self->best);
    bool complete = self->grads && self->losses && self->known && self->order && self->best;
    if (nn_ranks() > 1)
        complete = (self->room = malloc(nn_ranks_room(self->shards) * sizeof *self->room)) && complete;
    for (size_t s = 0; complete && s < shards; s++) { /* other ranks' shards are hardly ever touched */
        const bool own = s >= self->first && s < self->end;
        self->grads[s] = own ? nn_slab_new(size * sizeof(nn_real)) : calloc(size, sizeof(nn_real));
        complete = self->grads[s] != NULL;
    }
    return complete;
}

static int trainer_init(trainer *self, const nn_task *task, const nn_source *validation, nn_error *error)
{
    const nn_training *settings = self->settings;
    size_t size = self->params->size;
    self->shards = settings->shards < settings->batch ? settings->shards : settings->batch;
    if (self->shards < nn_ranks())
        return nn_fail(error, NN_USAGE,
                       "%d ranks share the shards of a batch, and there are %d: --shards %d or more (and "
                       "--batch), or fewer ranks",
                       nn_ranks(), self->shards, nn_ranks());
    nn_ranks_part(nn_rank(), (size_t)self->shards, &self->first, &self->end);
    int workers = nn_pool_threads(self->pool);
    int samples = nn_shard_samples(settings), pass;
    nn_needs needs;
    int code = nn_training_needs(&needs, self->params, task, validation, settings, workers, error);
    if (!code)
        code = nn_needs_check(&needs, true, error);
    if (!code)
        code = nn_pass_samples(&pass, self->params, task, settings, error);
    if (!code)
        code = nn_replicas_make(&self->set, workers, 1, self->params, task, pass, settings, false, error);
    if (!code)
        code = nn_replicas_packed(&self->set, NULL, error);
    if (code)
        return code;
    if (!make_room(self, size))
        return nn_fail(error, NN_FAILED, "no memory for training %zu parameters", size);
    code = nn_inference_init(&self->validation, self->params, task, validation, samples, self->pool,
                             &self->set, error);
    if (code)
        return code;
    code = find_constants(self, error);
    if (!code)
        code = nn_optimiser_init(&self->optimiser, settings->optimiser, size, error);
    self->optimiser.weight_decay = settings->weight_decay;
    self->optimiser.clip = settings->clip;
    self->optimiser.shared = nn_ranks() > 1;
    self->optimiser.frozen = self->constants;
    self->optimiser.frozen_count = self->constant_count;
    memcpy(self->best, self->params->data, size * sizeof *self->best);
    return code;
}

static void trainer_clear(trainer *self)
{
    nn_replicas_clear(&self->set);
    for (int s = 0; self->grads && s < self->shards; s++)
        free(self->grads[s]);
    free(self->grads);
    free(self->losses);
    free(self->known);
    free(self->order);
    free(self->best);
    free(self->room);
    free(self->constants);
    free(self->statistics);
    nn_inference_clear(&self->validation);
    nn_optimiser_clear(&self->optimiser);
}

/* Running means and variances go on by what the step's shards have seen, which their gradients hold times the
 * number of rows: what was seen before counts nine tenths as much with each step. */
static void update_statistics(const trainer *self)
{
    for (int k = 0; k < self->statistic_count; k++) {
        nn_ranks_share_shard(self->grads, self->shards, self->statistics[k]);
        const size_t begin = self->statistics[k].begin, n = (self->statistics[k].end - begin) / 3;
        nn_real *running = self->params->data + begin;
        for (size_t c = 0; c < n; c++) {
            double seen[3] = {0};
            for (int s = 0; s < self->shards; s++)
                for (size_t row = 0; row < 3; row++) {
                    seen[row] += (double)self->grads[s][begin + row * n + c];
                    self->grads[s][begin + row * n + c] = 0;
                }
            const double before = 0.9 * (double)running[2 * n + c], weight = before + seen[2];
            for (size_t row = 0; row < 2 && weight > 0; row++)
                running[row * n + c] =
                    (nn_real)((before * (double)running[row * n + c] + seen[row]) / weight);
            running[2 * n + c] = (nn_real)weight;
        }
    }
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
    self->loss_scale = 1 / ((double)count * (double)nn_sample_elements(self->set.items[0].ports.output));
    nn_replicas_pack(&self->set, self->params, self->pool);
    nn_pool_run(self->pool, (int)(self->end - self->first), run_shard, self);
    nn_ranks_share(self->losses, (size_t)self->shards, sizeof *self->losses);
    nn_ranks_share(self->known, (size_t)self->shards, sizeof *self->known);
    double loss = 0;
    size_t known = 0;
    for (int s = 0; s < self->shards; s++) {
        loss += self->losses[s];
        known += self->known[s];
    }
    if (isfinite(loss)) {
        update_statistics(self);
        nn_ranks_sum_shards(self->grads, self->shards, self->params->size, self->room);
        nn_optimiser_step(&self->optimiser, self->pool, self->params->data, self->grads + self->first,
                          nn_ranks() > 1 ? 1 : self->shards, rate);
    }
    return known ? loss / self->loss_scale / (double)known : loss;
}

/* What the loop reports to, and since when it runs. */
typedef struct watch {
    nn_progress_fn progress;
    void *context;
    double start;
    size_t taken; /* steps before */
} watch;

static bool tell(const watch *w, const nn_progress *state)
{
    return nn_ranks_any(w->progress && w->progress(w->context, state));
}

static void keep(const trainer *self, nn_standing *at, nn_occasion occasion)
{
    const nn_keeper *keeper = self->settings->keeper;
    at->taken = (size_t)self->optimiser.step;
    if (!keeper || !nn_ranks_agree(keeper->due(keeper->context, at, occasion)))
        return;
    if (self->optimiser.shared) {
        nn_optimiser_gather(at->moment1, at->size);
        nn_optimiser_gather(at->moment2, at->size);
    }
    if (nn_rank() == 0)
        keeper->keep(keeper->context, at);
}

static double rate_at(const trainer *self, const nn_standing *at, size_t steps)
{
    const nn_training *settings = self->settings;
    const double done = ((double)(at->epoch - 1) * (double)steps + (double)at->step + 0.5) /
                        ((double)settings->epochs * (double)steps);
    return nn_schedule_rate(settings->schedule, settings->learning_rate, at->epoch, done, settings->warmup);
}

/* Appends to the message what stands out among samples. */
static int fail_at(const nn_source *source, const size_t *index, size_t count, nn_error *error)
{
    char largest[300] = "";
    if (source->largest && error)
        source->largest(source->context, index, count, largest, sizeof largest);
    if (*largest) {
        const size_t used = strlen(error->text);
        snprintf(error->text + used, sizeof error->text - used, "; the largest value there is %s", largest);
    }
    return NN_DIVERGED;
}

static int fail_step(const trainer *self, const nn_standing *at, nn_error *error)
{
    nn_fail(error, NN_DIVERGED,
            "the training diverged: the loss of epoch %d, step %zu is not finite; a smaller --learning-rate "
            "or --clip 1 may help",
            at->epoch, at->step + 1);
    return fail_at(self->source, self->batch_index, (size_t)self->batch_count, error);
}

static int fail_validation(const nn_source *validation, nn_error *error)
{
    nn_fail(error, NN_DIVERGED, "the validation loss is not finite in any epoch, so that none can be kept");
    return fail_at(validation, NULL, validation->count, error);
}

/* Runs the steps of one epoch that are left; NN_STOPPED when the callback asks for it. */
static int train_epoch(trainer *self, nn_standing *at, nn_progress *state, const watch *w, nn_error *error)
{
    const nn_training *settings = self->settings;
    size_t samples = self->source->count;
    int batch = samples < (size_t)settings->batch ? (int)samples : settings->batch;
    uint64_t key = nn_random(nn_random(settings->seed, UINT64_C(0x73687566)), (uint64_t)at->epoch);
    nn_draw_order(self->order, samples, settings->easiest, at->epoch, settings->epochs, key);
    while (at->step < state->steps) {
        state->learning_rate = rate_at(self, at, state->steps);
        double loss = train_step(self, at->step * (size_t)batch, batch, nn_random(key, ~(uint64_t)at->step),
                                 state->learning_rate);
        if (!isfinite(loss))
            return fail_step(self, at, error);
        at->sum += loss;
        state->step = ++at->step;
        state->train_loss = at->sum / (double)at->step;
        state->seconds = nn_seconds() - w->start;
        state->steps_run = (size_t)self->optimiser.step - w->taken;
        state->samples_per_second =
            state->seconds > 0 ? (double)state->steps_run * (double)batch / state->seconds : 0;
        if (at->step == state->steps)
            break;
        const bool stop = tell(w, state);
        keep(self, at, stop ? NN_AT_STOP : NN_AFTER_STEP);
        if (stop)
            return NN_STOPPED;
    }
    return NN_OK;
}

/* The least loss so far: of the epoch that is kept. */
static double least_loss(const trainer *self, const nn_standing *at)
{
    const double loss = at->best_epoch               ? at->validation_losses[at->best_epoch - 1]
                        : self->settings->start_loss ? at->start_loss
                                                     : NAN;
    return isnan(loss) ? INFINITY : loss;
}

/* Looks at the validation part at the end of an epoch and goes to the next. */
static int end_epoch(trainer *self, nn_standing *at, nn_progress *state, const watch *w)
{
    const nn_training *settings = self->settings;
    const int epoch = at->epoch;
    state->validation_loss = validate(self);
    state->seconds = nn_seconds() - w->start;
    state->best = !isinf(state->validation_loss) &&
                  (state->validation_loss <= least_loss(self, at) || (epoch == 1 && !settings->start_loss));
    if (state->best) {
        at->best_epoch = epoch;
        memcpy(self->best, self->params->data, self->params->size * sizeof(nn_real));
    }
    at->train_losses[epoch - 1] = state->train_loss;
    at->validation_losses[epoch - 1] = state->validation_loss;
    at->epochs = epoch;
    state->stopping = settings->patience > 0 && epoch - at->best_epoch >= settings->patience;
    at->epoch = state->stopping ? settings->epochs + 1 : epoch + 1;
    at->step = 0;
    at->sum = 0;
    const bool stop = tell(w, state);
    keep(self, at, stop ? NN_AT_STOP : NN_AFTER_EPOCH);
    return stop ? NN_STOPPED : NN_OK;
}

/* Where the training begins, or was. */
static int begin(trainer *self, nn_standing *at, nn_error *error)
{
    const nn_keeper *keeper = self->settings->keeper;
    at->size = self->params->size;
    at->weights = self->params->data;
    at->best = self->best;
    at->moment1 = self->optimiser.moment1;
    at->moment2 = self->optimiser.moment2;
    int code = keeper && nn_rank() == 0 ? keeper->resume(keeper->context, at, error) : NN_OK;
    code = nn_ranks_agree(code);
    if (code)
        return code;
    if (nn_ranks() > 1)
        nn_ranks_share_standing(at, self->settings->epochs);
    self->optimiser.step = at->taken;
    if (self->settings->start_loss && !at->taken)
        at->start_loss = validate(self);
    if (self->settings->start_loss)
        *self->settings->start_loss = at->start_loss;
    return NN_OK;
}

/* NaN where no epoch has a loss. */
static double least_validation(const nn_standing *at)
{
    double least = NAN;
    for (int e = 0; e < at->epochs; e++)
        least = fmin(least, at->validation_losses[e]);
    return least;
}

static int train_all(trainer *self, nn_standing *at, watch *w, nn_error *error)
{
    const nn_training *settings = self->settings;
    const size_t steps = self->source->count / (size_t)settings->batch;
    int code = begin(self, at, error);
    if (code)
        return code;
    w->start = nn_seconds();
    w->taken = at->taken;
    while (at->epoch <= settings->epochs && code == NN_OK) {
        nn_progress state = {.epoch = at->epoch, .steps = steps ? steps : 1, .validation_loss = NAN};
        code = train_epoch(self, at, &state, w, error);
        if (code == NN_OK)
            code = end_epoch(self, at, &state, w);
    }
    memcpy(self->params->data, self->best, self->params->size * sizeof(nn_real));
    if (code == NN_STOPPED)
        nn_fail(error, NN_STOPPED, "stopped after %d whole epochs", at->epochs);
    /* What was there before the first epoch is worth keeping only where it can be told from nothing. */
    const bool kept = at->best_epoch || (settings->start_loss && isfinite(at->start_loss));
    return code == NN_OK && !kept && isinf(least_validation(at))
               ? fail_validation(self->validation.source, error)
               : code;
}

int nn_train(nn_params *params, const nn_task *task, const nn_source *train, const nn_source *validation,
             const nn_training *settings, nn_pool *pool, double *train_losses, double *validation_losses,
             int *epochs_run, int *best_epoch, nn_progress_fn progress, void *context, nn_error *error)
{
    nn_standing at = {.epoch = 1, .train_losses = train_losses, .validation_losses = validation_losses};
    watch w = {.progress = progress, .context = context};
    trainer self = {.params = params, .source = train, .settings = settings, .pool = pool};
    params->precision = NN_FLOAT;
    int code = trainer_init(&self, task, validation, error);
    if (code == NN_OK)
        code = train_all(&self, &at, &w, error);
    *epochs_run = at.epochs;
    *best_epoch = at.best_epoch;
    trainer_clear(&self);
    nn_params_changed(params);
    return code;
}
