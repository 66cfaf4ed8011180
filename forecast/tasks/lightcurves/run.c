/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves through a classifier, slot by slot, in parallel. */
#include "forecast/tasks/lightcurves/run.h"

#include "datasets/lightcurves/gp.h"
#include "forecast/statistics/class_prior.h"
#include "forecast/tasks/lightcurves/answers.h"
#include "forecast/tasks/lightcurves/eye.h"
#include "forecast/tasks/lightcurves/features.h"
#include "forecast/tasks/lightcurves/sight_features.h"
#include "forecast/tasks/lightcurves/slot.h"
#include "lib/base/ranks.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 16 };

typedef struct worker {
    ds_gp *gp;
    ds_periodogram *periodogram;
    ds_features *shape; /* of a sight of features */
    fc_stand_in stand_in;
    double *scratch; /* per point of an object: its wavelength, flux, or error */
    size_t scratch_room;
    double *mean, *variance;         /* grid * bands */
    double *grid_time, *grid_lambda; /* grid * bands: places to predict */
    nn_plan *plan;
    nn_ports ports;
    double *features; /* of the nearest-mean baseline; NULL: not wanted */
    int slots[BATCH]; /* ready ones of the chunk */
    nn_error error;
} worker;

struct fc_engine {
    fc_classifier *model;
    nn_pool *pool; /* NULL: the caller works alone */
    fc_slot *slots;
    int slot_count, worker_count;
    int batch; /* objects that a worker takes at once */
    worker *workers;
    bool network;
    fc_eye eye;
    bool has_prior;
    double old[FC_MOST_CLASSES], share[FC_MOST_CLASSES]; /* of the classes */
    int count;                                           /* slots in use by this run */
    int first;                                           /* chunk of this rank */
};

/* --- life --- */

static int worker_limit(const fc_engine *self)
{
    return self->pool ? nn_pool_threads(self->pool) : 1;
}

static int worker_init(fc_engine *self, worker *w, nn_error *error)
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
    *self =
        (fc_engine){.model = model, .pool = pool, .batch = slots < BATCH ? slots : BATCH, .network = network};
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
        free(slot->embedding);
    }
    /* One worker more than counted may be half made. */
    for (int i = 0; self->workers && i < worker_limit(self); i++) {
        worker *w = &self->workers[i];
        ds_gp_free(w->gp);
        ds_periodogram_free(w->periodogram);
        ds_features_free(w->shape);
        fc_stand_in_clear(&w->stand_in);
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

/* --- raw tokens --- */

/* More points than the network takes: every so many-th is kept, first and last included. */
static void thin(ds_points *points, int most)
{
    int count = points->count;
    if (count <= most)
        return;
    for (int i = 0; i < most; i++) {
        int from = most > 1 ? (int)((long)i * (count - 1) / (most - 1)) : 0;
        points->time[i] = points->time[from];
        points->flux[i] = points->flux[from];
        points->error[i] = points->error[from];
        points->band[i] = points->band[from];
        points->detected[i] = points->detected[from];
    }
    points->count = most;
}

static int raw_room(const fc_classifier *model, fc_slot *slot, int tokens, nn_error *error)
{
    size_t wanted = (size_t)tokens * (size_t)fc_raw_width(model);
    if (wanted > slot->raw_room) {
        float *room = realloc(slot->raw, wanted * sizeof *room);
        if (!room)
            return nn_no_memory(error);
        slot->raw = room;
        slot->raw_room = wanted;
    }
    slot->tokens = tokens;
    return NN_OK;
}

static int scratch_room(worker *w, int count, nn_error *error)
{
    if ((size_t)count <= w->scratch_room)
        return NN_OK;
    double *room = realloc(w->scratch, (size_t)count * sizeof *room);
    if (!room)
        return nn_fail(error, NN_FAILED, "no memory for %d points", count);
    w->scratch = room;
    w->scratch_room = (size_t)count;
    return NN_OK;
}

static int see_points(const fc_classifier *model, worker *w, fc_slot *slot, nn_error *error)
{
    const fc_sight_settings *s = &model->sight;
    ds_points *p = &slot->points;
    fc_measures m;
    thin(p, DS_GP_MOST_POINTS); /* bounds the work of the period search too */
    int code = scratch_room(w, p->count, error);
    if (code == NN_OK)
        code = fc_measure(&m, s, w->periodogram, p, w->scratch, error);
    if (code)
        return code;
    thin(p, s->grid);
    code = raw_room(model, slot, p->count, error);
    float *raw = slot->raw;
    for (int i = 0; code == NN_OK && i < p->count; i++, raw += FC_RAW_POINT + m.count) {
        double cycles = (p->time[i] - m.zero) / m.period;
        raw[0] = (float)(s->fold ? FC_TIME_UNIT * (cycles - floor(cycles)) : p->time[i]);
        raw[1] = (float)((p->flux[i] - m.shift) / m.scale);
        raw[2] = (float)(p->error[i] / m.scale);
        raw[3] = (float)p->band[i];
        memcpy(raw + FC_RAW_POINT, m.numbers, (size_t)m.count * sizeof *raw);
    }
    return code;
}

static int see_features(const fc_classifier *model, worker *w, fc_slot *slot, nn_error *error)
{
    const int count = model->feature_count;
    int code = raw_room(model, slot, 1, error);
    if (!code)
        code = scratch_room(w, count, error);
    if (!code)
        code = ds_features_compute(w->shape, &slot->points, w->scratch, error);
    for (int i = 0; i < count && !code; i++) /* what a float cannot hold is as good as unknown */
        slot->raw[i] = fabs(w->scratch[i]) <= FLT_MAX ? (float)w->scratch[i] : NAN;
    return code;
}

/* The process at fixed days around the trigger. */
static int predict_around(const fc_classifier *model, worker *w, const fc_slot *slot, nn_error *error)
{
    const fc_sight_settings *s = &model->sight;
    int bands = model->bands.count;
    double step = (s->before + s->after) / (s->grid - 1);
    for (int t = 0; t < s->grid; t++)
        for (int b = 0; b < bands; b++) {
            w->grid_time[t * bands + b] = slot->trigger - s->before + step * t;
            w->grid_lambda[t * bands + b] = model->bands.wavelength[b];
        }
    return ds_gp_predict(w->gp, w->grid_time, w->grid_lambda, (size_t)s->grid * (size_t)bands, w->mean,
                         s->variance ? w->variance : NULL, error);
}

static int see_grid(const fc_classifier *model, const fc_eye *eye, worker *w, fc_slot *slot, nn_error *error)
{
    const fc_sight_settings *s = &model->sight;
    const ds_points *p = &slot->points;
    int bands = model->bands.count, channels = fc_channel_count(model);
    ds_gp_settings settings = ds_gp_defaults;
    ds_gp_fit fit;
    settings.length = s->length;
    settings.fixed = s->fixed;
    thin(&slot->points, DS_GP_MOST_POINTS);
    if (scratch_room(w, p->count, error) || raw_room(model, slot, s->grid, error))
        return NN_FAILED;
    for (int i = 0; i < p->count; i++)
        w->scratch[i] = eye->wavelength[p->band[i]];
    ds_gp_points points = {.name = slot->id,
                           .time = p->time,
                           .wavelength = w->scratch,
                           .flux = p->flux,
                           .error = p->error,
                           .count = (size_t)p->count};
    int code = ds_gp_fit_points(w->gp, &points, &settings, &fit, error);
    if (code == NN_OK)
        code = s->time == FC_TIME_TRIGGER
                   ? predict_around(model, w, slot, error)
                   : ds_gp_grid(w->gp, (size_t)s->grid, model->bands.wavelength, (size_t)bands, NULL, w->mean,
                                s->variance ? w->variance : NULL, error);
    for (int t = 0; code == NN_OK && t < s->grid; t++)
        for (int c = 0; c < channels; c++)
            slot->raw[t * channels + c] =
                (float)(c < bands ? w->mean[t * bands + c]
                                  : sqrt(fmax(0, w->variance[t * bands + c - bands])));
    return code;
}

static int stand_in(const fc_classifier *model, const fc_eye *eye, worker *w, fc_slot *slot, nn_error *error)
{
    thin(&slot->points, DS_GP_MOST_POINTS);
    return fc_eye_stand_in(eye, model, &w->stand_in, slot->id, &slot->points, error);
}

static void see(const fc_classifier *model, const fc_eye *eye, worker *w, fc_slot *slot)
{
    if (slot->state != FC_SLOT_READY)
        return;
    int code = slot->foreign && (model->sight.features || model->sight.points)
                   ? stand_in(model, eye, w, slot, &slot->error)
                   : NN_OK;
    if (!code)
        code = model->sight.features ? see_features(model, w, slot, &slot->error)
               : model->sight.points ? see_points(model, w, slot, &slot->error)
                                     : see_grid(model, eye, w, slot, &slot->error);
    if (code == NN_BAD_DATA)
        slot->state = FC_SLOT_FAILED;
    else if (code)
        w->error = slot->error;
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

static void load(const fc_classifier *model, worker *w, fc_slot *slots, int ready)
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
        if (!w->features)
            continue;
        fc_class_features(model, to, slot->tokens, slot->extras, w->features);
        fc_nearest_mean_predict(slot->nearest, &model->nearest, w->features, 1);
    }
    if (tokens->ragged)
        tokens->ragged->offsets[ready] = at;
}

static void classify(const fc_engine *self, worker *w, int ready)
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
        if (self->has_prior)
            fc_prior_apply(slot->probability, 1, model->classes, self->old, self->share);
        fc_slot_check(slot, model->classes);
    }
}

static void run_chunk(void *context, int n, int id)
{
    fc_engine *self = context;
    worker *w = &self->workers[id];
    int begin = (self->first + n) * self->batch, ready = 0;
    int end = begin + self->batch < self->count ? begin + self->batch : self->count;
    for (int i = begin; i < end; i++) {
        see(self->model, &self->eye, w, &self->slots[i]);
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
