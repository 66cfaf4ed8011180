/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts an object into a slot: the points of it that a classifier looks at. */
#include "forecast/tasks/lightcurves/slot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int copy_id(fc_slot *slot, const char *id, nn_error *error)
{
    size_t length = strlen(id) + 1;
    if (length > slot->id_room) {
        char *room = realloc(slot->id, length + 32);
        if (!room)
            return nn_no_memory(error);
        slot->id = room;
        slot->id_room = length + 32;
    }
    memcpy(slot->id, id, length);
    return NN_OK;
}

/* Points up to so many days after the first detection; times are in order. */
static int seen_until(const ds_lightcurve *curve, double days)
{
    int first = 0, count = curve->count;
    while (first < count && !curve->detected[first])
        first++;
    if (first == count)
        return count;
    while (count > first && curve->time[count - 1] > curve->time[first] + days)
        count--;
    return count;
}

int fc_slot_fill(fc_slot *slot, const fc_classifier *model, const fc_eye *eye, const ds_lightcurve *curve,
                 const double *extras, int label, double days, nn_error *error)
{
    const fc_sight_settings *sight = &model->sight;
    ds_lightcurve seen = *curve;
    ds_selection selection = DS_SELECTED;
    for (int e = 0; e < FC_EXTRAS; e++)
        slot->extras[e] = extras ? extras[e] : NAN;
    slot->label = label;
    slot->state = FC_SLOT_READY;
    slot->error.text[0] = 0;
    slot->tokens = 0;
    slot->novelty = slot->distance = NAN;
    slot->foreign = false;
    slot->unseen = 0;
    int code = copy_id(slot, curve->id, error);
    if (code)
        return code;
    if (isfinite(days))
        seen.count = seen_until(curve, days);
    if (seen.count == 0) {
        slot->state = FC_SLOT_EMPTY;
        return NN_OK;
    }
    code = ds_lightcurve_select(&seen, sight->window, &slot->points, &slot->start, &selection, error);
    if (code)
        return code;
    slot->wide = selection == DS_SELECTED_WIDE;
    if (selection == DS_WITHOUT_DETECTION || slot->points.count == 0) {
        slot->state = selection == DS_WITHOUT_DETECTION ? FC_SLOT_UNDETECTED : FC_SLOT_EMPTY;
        return NN_OK;
    }
    int first = 0;
    while (first + 1 < slot->points.count && !slot->points.detected[first])
        first++;
    slot->trigger = slot->points.time[first];
    slot->foreign = fc_eye_take(eye, model, curve, &slot->points, &slot->unseen);
    if (slot->unseen > FC_MOST_UNSEEN) {
        slot->state = FC_SLOT_FAILED;
        fc_eye_refuse(eye, model, slot->id, &slot->points, &slot->error);
    }
    return NN_OK;
}
