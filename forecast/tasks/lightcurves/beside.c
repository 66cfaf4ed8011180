/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The companion of a network within an engine. */
#include "forecast/tasks/lightcurves/beside.h"

#include "forecast/tasks/lightcurves/rival.h"
#include "forecast/tasks/lightcurves/sight_features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int fc_beside_open(fc_beside *b, const fc_classifier *rival, nn_error *error)
{
    b->rival = rival;
    if (!(b->shape = fc_sight_features(rival, error)))
        return NN_FAILED;
    b->row = calloc((size_t)rival->feature_count + 1, sizeof *b->row);
    b->x = calloc((size_t)fc_token_width(rival) + 1, sizeof *b->x);
    return b->row && b->x ? NN_OK : nn_no_memory(error);
}

void fc_beside_clear(fc_beside *b)
{
    ds_features_free(b->shape);
    free(b->row);
    free(b->x);
    ds_points_free(&b->points);
    fc_stand_in_clear(&b->stand_in);
    *b = (fc_beside){0};
}

int fc_beside_see(fc_beside *b, const fc_classifier *model, const fc_eye *eye, bool foreign, int most,
                  fc_slot *slot, nn_error *error)
{
    const ds_points *points = &slot->points;
    int code = NN_OK;
    if (foreign) {
        code = ds_points_reserve(&b->points, points->count < most ? points->count : most, error);
        if (!code)
            ds_points_thin(&b->points, points, most);
        if (!code)
            code = fc_eye_stand_in(eye, model, &b->stand_in, slot->id, &b->points, error);
        points = &b->points;
    }
    const bool unknown = code == NN_BAD_DATA;
    if (!code)
        code = ds_features_compute(b->shape, points, b->row, error);
    for (int i = 0; i < slot->beside_count && unknown; i++)
        b->row[i] = NAN;
    fc_features_see(slot->beside, b->row, slot->beside_count);
    return unknown ? NN_OK : code;
}

void fc_beside_call(fc_beside *b, const fc_classifier *model, fc_slot *slot)
{
    const double share = fc_rival_share(model);
    fc_rival_call(b->rival, slot->beside, slot->extras, b->x, slot->rival);
    if (slot->alone)
        memcpy(slot->alone, slot->probability, (size_t)model->classes * sizeof *slot->alone);
    if (share > 0)
        fc_mix(slot->probability, slot->rival, model->classes, share);
}
