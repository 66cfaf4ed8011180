/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The training set of a classifier, kept in memory object by object. */
#include "datasets/series/quantile.h"
#include "forecast/tasks/lightcurves/training/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool grow(void *pointer, size_t count, size_t size)
{
    void **place = pointer, *room = realloc(*place, count * size);
    if (!room)
        return false;
    *place = room;
    return true;
}

static int make_room(fc_class_set *set, size_t bands, size_t floats, size_t beside, nn_error *error)
{
    if (set->count == set->room) {
        size_t room = set->room ? 2 * set->room : 256;
        if (!grow(&set->first, room + 1, sizeof *set->first) ||
            !grow(&set->extras, room * FC_EXTRAS, sizeof *set->extras) ||
            !grow(&set->error, room * bands, sizeof *set->error) ||
            (beside && !grow(&set->beside, room * beside, sizeof *set->beside)) ||
            !grow(&set->label, room, sizeof *set->label) || !grow(&set->origin, room, sizeof *set->origin) ||
            !grow(&set->part, room, sizeof *set->part) || !grow(&set->id, room, sizeof *set->id))
            return nn_fail(error, NN_FAILED, "no memory for %zu objects", room);
        set->room = room;
    }
    if (set->raw_count + floats > set->raw_room) {
        size_t room = 2 * set->raw_room + floats + 65536;
        if (!grow(&set->raw, room, sizeof *set->raw))
            return nn_fail(error, NN_FAILED, "no memory for the light curves of %zu objects", set->count);
        set->raw_room = room;
    }
    return NN_OK;
}

/* Median error of the object's points in one band. scratch: as many as it has points. */
static float typical_error(const ds_points *points, int band, double *scratch)
{
    size_t count = 0;
    for (int i = 0; i < points->count; i++)
        if (points->band[i] == band)
            scratch[count++] = points->error[i];
    return count ? (float)ds_quantile(scratch, count, 0.5) : NAN;
}

int fc_class_set_add(fc_class_set *set, const fc_classifier *model, const fc_slot *slot, uint8_t part,
                     nn_error *error)
{
    size_t bands = (size_t)model->bands.count, width = (size_t)fc_raw_width(model);
    size_t floats = (size_t)slot->tokens * width, n = set->count;
    const size_t beside = slot->beside ? (size_t)slot->beside_count : 0;
    int code = make_room(set, bands, floats, beside, error);
    if (code)
        return code;
    double *scratch = malloc((size_t)slot->points.count * sizeof *scratch);
    if (!scratch)
        return nn_no_memory(error);
    for (size_t b = 0; b < bands; b++)
        set->error[n * bands + b] = typical_error(&slot->points, (int)b, scratch);
    free(scratch);
    if (!(set->id[n] = strdup(slot->id)))
        return nn_no_memory(error);
    memcpy(set->raw + set->raw_count, slot->raw, floats * sizeof *set->raw);
    if (beside)
        memcpy(set->beside + n * beside, slot->beside, beside * sizeof *set->beside);
    set->beside_width = beside;
    memcpy(set->extras + n * FC_EXTRAS, slot->extras, sizeof slot->extras);
    set->label[n] = slot->label;
    set->part[n] = part;
    set->origin[n] = n;
    set->first[n] = set->raw_count / width;
    set->raw_count += floats;
    set->first[++set->count] = set->raw_count / width;
    return NN_OK;
}

void fc_class_set_clear(fc_class_set *set)
{
    free(set->raw);
    free(set->first);
    free(set->extras);
    free(set->error);
    free(set->beside);
    free(set->label);
    free(set->origin);
    free(set->part);
    for (size_t i = 0; i < set->count; i++)
        free(set->id[i]);
    free(set->id);
    *set = (fc_class_set){0};
}
