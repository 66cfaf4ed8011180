/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps light curves, and makes others of them. */
#include "forecast/tasks/lightcurves/training/copies.h"

#include "datasets/lightcurves/augment.h"
#include "lib/base/memory.h"
#include "lib/base/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 40, LEAST_DETECTIONS = 2 };
static const double jitter = 3; /* days */

typedef struct kept {
    ds_points points;
    double extras[FC_EXTRAS];
    long member;
} kept;

struct fc_copies {
    int each;
    double missing;
    uint64_t seed;
    kept *objects;
    size_t count, room;
    ds_gp *gp;
    double *wavelength;
    size_t wavelength_room;
    ds_points points;    /* of the copy that is made */
    size_t origins[512]; /* of the slots that wait */
    int waiting;
};

fc_copies *fc_copies_new(int each, double missing, uint64_t seed, nn_error *error)
{
    fc_copies *self = calloc(1, sizeof *self);
    ds_gp *gp = self ? ds_gp_new(error) : NULL;
    if (!gp) {
        free(self);
        nn_no_memory(error);
        return NULL;
    }
    *self = (fc_copies){.each = each, .missing = missing, .seed = seed, .gp = gp};
    return self;
}

void fc_copies_free(fc_copies *self)
{
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        ds_points_free(&self->objects[i].points);
    free(self->objects);
    ds_gp_free(self->gp);
    free(self->wavelength);
    ds_points_free(&self->points);
    free(self);
}

int fc_copies_keep(fc_copies *self, const fc_slot *slot, long member, nn_error *error)
{
    if (self->count == self->room) {
        const size_t room = 2 * self->room + 256;
        kept *more = nn_resize(self->objects, room, sizeof *more, 1);
        if (!more)
            return nn_no_memory(error);
        self->objects = more;
        self->room = room;
    }
    kept *k = &self->objects[self->count];
    const ds_points *p = &slot->points;
    *k = (kept){.member = member};
    memcpy(k->extras, slot->extras, sizeof k->extras);
    const int code = ds_points_copy(&k->points,
                                    &(ds_lightcurve){.count = p->count,
                                                     .time = p->time,
                                                     .flux = p->flux,
                                                     .error = p->error,
                                                     .band = p->band,
                                                     .detected = p->detected},
                                    error);
    self->count += !code;
    return code;
}

/* --- one object --- */

static int fit(fc_copies *self, const fc_classifier *model, const kept *k, nn_error *error)
{
    const size_t n = (size_t)k->points.count;
    if (n > self->wavelength_room) {
        double *room = nn_resize(self->wavelength, 2 * n, sizeof *room, 1);
        if (!room)
            return nn_no_memory(error);
        self->wavelength = room;
        self->wavelength_room = 2 * n;
    }
    for (size_t i = 0; i < n; i++)
        self->wavelength[i] = model->bands.wavelength[k->points.band[i]];
    ds_gp_fit result;
    const ds_gp_points points = {NULL, k->points.time, self->wavelength, k->points.flux, k->points.error, n};
    return ds_gp_fit_points(self->gp, &points, NULL, &result, error);
}

/* Another object that this one may stand in for; NULL: none was found among some. */
static const kept *choose(const fc_copies *self, const kept *k, uint64_t key, uint64_t *draws)
{
    for (int i = 0; i < TRIES; i++) {
        const double u = nn_random_uniform(key, (*draws)++);
        const kept *other = &self->objects[(size_t)(u * (double)self->count)];
        if (ds_augment_reaches(k->extras[0], other->extras[0]))
            return other;
    }
    return NULL;
}

/* Takes a band that is drawn out of the copy, unless it has no other; sets how many detections are left. */
static void drop_band(ds_points *p, uint64_t key, int *detections)
{
    bool there[DS_BAND_LIMIT] = {false};
    int bands = 0, n = 0, b = 0;
    for (int i = 0; i < p->count; i++) {
        bands += !there[p->band[i]];
        there[p->band[i]] = true;
    }
    int left = (int)(nn_random_uniform(key, 1) * bands);
    while (!there[b] || left-- > 0)
        b++;
    if (bands < 2)
        return;
    *detections = 0;
    for (int i = 0; i < p->count; i++) {
        if (p->band[i] == b)
            continue;
        p->time[n] = p->time[i];
        p->flux[n] = p->flux[i];
        p->error[n] = p->error[i];
        p->band[n] = p->band[i];
        *detections += p->detected[n] = p->detected[i];
        n++;
    }
    p->count = n;
}

/* Sets self->points and the template; false: no template was within reach, or nothing was seen. */
static int draw_copy(fc_copies *self, const fc_classifier *model, const kept *k, uint64_t key,
                     const kept **template, bool *done, nn_error *error)
{
    uint64_t draws = 0;
    *done = false;
    for (int i = 0; i < TRIES / 4 && !*done; i++) {
        int detections;
        if (!(*template = choose(self, k, key, &draws)))
            return NN_OK;
        const ds_augment_object from = {&k->points, k->extras[0]},
                                to = {&(*template)->points, (*template)->extras[0]};
        const int code = ds_augment(self->gp, &model->bands, &from, &to, jitter, nn_random(key, draws++),
                                    &self->points, &detections, error);
        if (code)
            return code;
        const uint64_t own = nn_random(key, ~(uint64_t)i);
        if (self->missing > 0 && nn_random_uniform(own, 0) < self->missing)
            drop_band(&self->points, own, &detections);
        *done = detections >= LEAST_DETECTIONS;
    }
    return NN_OK;
}

/* --- through the engine --- */

static int flush(fc_copies *self, fc_engine *engine, const fc_classifier *model, fc_class_set *set,
                 size_t *made, nn_error *error)
{
    int code = self->waiting ? fc_engine_run(engine, self->waiting, error) : NN_OK;
    for (int i = 0; i < self->waiting && !code; i++) {
        const fc_slot *slot = fc_engine_slot(engine, i);
        if (slot->state != FC_SLOT_READY)
            continue;
        code = fc_class_set_add(set, model, slot, FC_PART_TRAINING, error);
        if (!code) {
            set->origin[set->count - 1] = self->origins[i];
            ++*made;
        }
    }
    self->waiting = 0;
    return code;
}

static int line_up(fc_copies *self, fc_engine *engine, const kept *k, const kept *template,
                   const fc_class_set *set, int number, nn_error *error)
{
    char id[256];
    const ds_points *p = &self->points;
    snprintf(id, sizeof id, "%.200s, copy %d", set->id[k->member], number);
    const ds_lightcurve curve = {.id = id,
                                 .count = p->count,
                                 .time = p->time,
                                 .flux = p->flux,
                                 .error = p->error,
                                 .band = p->band,
                                 .detected = p->detected};
    self->origins[self->waiting] = (size_t)k->member;
    return fc_engine_fill(engine, self->waiting++, &curve, template->extras, set->label[k->member], INFINITY,
                          error);
}

int fc_copies_make(fc_copies *self, fc_engine *engine, const fc_classifier *model, fc_class_set *set,
                   bool (*stopped)(void), size_t *made, nn_error *error)
{
    const int slots = fc_engine_slots(engine) < 512 ? fc_engine_slots(engine) : 512;
    int code = NN_OK;
    *made = 0;
    for (size_t i = 0; i < self->count && !code; i++) {
        const kept *k = &self->objects[i];
        if (k->member < 0 || set->part[k->member] != FC_PART_TRAINING || !(k->extras[0] > 0))
            continue;
        code = fit(self, model, k, error);
        if (code == NN_BAD_DATA) { /* it has no process, and no copies */
            code = NN_OK;
            continue;
        }
        for (int n = 0; n < self->each && !code; n++) {
            const kept *template;
            bool done;
            const uint64_t key = nn_random(nn_random(self->seed, (uint64_t)k->member), (uint64_t)n);
            code = draw_copy(self, model, k, key, &template, &done, error);
            if (!code && done)
                code = line_up(self, engine, k, template, set, n + 1, error);
            if (!code && self->waiting == slots)
                code = flush(self, engine, model, set, made, error);
        }
        if (!code && stopped && stopped())
            code = nn_fail(error, NN_STOPPED, "stopped");
    }
    return code ? code : flush(self, engine, model, set, made, error);
}
