/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes and reads what stands beside a model in its file. */
#include "forecast/companion.h"

#include "forecast/files/tensor.h"
#include "forecast/model_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names of tensors are no longer than that of a parameter and the prefix. */
static const char *name_of(const nn_param *param, char text[512])
{
    snprintf(text, 512, FC_COMPANION_PREFIX "%s", param->name);
    return text;
}

json_t *fc_companion_json(const fc_model *companion)
{
    json_t *entry = json_object();
    nn_json_set(entry, "kind", nn_json_text(companion->kind->name));
    nn_json_set(entry, "fields", fc_model_entries(companion));
    return entry;
}

int fc_companion_write(nn_st_writer *writer, const fc_model *model, nn_error *error)
{
    int code = NN_OK;
#ifdef NN_DOUBLE
    (void)writer, (void)model, (void)error;
#else
    const nn_params *params = model->companion ? model->companion->params : NULL;
    char name[512];
    for (int i = 0; params && i < params->count && !code; i++) {
        const nn_param *param = &params->table[i];
        code = fc_tensor_write(writer, name_of(param, name), param, params->data + param->offset, error);
    }
#endif
    return code;
}

int fc_companion_read(fc_model *model, const json_t *entry, const char *path, nn_error *error)
{
    const char *name = json_string_value(json_object_get(entry, "kind"));
    const json_t *fields = json_object_get(entry, "fields");
    const fc_kind *kind = name ? fc_kind_find(name) : NULL;
    const fc_task *task = kind ? fc_task_named(kind, model->task->name) : NULL;
    if (!task || strcmp(task->name, model->task->name) != 0 || !json_is_object(fields))
        return nn_fail(error, NN_BAD_DATA, "%s: what stands beside the model, '%.40s', is nothing for it",
                       path, name ? name : "");
    fc_model *companion = calloc(1, task->model_size);
    if (!companion)
        return nn_no_memory(error);
    companion->kind = kind;
    companion->task = task;
    model->companion = companion;
    memcpy(companion->record.version, model->record.version, sizeof companion->record.version);
    if (!(companion->config = calloc(1, kind->config_size)))
        return nn_no_memory(error);
    const int code = nn_json_read_record(kind->options, companion->config,
                                         json_object_get(fields, "auspex.settings"), path, error);
    return code ? code : fc_fields_read(task->fields, companion, fields, path, error);
}

int fc_companion_check(int *tensors, const fc_model *model, const nn_st_file *file, nn_error *error)
{
    const nn_params *params = model->companion ? model->companion->params : NULL;
    char name[512];
    *tensors = params ? params->count : 0;
    for (int i = 0; i < *tensors; i++) {
        const nn_st_tensor *tensor = nn_st_find(file, name_of(&params->table[i], name));
        if (!tensor || !fc_tensor_suits(tensor, &params->table[i]))
            return nn_fail(error, NN_BAD_DATA, "%s: the tensor '%s' is missing, or of another shape",
                           nn_st_path(file), name);
    }
    return NN_OK;
}

static int read_param(nn_real *data, const nn_param *param, const nn_st_file *file, nn_error *error)
{
    char name[512];
    fc_tensor_read(data, file, nn_st_find(file, name_of(param, name)));
    return fc_tensor_check(file, name, data, param->count, error);
}

int fc_companion_read_weights(fc_model *model, const nn_st_file *file, nn_error *error)
{
    fc_model *companion = model->companion;
    if (!companion)
        return NN_OK;
    nn_params *params = companion->params;
    int code = nn_params_reserve(params, error);
    for (int i = 0; i < params->count && !code; i++)
        code = read_param(params->data + params->table[i].offset, &params->table[i], file, error);
    return code || !companion->task->prove ? code
                                           : companion->task->prove(companion, nn_st_path(file), error);
}
