/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Other bands than the model's. */
#include "forecast/tasks/lightcurves/eye.h"

#include "lib/base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool fc_band_known(const fc_classifier *model, int m)
{
    return !model->present || model->present[m] > 0;
}

/* The model's band of the same name and wavelength; -1: none. */
static int own_band(const fc_classifier *model, const ds_bands *bands, int b)
{
    for (int m = 0; m < model->bands.count; m++)
        if (fc_band_known(model, m) && strcmp(model->bands.name[m], bands->name[b]) == 0 &&
            model->bands.wavelength[m] == bands->wavelength[b])
            return m;
    return -1;
}

void fc_eye_look(fc_eye *eye, const fc_classifier *model)
{
    for (; eye->known < eye->bands->count; eye->known++) {
        const int b = eye->known, own = own_band(model, eye->bands, b);
        eye->place[b] = (uint8_t)(own < 0 ? FC_OTHER_BAND + b : own);
        eye->wavelength[FC_OTHER_BAND + b] = eye->bands->wavelength[b];
        eye->same &= own == b;
    }
}

void fc_eye_open(fc_eye *eye, const fc_classifier *model, const ds_bands *bands)
{
    *eye = (fc_eye){.bands = bands, .same = true};
    memcpy(eye->wavelength, model->bands.wavelength, sizeof model->bands.wavelength);
    for (int m = 0; m < model->bands.count && model->present; m++)
        if (model->present[m] >= 1)
            eye->usual |= (uint32_t)1 << m;
    fc_eye_look(eye, model);
}

/* --- what is known of the model's bands --- */

/* The correlation of the process (datasets/lightcurves/gp.h) at one time and wavelengths so far apart. */
static double correlation(double distance)
{
    const double s = sqrt(3) * distance / ds_gp_defaults.wavelength_scale;
    return (1 + s) * exp(-s);
}

static double unseen_share(const fc_classifier *model, double least, double most)
{
    double sum = 0, weights = 0;
    for (int m = 0; m < model->bands.count; m++) {
        const double w = model->bands.wavelength[m], rho = correlation(fmax(0, fmax(least - w, w - most))),
                     weight = model->present ? model->present[m] : 1;
        sum += weight * (1 - rho * rho);
        weights += weight;
    }
    return weights > 0 ? sum / weights : 0;
}

static double unseen_by(const fc_eye *eye, const fc_classifier *model, const ds_points *points)
{
    double least = INFINITY, most = -INFINITY;
    for (int i = 0; i < points->count; i++) {
        least = fmin(least, eye->wavelength[points->band[i]]);
        most = fmax(most, eye->wavelength[points->band[i]]);
    }
    return unseen_share(model, least, most);
}

bool fc_eye_take(const fc_eye *eye, const fc_classifier *model, const ds_lightcurve *whole, ds_points *points,
                 double *unseen)
{
    uint32_t lacking = eye->usual;
    bool other = false;
    *unseen = 0;
    for (int i = 0; i < whole->count && lacking; i++) /* what is not there yet may still come */
        if (eye->place[whole->band[i]] < FC_OTHER_BAND)
            lacking &= ~((uint32_t)1 << eye->place[whole->band[i]]);
    for (int i = 0; i < points->count && !eye->same; i++) {
        points->band[i] = eye->place[points->band[i]];
        other |= points->band[i] >= FC_OTHER_BAND;
    }
    if (!other && !lacking)
        return false;
    *unseen = unseen_by(eye, model, points);
    return true;
}

void fc_eye_refuse(const fc_eye *eye, const fc_classifier *model, const char *name, const ds_points *points,
                   nn_error *error)
{
    const ds_bands *own = &model->bands;
    double least = INFINITY, most = -INFINITY;
    for (int i = 0; i < points->count; i++) {
        least = fmin(least, eye->wavelength[points->band[i]]);
        most = fmax(most, eye->wavelength[points->band[i]]);
    }
    nn_fail(error, NN_BAD_DATA,
            "%.80s: its bands (%.0f to %.0f Angstrom) lie too far from the model's (%s %.0f to %s %.0f)",
            name, least, most, own->name[0], own->wavelength[0], own->name[own->count - 1],
            own->wavelength[own->count - 1]);
}

static int nearest_band(const fc_eye *eye, const fc_classifier *model, int place)
{
    int best = place < FC_OTHER_BAND ? place : -1;
    for (int m = 0; m < model->bands.count && place >= FC_OTHER_BAND; m++)
        if (fc_band_known(model, m) && (best < 0 || fabs(eye->wavelength[m] - eye->wavelength[place]) <
                                                        fabs(eye->wavelength[best] - eye->wavelength[place])))
            best = m;
    return best < 0 ? 0 : best;
}

double fc_eye_noise(const fc_eye *eye, const fc_classifier *model, const ds_points *p)
{
    double sum[2 * DS_BAND_LIMIT] = {0}, mean = 0;
    int count[2 * DS_BAND_LIMIT] = {0}, bands = 0;
    for (int i = 0; i < p->count; i++) {
        sum[p->band[i]] += log(p->error[i]);
        count[p->band[i]]++;
    }
    for (int place = 0; place < 2 * DS_BAND_LIMIT; place++)
        if (count[place]) {
            mean += sum[place] / count[place] - log(model->softening[nearest_band(eye, model, place)]);
            bands++;
        }
    return mean / bands; /* 0/0 is the NaN of no points */
}

bool fc_eye_strange_noise(const fc_eye *eye, const fc_classifier *model, const ds_points *points)
{
    if (!model->noise)
        return false;
    const double factor = log(10), noise = fc_eye_noise(eye, model, points);
    return noise < model->noise[0] - factor || noise > model->noise[1] + factor;
}

/* --- points that stand in for others --- */

static const char *name_of(const fc_eye *eye, const fc_classifier *model, int place)
{
    return place < FC_OTHER_BAND ? model->bands.name[place] : eye->bands->name[place - FC_OTHER_BAND];
}

/* Whether place a is nearer to a wavelength than b; of equal ones the first by its name, whatever came first.
 */
static bool is_nearer(const fc_eye *eye, const fc_classifier *model, int a, int b, double from)
{
    const double da = fabs(eye->wavelength[a] - from), db = fabs(eye->wavelength[b] - from);
    return da != db ? da < db : strcmp(name_of(eye, model, a), name_of(eye, model, b)) < 0;
}

static int nearest_place(const fc_eye *eye, const fc_classifier *model, const bool there[2 * DS_BAND_LIMIT],
                         int m)
{
    int best = -1;
    for (int p = 0; p < 2 * DS_BAND_LIMIT; p++)
        if (there[p] && (best < 0 || is_nearer(eye, model, p, best, eye->wavelength[m])))
            best = p;
    return best;
}

void fc_eye_sources(const fc_eye *eye, const fc_classifier *model, const bool there[2 * DS_BAND_LIMIT],
                    uint64_t from[DS_BAND_LIMIT])
{
    for (int m = 0; m < model->bands.count; m++)
        from[m] = there[m] ? (uint64_t)1 << m : 0;
    for (int p = FC_OTHER_BAND; p < 2 * DS_BAND_LIMIT; p++) {
        const int home = there[p] ? nearest_band(eye, model, p) : -1;
        if (home >= 0 && !there[home])
            from[home] |= (uint64_t)1 << p;
    }
    for (int m = 0; m < model->bands.count; m++) {
        const int best = from[m] || !fc_band_known(model, m) ? -1 : nearest_place(eye, model, there, m);
        if (best >= FC_OTHER_BAND || (best >= 0 && (eye->usual >> m & 1)))
            from[m] = (uint64_t)1 << best;
    }
}

void fc_stand_in_clear(fc_stand_in *room)
{
    ds_gp_free(room->gp);
    ds_points_free(&room->points);
    free(room->block);
    *room = (fc_stand_in){0};
}

static int make_room(fc_stand_in *room, size_t points, nn_error *error)
{
    if (!room->gp && !(room->gp = ds_gp_new(error)))
        return NN_FAILED;
    if (points <= room->room)
        return NN_OK;
    double *more = nn_resize(room->block, points, 3 * sizeof *more, 2);
    if (!more)
        return nn_fail(error, NN_FAILED, "no memory for %zu points", points);
    room->block = more;
    room->room = points;
    return NN_OK;
}

/* Conditions the process on all points. */
static int condition(const fc_eye *eye, fc_stand_in *room, const char *name, const ds_points *p,
                     nn_error *error)
{
    ds_gp_fit fit;
    for (int i = 0; i < p->count; i++)
        room->block[i] = eye->wavelength[p->band[i]];
    const ds_gp_points points = {name, p->time, room->block, p->flux, p->error, (size_t)p->count};
    return ds_gp_fit_points(room->gp, &points, NULL, &fit, error);
}

/* Copies to the room the points of the model's bands, each from where it is fed; of those that come from
 * elsewhere the places of the process: there in the second third of the block, here in the first. Returns
 * their number. */
static size_t copy(const fc_eye *eye, const fc_classifier *model, fc_stand_in *room, const ds_points *p,
                   const uint64_t *from, size_t most)
{
    ds_points *to = &room->points;
    int n = 0;
    for (int i = 0; i < p->count; i++)
        for (int m = 0; m < model->bands.count; m++) {
            if (!(from[m] >> p->band[i] & 1))
                continue;
            to->time[n] = p->time[i];
            to->flux[n] = p->flux[i];
            to->error[n] = p->error[i];
            to->detected[n] = p->detected[i];
            to->band[n] = (uint8_t)m;
            room->block[n] = eye->wavelength[p->band[i]];
            room->block[most + (size_t)n++] = eye->wavelength[m];
        }
    to->count = n;
    return (size_t)n;
}

static int move(fc_stand_in *room, size_t n, size_t most, nn_error *error)
{
    ds_points *to = &room->points;
    double *here = room->block, *there = here + most, *mean = there + most;
    int code = ds_gp_predict(room->gp, to->time, here, n, mean, NULL, error);
    for (size_t i = 0; i < n && !code; i++)
        to->flux[i] -= here[i] == there[i] ? 0 : mean[i];
    if (!code)
        code = ds_gp_predict(room->gp, to->time, there, n, mean, NULL, error);
    for (size_t i = 0; i < n && !code; i++)
        to->flux[i] += here[i] == there[i] ? 0 : mean[i];
    return code;
}

int fc_eye_stand_in(const fc_eye *eye, const fc_classifier *model, fc_stand_in *room, const char *name,
                    ds_points *points, nn_error *error)
{
    bool there[2 * DS_BAND_LIMIT] = {false};
    uint64_t from[DS_BAND_LIMIT];
    const size_t most = (size_t)points->count * (size_t)model->bands.count;
    for (int i = 0; i < points->count; i++)
        there[points->band[i]] = true;
    fc_eye_sources(eye, model, there, from);
    int code = make_room(room, most, error);
    if (!code)
        code = ds_points_reserve(&room->points, (int)most, error);
    if (!code)
        code = condition(eye, room, name, points, error);
    if (!code)
        code = move(room, copy(eye, model, room, points, from, most), most, error);
    if (code)
        return code;
    const ds_points old = *points;
    *points = room->points;
    room->points = old;
    return NN_OK;
}
