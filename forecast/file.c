/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model as one safetensors file. The weights stand under their published names; the metadata strings
 * auspex.format, auspex.version, auspex.model, auspex.settings, auspex.data and auspex.training hold the
 * rest, the last three as JSON. Nothing in it depends on the clock or the machine: the same training gives
 * the same bytes. */
#include "forecast/json.h"
#include "forecast/model_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "1"

/* --- saving --- */

static int write_params(nn_st_writer *writer, const nn_params *params, nn_error *error)
{
#ifdef NN_DOUBLE
    (void)writer, (void)params;
    return nn_fail(error, NN_FAILED, "models are saved in single precision only");
#else
    int code = NN_OK;
    for (int i = 0; i < params->count && code == NN_OK; i++) {
        const nn_param *param = &params->table[i];
        int64_t shape[NN_MAX_RANK];
        for (int k = 0; k < param->rank; k++)
            shape[k] = param->shape[k];
        code =
            nn_st_writer_tensor(writer, param->name, param->rank, shape, params->data + param->offset, error);
    }
    return code;
#endif
}

int fc_model_save(const fc_model *model, const char *path, nn_error *error)
{
    const fc_task *task = model->kind->task;
    nn_st_writer *writer = nn_st_writer_new();
    if (!writer)
        return nn_no_memory(error);
    int code = nn_st_writer_metadata(writer, "auspex.format", FORMAT, error);
    if (code == NN_OK)
        code = nn_st_writer_metadata(writer, "auspex.version", model->record.version, error);
    if (code == NN_OK)
        code = nn_st_writer_metadata(writer, "auspex.model", model->kind->name, error);
    if (code == NN_OK)
        code = fc_json_write_entry(writer, "auspex.settings",
                                   fc_json_record(model->kind->options, model->config), error);
    if (code == NN_OK)
        code = task->save(model, writer, error);
    if (code == NN_OK)
        code = fc_json_write_entry(writer, "auspex.training", task->record_json(model), error);
    if (code == NN_OK && task->save_more)
        code = task->save_more(model, writer, error);
    if (code == NN_OK)
        code = write_params(writer, model->params, error);
    if (code == NN_OK)
        code = nn_st_write(writer, path, error);
    nn_st_writer_free(writer);
    return code;
}

/* --- loading --- */

/* A setting that would be the user's mistake on the command line is the file's here. */
static int as_bad_file(const char *path, nn_error *error)
{
    int code = nn_fail_within(error, "%s", path);
    if (code != NN_USAGE)
        return code;
    if (error)
        error->code = NN_BAD_DATA;
    return NN_BAD_DATA;
}

static int load_settings(fc_model *model, const json_t *settings, const char *path, nn_error *error)
{
    void *config = calloc(1, model->kind->config_size);
    if (!config)
        return nn_no_memory(error);
    int code = fc_json_read_record(model->kind->options, config, settings, path, error);
    if (code == NN_OK && fc_model_complete(model, config, error))
        code = as_bad_file(path, error);
    nn_options_clear(model->kind->options, config);
    free(config);
    return code;
}

static int load_parts(fc_model *model, const nn_st_file *file, nn_error *error)
{
    const char *path = nn_st_path(file);
    const fc_task *task = model->kind->task;
    json_t *settings = fc_json_read_entry(file, "auspex.settings", error);
    json_t *training = settings ? fc_json_read_entry(file, "auspex.training", error) : NULL;
    int code = training ? task->load_record(model, training, path, error) : NN_BAD_DATA;
    if (code == NN_OK)
        code = task->load(model, file, error);
    if (code == NN_OK)
        code = load_settings(model, settings, path, error);
    if (code == NN_OK && task->load_more)
        code = task->load_more(model, file, error);
    json_decref(settings);
    json_decref(training);
    return code ? code : fc_model_read_weights(model, file, error);
}

static int find_kind(const fc_kind **kind, fc_purpose purpose, const nn_st_file *file, nn_error *error)
{
    static const char *const what[] = {
        [FC_FORECASTS] = "a forecasting model", [FC_CLASSIFIES] = "a classifier of light curves"};
    static const char *const wanted[] = {
        [FC_FORECASTS] = "a forecasting model", [FC_CLASSIFIES] = "a classifier"};
    const char *path = nn_st_path(file), *format = nn_st_metadata(file, "auspex.format");
    const char *name = nn_st_metadata(file, "auspex.model");
    if (!format || !name)
        return nn_fail(error, NN_BAD_DATA,
                       "%s: a safetensors file, but not a model of this program; `auspex import` takes "
                       "weights of other programs",
                       path);
    if (strcmp(format, FORMAT))
        return nn_fail(error, NN_BAD_DATA, "%s: has the model format %s; this version reads %s", path, format,
                       FORMAT);
    if (!(*kind = fc_kind_find(name)))
        return nn_fail(error, NN_BAD_DATA, "%s: unknown kind of model '%s'", path, name);
    const fc_purpose is = (*kind)->task->purpose;
    return purpose && purpose != is ? nn_fail(error, NN_BAD_DATA, "%s: holds %s (%s), not %s", path, what[is],
                                              name, wanted[purpose])
                                    : NN_OK;
}

int fc_model_load(fc_model **out, fc_purpose purpose, const char *path, nn_error *error)
{
    *out = NULL;
    nn_st_file *file;
    const fc_kind *kind = NULL;
    fc_model *model = NULL;
    int code = nn_st_open(&file, path, error);
    if (code)
        return code;
    code = find_kind(&kind, purpose, file, error);
    if (!code && !(model = calloc(1, kind->task->model_size)))
        code = nn_no_memory(error);
    if (!code) {
        const char *version = nn_st_metadata(file, "auspex.version");
        model->kind = kind;
        snprintf(model->record.version, sizeof model->record.version, "%s", version ? version : "");
        code = load_parts(model, file, error);
    }
    nn_st_close(file);
    if (code)
        fc_model_free(model);
    else
        *out = model;
    return code;
}

const fc_kind *fc_model_file_kind(const char *path)
{
    nn_st_file *file;
    if (nn_st_open(&file, path, NULL))
        return NULL;
    const char *name = nn_st_metadata(file, "auspex.model");
    const fc_kind *kind = name ? fc_kind_find(name) : NULL;
    nn_st_close(file);
    return kind;
}
