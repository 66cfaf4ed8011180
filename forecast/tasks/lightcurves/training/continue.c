/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a classifier keeps when it goes on with other labels. */
#include "forecast/tasks/lightcurves/training/continue.h"

#include "forecast/tasks/lightcurves/internal.h"

#include <stdlib.h>
#include <string.h>

static const char head[] = "cls."; /* the layer of classes, as fc_t2_network calls it */

int fc_can_continue(const fc_model *model, nn_error *error)
{
    return model->task->grows && model->task->grows(model)
               ? nn_fail(error, NN_USAGE,
                         "--from: a %s is grown in one go and does not go on; train it on both surveys, or "
                         "calibrate "
                         "it (auspex calibrate)",
                         model->kind->name)
               : NN_OK;
}

static void copy_weights(fc_model *to, const fc_model *from)
{
    for (int i = 0; i < to->params->count; i++) {
        const nn_param *own = &to->params->table[i], *other = nn_params_find(from->params, own->name);
        if (other && other->count == own->count && strncmp(own->name, head, sizeof head - 1) != 0)
            memcpy(to->params->data + own->offset, from->params->data + other->offset,
                   own->count * sizeof *to->params->data);
    }
}

static double *copy(const double *values, size_t count)
{
    double *room = values ? malloc(count * sizeof *room) : NULL;
    if (room)
        memcpy(room, values, count * sizeof *room);
    return room;
}

static int copy_scaling(fc_classifier *to, const fc_classifier *from, nn_error *error)
{
    const size_t bands = (size_t)from->bands.count, columns = (size_t)fc_channel_count(from) + FC_EXTRAS;
    memcpy(to->softening, from->softening, bands * sizeof(double));
    memcpy(to->shift, from->shift, columns * sizeof(double));
    memcpy(to->scale, from->scale, columns * sizeof(double));
    for (int k = 0; k < to->feature_count && to->late_shift && from->late_shift; k++) {
        to->late_shift[k] = from->late_shift[k];
        to->late_scale[k] = from->late_scale[k];
    }
    to->present = copy(from->present, bands);
    to->noise = copy(from->noise, 2);
    return (from->present && !to->present) || (from->noise && !to->noise) ? nn_no_memory(error) : NN_OK;
}

static int renew(fc_model **model, const fc_model *base, const fc_request *request, nn_error *error)
{
    fc_request own = *request;
    own.kind = base->kind;
    own.config = base->config;
    int code = fc_model_new(model, &own, error);
    if (!code) {
        copy_weights(*model, base);
        code = copy_scaling((fc_classifier *)*model, (const fc_classifier *)base, error);
    }
    return code;
}

static int take_split(fc_model *model, const fc_request *request, nn_error *error)
{
    char *split = strdup(request->split_name);
    if (!split)
        return nn_no_memory(error);
    free(model->split);
    model->split = split;
    const bool mixed = fc_rival_share((fc_classifier *)model) > 0;
    model->record.training = *request->training;
    if (!request->training->rival) {
        fc_model_free(model->companion);
        model->companion = NULL;
        ((fc_classifier *)model)->rivalry = FC_NO_RIVALRY;
    } else if (mixed) { /* what was a mixture stays one, of a forest of the new objects */
        model->record.training.mixture = 1;
    }
    return NN_OK;
}

int fc_continue(fc_model **model, fc_model *base, const fc_request *request, bool renewed, nn_error *error)
{
    *model = NULL;
    if (!renewed) {
        *model = base;
        return take_split(base, request, error);
    }
    const int code = renew(model, base, request, error);
    fc_model_free(base);
    return code;
}
