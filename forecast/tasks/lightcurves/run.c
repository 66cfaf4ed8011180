/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves through a classifier, slot by slot, in parallel. */
#include "forecast/tasks/lightcurves/run.h"

#include "forecast/statistics/classes/class_prior.h"
#include "forecast/tasks/lightcurves/answers.h"
#include "forecast/tasks/lightcurves/eye.h"
#include "forecast/tasks/lightcurves/run_internal.h"
#include "forecast/tasks/lightcurves/sight_features.h"
#include "forecast/tasks/lightcurves/slot.h"
#include "lib/base/ranks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fc_engine {
    fc_classifier *model;
    nn_pool *pool; /* NULL: the caller works alone */
    fc_slot *slots;
    int slot_count, worker_count;
    int batch; /* objects that a worker takes at once */
    fc_worker *workers;
    bool network;
    fc_eye eye;
    bool has_prior;
    double old[FC_MOST_CLASSES], share[FC_MOST_CLASSES]; /* of the classes */
    double rival_old[FC_MOST_CLASSES], alone_old[FC_MOST_CLASSES];
    int count; /* slots in use by this run */
    int first; /* chunk of this rank */
};

/* --- life --- */

static int worker_limit(const fc_engine *self)
{
    return self->pool ? nn_pool_threads(self->pool) : 1;
}

static int worker_init(fc_engine *self, fc_worker *w, nn_error *error)
{
    const fc_sight_settings *sight = &self->model->sight;
    if (sight->features && !(w->shape = fc_sight_features(self->model, error)))
        return NN_FAILED;
    if (!sight->points && !sight->features) {
        size_t places = (size_t)sight->grid * (size_t)self->model->bands.count;
        w->gp = ds_gp_new(error);
        if (!w->gp)
            return NN_FAILED;
        w->mean = malloc(places * sizeof(double));
        w->variance = malloc(places * sizeof(double));
        w->grid_time = malloc(places * sizeof(double));
        w->grid_lambda = malloc(places * sizeof(double));
        if (!w->mean || !w->variance || !w->grid_time || !w->grid_lambda)
            return nn_no_memory(error);
    }
    if (sight->fold && !(w->periodogram = ds_periodogram_new(error)))
        return NN_FAILED;
    if (!self->network)
        return NN_OK;
    w->plan = nn_plan_new(self->model->base.params, self->batch, false);
    if (!w->plan)
        return nn_no_memory(error);
    fc_classifier_build(self->model, w->plan, &w->ports);
    nn_keep(w->plan, w->ports.output);
    nn_keep(w->plan, w->ports.kept[0]);
    nn_plan_keep_packed(w->plan);
    return nn_plan_compile(w->plan, error);
}

int fc_engine_new(fc_engine **out, fc_classifier *model, nn_pool *pool, int slots, bool network,
                  nn_error *error)
{
    *out = NULL;
    fc_engine *self = calloc(1, sizeof *self);
    if (!self)
        return nn_no_memory(error);
    *self = (fc_engine){.model = model,
                        .pool = pool,
                        .batch = slots < FC_WORKER_BATCH ? slots : FC_WORKER_BATCH,
                        .network = network};
    fc_eye_open(&self->eye, model, &model->bands);
    self->slots = calloc((size_t)slots, sizeof *self->slots);
    self->workers = calloc((size_t)worker_limit(self), sizeof *self->workers);
    int code = NN_OK;
    if (!self->slots || !self->workers)
        code = nn_no_memory(error);
    for (; code == NN_OK && self->slot_count < slots; self->slot_count++)
        if (!(self->slots[self->slot_count].probability = calloc((size_t)model->classes, sizeof(double)))) {
            code = nn_no_memory(error);
            break;
        }
    for (; code == NN_OK && self->worker_count < worker_limit(self); self->worker_count++)
        code = worker_init(self, &self->workers[self->worker_count], error);
    if (!code && model->sight.late)
        code = fc_engine_want_beside(self, fc_rival_of(model) ? fc_rival_of(model) : model, error);
    if (!code && network && fc_rival_share(model) > 0)
        code = fc_engine_want_rival(self, false, error);
    if (code) {
        fc_engine_free(self);
        return code;
    }
    *out = self;
    return NN_OK;
}

void fc_engine_free(fc_engine *self)
{
    if (!self)
        return;
    for (int i = 0; self->slots && i < self->slot_count; i++) {
        fc_slot *slot = &self->slots[i];
        free(slot->id);
        ds_points_free(&slot->points);
        free(slot->raw);
        free(slot->probability);
        free(slot->nearest);
        free(slot->rival);
        free(slot->alone);
        free(slot->beside);
        free(slot->embedding);
    }
    /* One worker more than counted may be half made. */
    for (int i = 0; self->workers && i < worker_limit(self); i++) {
        fc_worker *w = &self->workers[i];
        ds_gp_free(w->gp);
        ds_periodogram_free(w->periodogram);
        ds_features_free(w->shape);
        fc_stand_in_clear(&w->stand_in);
        fc_beside_clear(&w->beside);
        free(w->scratch);
        free(w->mean);
        free(w->variance);
        free(w->grid_time);
        free(w->grid_lambda);
        free(w->features);
        nn_plan_free(w->plan);
    }
    free(self->slots);
    free(self->workers);
    free(self);
}

int fc_engine_want_beside(fc_engine *self, const fc_classifier *rival, nn_error *error)
{
    if (self->slots[0].beside)
        return NN_OK;
    int code = NN_OK;
    for (int i = 0; i < self->worker_count && !code; i++)
        code = fc_beside_open(&self->workers[i].beside, rival, error);
    for (int i = 0; i < self->slot_count && !code; i++) {
        fc_slot *slot = &self->slots[i];
        slot->beside_count = rival->feature_count;
        if (!(slot->beside = calloc((size_t)rival->feature_count + 1, sizeof *slot->beside)))
            code = nn_no_memory(error);
    }
    return code;
}

int fc_engine_want_rival(fc_engine *self, bool alone, nn_error *error)
{
    const fc_classifier *rival = fc_rival_of(self->model);
    const size_t classes = (size_t)self->model->classes;
    int code = rival ? fc_engine_want_beside(self, rival, error)
                     : nn_fail(error, NN_BAD_DATA, "no forest stands beside the model");
    for (int i = 0; i < self->slot_count && !code; i++) {
        fc_slot *slot = &self->slots[i];
        if (!slot->rival)
            slot->rival = calloc(classes, sizeof *slot->rival);
        if (alone && !slot->alone)
            slot->alone = calloc(classes, sizeof *slot->alone);
        if (!slot->rival || (alone && !slot->alone))
            code = nn_no_memory(error);
    }
    return code;
}

int fc_engine_want_nearest(fc_engine *self, nn_error *error)
{
    const fc_classifier *model = self->model;
    if (!model->nearest.features)
        return nn_fail(error, NN_BAD_DATA, "the model has no nearest-mean baseline");
    for (int i = 0; i < self->worker_count; i++)
        if (!(self->workers[i].features = calloc((size_t)model->nearest.features, sizeof(double))))
            return nn_no_memory(error);
    for (int i = 0; i < self->slot_count; i++)
        if (!(self->slots[i].nearest = calloc((size_t)model->classes, sizeof(double))))
            return nn_no_memory(error);
    return NN_OK;
}

int fc_engine_want_embedding(fc_engine *self, nn_error *error)
{
    for (int i = 0; i < self->slot_count; i++)
        if (!(self->slots[i].embedding = calloc((size_t)self->model->width, sizeof(double))))
            return nn_no_memory(error);
    return NN_OK;
}

void fc_engine_set_prior(fc_engine *self, const double *old, const double *share)
{
    const size_t size = (size_t)self->model->classes * sizeof(double);
    memcpy(self->old, old, size);
    memcpy(self->share, share, size);
    fc_own_shares(self->model, self->alone_old);
    if (self->model->base.companion)
        fc_own_shares(fc_rival_of(self->model), self->rival_old);
    self->has_prior = true;
}

void fc_engine_bands(fc_engine *self, const ds_bands *bands)
{
    fc_eye_open(&self->eye, self->model, bands);
}

int fc_engine_slots(const fc_engine *self)
{
    return self->slot_count;
}

const fc_classifier *fc_engine_model(const fc_engine *self)
{
    return self->model;
}

const fc_eye *fc_engine_eye(const fc_engine *self)
{
    return &self->eye;
}

fc_slot *fc_engine_slot(fc_engine *self, int n)
{
    return &self->slots[n];
}

int fc_engine_fill(fc_engine *self, int n, const ds_lightcurve *curve, const double *extras, int label,
                   double days, nn_error *error)
{
    fc_eye_look(&self->eye, self->model);
    return fc_slot_fill(&self->slots[n], self->model, &self->eye, curve, extras, label, days, error);
}

/* --- a chunk of slots --- */

/* Numbers that are finite in double may be too large for the network, which then sees zeros in their place.
 */
static void check_tokens(const fc_classifier *model, fc_slot *slot, nn_real *tokens, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(tokens[i]) && !(model->sight.features && isnan(tokens[i]))) {
            memset(tokens, 0, count * sizeof *tokens);
            fc_slot_refuse(slot);
            return;
        }
}

static void load(const fc_classifier *model, fc_worker *w, fc_slot *slots, int ready)
{
    nn_tensor *tokens = w->ports.inputs[0];
    size_t width = (size_t)fc_token_width(model);
    int at = 0;
    for (int i = 0; i < ready; i++) {
        fc_slot *slot = &slots[w->slots[i]];
        if (tokens->ragged)
            tokens->ragged->offsets[i] = at;
        nn_real *to = tokens->data + (size_t)at * width;
        const int filled = fc_fill_tokens(model, slot->raw, slot->tokens, slot->extras, to);
        at += filled;
        check_tokens(model, slot, to, (size_t)filled * width);
        if (w->ports.inputs[1])
            fc_fill_late(model, slot->beside,
                         w->ports.inputs[1]->data + (size_t)i * (size_t)model->feature_count);
        if (!w->features)
            continue;
        fc_class_features(model, to, slot->tokens, slot->extras, w->features);
        fc_nearest_mean_predict(slot->nearest, &model->nearest, w->features, 1);
    }
    if (tokens->ragged)
        tokens->ragged->offsets[ready] = at;
}

static void apply_prior(const fc_engine *self, fc_slot *slot)
{
    const int classes = self->model->classes;
    fc_prior_apply(slot->probability, 1, classes, self->old, self->share);
    if (slot->rival)
        fc_prior_apply(slot->rival, 1, classes, self->rival_old, self->share);
    if (slot->alone)
        fc_prior_apply(slot->alone, 1, classes, self->alone_old, self->share);
}

static void classify(const fc_engine *self, fc_worker *w, int ready)
{
    const fc_classifier *model = self->model;
    fc_slot *slots = self->slots;
    load(model, w, slots, ready);
    nn_run run = {.batch = ready, .params = model->base.params->data};
    nn_plan_forward(w->plan, &run);
    for (int i = 0; i < ready; i++) {
        fc_slot *slot = &slots[w->slots[i]];
        if (slot->state != FC_SLOT_READY)
            continue;
        fc_class_probabilities(model, w->ports.output->data + i * model->classes, slot->probability);
        const nn_real *pooled = w->ports.kept[0]->data + i * model->width;
        slot->novelty = fc_class_novelty(model, pooled, &slot->distance);
        if (slot->unseen > 0)
            slot->novelty = 1 - (1 - slot->novelty) * (1 - slot->unseen);
        if (fc_eye_strange_noise(&self->eye, model, &slot->points))
            slot->novelty = 1;
        for (int k = 0; slot->embedding && k < model->width; k++)
            slot->embedding[k] = (double)pooled[k];
        if (slot->rival)
            fc_beside_call(&w->beside, model, slot);
        if (self->has_prior)
            apply_prior(self, slot);
        fc_slot_check(slot, model->classes);
    }
}

static void run_chunk(void *context, int n, int id)
{
    fc_engine *self = context;
    fc_worker *w = &self->workers[id];
    int begin = (self->first + n) * self->batch, ready = 0;
    int end = begin + self->batch < self->count ? begin + self->batch : self->count;
    for (int i = begin; i < end; i++) {
        fc_see(self->model, &self->eye, w, &self->slots[i]);
        if (self->slots[i].state == FC_SLOT_READY && !w->error.code)
            w->slots[ready++] = i;
    }
    if (self->network && ready)
        classify(self, w, ready);
}

static int first_error(const fc_engine *self, nn_error *error)
{
    for (int i = 0; i < self->worker_count; i++)
        if (self->workers[i].error.code) {
            if (error)
                nn_error_copy(error, &self->workers[i].error);
            return NN_FAILED;
        }
    return NN_OK;
}

int fc_engine_run(fc_engine *self, int count, nn_error *error)
{
    const int chunks = (count + self->batch - 1) / self->batch;
    size_t begin = 0, end = (size_t)chunks;
    self->count = count;
    for (int i = 0; i < self->worker_count; i++)
        self->workers[i].error = (nn_error){0};
    /* Sights stay where they were made: what learns of them makes all of them. */
    const bool shared = self->pool && self->network && self->slot_count > 1 && nn_ranks() > 1;
    if (shared)
        nn_ranks_part(nn_rank(), (size_t)chunks, &begin, &end);
    self->first = (int)begin;
    if (self->pool)
        nn_pool_run(self->pool, (int)(end - begin), run_chunk, self);
    for (int n = 0; n < chunks && !self->pool; n++)
        run_chunk(self, n, 0);
    const int code = first_error(self, error);
    return shared ? fc_slots_share(self->slots, count, self->batch, self->model, code, error) : code;
}
