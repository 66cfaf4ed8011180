/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A new model, as a request asks for it. */
#include "forecast/request.h"

#include "forecast/model_internal.h"
#include "lib/train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int fc_model_new(fc_model **out, const fc_request *request, nn_error *error)
{
    const fc_task *task = fc_task_for(request->kind, request->panel != NULL);
    *out = NULL;
    fc_model *model = calloc(1, task->model_size);
    if (!model)
        return nn_no_memory(error);
    fc_record *record = &model->record;
    model->kind = request->kind;
    model->task = task;
    snprintf(record->version, sizeof record->version, "%s", AUSPEX_VERSION);
    int code = nn_options_default(task->training, &record->training, error);
    record->training.seed = request->seed;
    if (request->training)
        record->training = *request->training;
    if (!code && request->split_name && !(model->split = strdup(request->split_name)))
        code = nn_no_memory(error);
    if (code == NN_OK)
        code = task->take(model, request, error);
    if (code == NN_OK)
        code = fc_model_complete(model, request->config, error);
    if (code == NN_OK && request->training && !request->shapes) {
        const nn_needs least = nn_needs_of(model->params->size, record->training.shards);
        code = nn_needs_check(&least, false, error);
    }
    if (code == NN_OK && !request->shapes)
        code = nn_params_allocate(model->params, record->training.seed, error);
    if (code)
        fc_model_free(model);
    else
        *out = model;
    return code;
}
