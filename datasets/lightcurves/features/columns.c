/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The columns that settings ask for, and the row of an object. */
#include "datasets/lightcurves/features/features.h"

#include "datasets/lightcurves/features/curve.h"
#include "datasets/lightcurves/features/group.h"
#include "datasets/lightcurves/period/spectrum.h"
#include "lib/base/nearest.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NAME = 48 + 2 * DS_BAND_NAME, MOST_GROUPS = 64 };

/* The columns of a group for one band, pair or the object. */
typedef struct piece {
    const ds_feature_group *group;
    int first, count; /* columns */
    int a, b;         /* bands; -1: none */
} piece;

struct ds_features {
    ds_feature_settings settings;
    ds_bands bands;
    piece *pieces;
    int piece_count, count;
    char (*names)[MOST_NAME]; /* (count) */
    int *of;                  /* (count): its piece */
    ds_feature_curves curves;
    ds_spectrum *spectrum;
};

/* --- columns --- */

static int names_of(const ds_feature_group *group)
{
    int n = 0;
    while (group->names[n])
        n++;
    return n;
}

static int pieces_of(const ds_feature_group *group, int bands)
{
    switch (group->scope) {
    case DS_FEATURE_OF_BAND:
        return bands;
    case DS_FEATURE_OF_PAIR:
        return bands * (bands - 1) / 2;
    case DS_FEATURE_OF_OBJECT:
        break;
    }
    return 1;
}

static const char all[] = "all";

static int check_groups(const char *groups, nn_error *error)
{
    const char *known[MOST_GROUPS], *cursor = groups, *item;
    int count = 0;
    for (const ds_feature_group *group; count < MOST_GROUPS - 1 && (group = ds_feature_group_at(count));)
        known[count++] = group->name;
    known[count++] = all;
    for (size_t length; nn_list_next(&cursor, &item, &length);) {
        int n = 0;
        while (n < count && (strlen(known[n]) != length || strncmp(known[n], item, length) != 0))
            n++;
        char hint[512];
        if (n == count)
            return nn_fail(error, NN_USAGE, "there is no group of features '%.*s'%s", (int)length, item,
                           nn_suggestion(hint, sizeof hint, item, length, known, count));
    }
    return NN_OK;
}

static void add_piece(ds_features *self, const ds_feature_group *group, int a, int b)
{
    const int names = names_of(group);
    self->pieces[self->piece_count] = (piece){group, self->count, names, a, b};
    for (int n = 0; n < names; n++, self->count++) {
        char *name = self->names[self->count];
        self->of[self->count] = self->piece_count;
        int length = snprintf(name, MOST_NAME, "%s", group->names[n]);
        if (a >= 0)
            length += snprintf(name + length, MOST_NAME - (size_t)length, "_%s", self->bands.name[a]);
        if (b >= 0)
            snprintf(name + length, MOST_NAME - (size_t)length, "_%s", self->bands.name[b]);
    }
    self->piece_count++;
}

static bool chosen(const ds_features *self, const ds_feature_group *group)
{
    const char *groups = self->settings.groups;
    return (groups && nn_list_has(groups, group->name)) ||
           (!group->on_request && (!groups || nn_list_has(groups, all)));
}

static int lay_out(ds_features *self, nn_error *error)
{
    const int bands = self->bands.count;
    const ds_feature_group *group;
    int pieces = 0, columns = 0;
    for (int n = 0; (group = ds_feature_group_at(n)); n++)
        if (chosen(self, group)) {
            pieces += pieces_of(group, bands);
            columns += pieces_of(group, bands) * names_of(group);
        }
    self->pieces = calloc((size_t)pieces + 1, sizeof *self->pieces);
    self->names = calloc((size_t)columns + 1, sizeof *self->names);
    self->of = calloc((size_t)columns + 1, sizeof *self->of);
    if (!self->pieces || !self->names || !self->of)
        return nn_no_memory(error);
    for (int n = 0; (group = ds_feature_group_at(n)); n++) {
        if (!chosen(self, group))
            continue;
        if (group->scope == DS_FEATURE_OF_OBJECT)
            add_piece(self, group, -1, -1);
        for (int a = 0; a < bands && group->scope != DS_FEATURE_OF_OBJECT; a++) {
            if (group->scope == DS_FEATURE_OF_BAND)
                add_piece(self, group, a, -1);
            for (int b = a + 1; b < bands && group->scope == DS_FEATURE_OF_PAIR; b++)
                add_piece(self, group, a, b);
        }
    }
    return NN_OK;
}

/* --- life --- */

ds_features *ds_features_new(const ds_feature_settings *settings, nn_error *error)
{
    if (settings->groups && check_groups(settings->groups, error))
        return NULL;
    ds_features *self = calloc(1, sizeof *self);
    if (!self) {
        nn_no_memory(error);
        return NULL;
    }
    self->settings = *settings;
    self->bands = *settings->bands;
    self->settings.bands = &self->bands;
    int code = lay_out(self, error);
    self->settings.groups = NULL; /* the caller's, and done with */
    if (!code && !(self->spectrum = ds_spectrum_new(error)))
        code = NN_FAILED;
    if (code) {
        ds_features_free(self);
        return NULL;
    }
    return self;
}

void ds_features_free(ds_features *self)
{
    if (!self)
        return;
    ds_spectrum_free(self->spectrum);
    ds_feature_curves_clear(&self->curves);
    free(self->pieces);
    free(self->names);
    free(self->of);
    free(self);
}

int ds_features_count(const ds_features *self)
{
    return self->count;
}

const char *ds_features_name(const ds_features *self, int n)
{
    return self->names[n];
}

const char *ds_features_group(const ds_features *self, int n)
{
    return self->pieces[self->of[n]].group->name;
}

/* --- an object --- */

ds_feature_scale ds_features_scale(const ds_points *p)
{
    int positive = 0, clear = 0;
    for (int i = 0; i < p->count; i++) {
        positive += p->flux[i] > 0;
        clear += p->flux[i] >= DS_DETECTION * p->error[i];
    }
    return p->count && positive >= 0.98 * p->count && 2 * clear >= p->count ? DS_SCALE_MAGNITUDE
                                                                            : DS_SCALE_FLUX;
}

static double brightest(const ds_points *p)
{
    double most = -INFINITY, time = 0;
    for (int i = 0; i < p->count; i++)
        if (p->flux[i] - p->error[i] > most) {
            most = p->flux[i] - p->error[i];
            time = p->time[i];
        }
    return time;
}

int ds_features_compute(ds_features *self, const ds_points *points, double *out, nn_error *error)
{
    ds_feature_scale scale = self->settings.scale;
    if (scale == DS_SCALE_AUTO)
        scale = ds_features_scale(points);
    for (int n = 0; n < self->count; n++)
        out[n] = NAN;
    const bool magnitudes = scale == DS_SCALE_MAGNITUDE;
    int code = ds_feature_curves_make(&self->curves, points, self->bands.count, magnitudes, error);
    ds_feature_object object = {.points = points,
                                .bands = &self->bands,
                                .band = self->curves.band,
                                .all = &self->curves.all,
                                .magnitudes = magnitudes,
                                .all_band = self->curves.all_band,
                                .brightest = brightest(points),
                                .scratch = self->curves.scratch,
                                .spectrum = self->spectrum,
                                .settings = &self->settings};
    for (int n = 0; n < self->piece_count && !code && object.all->count; n++) {
        const piece *p = &self->pieces[n];
        if ((p->a < 0 || object.band[p->a].count) && (p->b < 0 || object.band[p->b].count))
            code = p->group->compute(&object, p->a, p->b, out + p->first, error);
    }
    for (int n = 0; n < self->count; n++)
        if (!isfinite(out[n]))
            out[n] = NAN;
    return code;
}
