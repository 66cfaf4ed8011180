/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a classifier sees of an object, made of the points in its slot. */
#include "forecast/tasks/lightcurves/run_internal.h"
#include "forecast/tasks/lightcurves/sight_features.h"
#include "forecast/tasks/lightcurves/tokens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static int scratch_room(fc_worker *w, int count, nn_error *error)
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

static int see_points(const fc_classifier *model, fc_worker *w, fc_slot *slot, nn_error *error)
{
    const fc_sight_settings *s = &model->sight;
    ds_points *p = &slot->points;
    fc_measures m;
    ds_points_thin(p, p, DS_GP_MOST_POINTS); /* bounds the work of the period search too */
    int code = scratch_room(w, p->count, error);
    if (code == NN_OK)
        code = fc_measure(&m, s, w->periodogram, p, w->scratch, error);
    if (code)
        return code;
    ds_points_thin(p, p, s->grid);
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

static int see_features(const fc_classifier *model, fc_worker *w, fc_slot *slot, nn_error *error)
{
    const int count = model->feature_count;
    int code = raw_room(model, slot, 1, error);
    if (!code)
        code = scratch_room(w, count, error);
    if (!code)
        code = ds_features_compute(w->shape, &slot->points, w->scratch, error);
    if (!code)
        fc_features_see(slot->raw, w->scratch, count);
    return code;
}

/* The process at fixed days around the trigger. */
static int predict_around(const fc_classifier *model, fc_worker *w, const fc_slot *slot, nn_error *error)
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

static int see_grid(const fc_classifier *model, const fc_eye *eye, fc_worker *w, fc_slot *slot,
                    nn_error *error)
{
    const fc_sight_settings *s = &model->sight;
    const ds_points *p = &slot->points;
    int bands = model->bands.count, channels = fc_channel_count(model);
    ds_gp_settings settings = ds_gp_defaults;
    ds_gp_fit fit;
    settings.length = s->length;
    settings.fixed = s->fixed;
    ds_points_thin(&slot->points, &slot->points, DS_GP_MOST_POINTS);
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

static int stand_in(const fc_classifier *model, const fc_eye *eye, fc_worker *w, fc_slot *slot,
                    nn_error *error)
{
    ds_points_thin(&slot->points, &slot->points, DS_GP_MOST_POINTS);
    return fc_eye_stand_in(eye, model, &w->stand_in, slot->id, &slot->points, error);
}

void fc_see(const fc_classifier *model, const fc_eye *eye, fc_worker *w, fc_slot *slot)
{
    if (slot->state != FC_SLOT_READY)
        return;
    const bool own_bands = model->sight.features || model->sight.points;
    int code = slot->foreign && own_bands ? stand_in(model, eye, w, slot, &slot->error) : NN_OK;
    if (!code && slot->beside)
        code = fc_beside_see(&w->beside, model, eye, slot->foreign && !own_bands, DS_GP_MOST_POINTS, slot,
                             &slot->error);
    if (!code)
        code = model->sight.features ? see_features(model, w, slot, &slot->error)
               : model->sight.points ? see_points(model, w, slot, &slot->error)
                                     : see_grid(model, eye, w, slot, &slot->error);
    if (code == NN_BAD_DATA)
        slot->state = FC_SLOT_FAILED;
    else if (code)
        w->error = slot->error;
}
