/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model as one safetensors file. The weights stand under their published names; the metadata strings
 * auspex.format, auspex.version and auspex.model say what it is, auspex.settings and the fields of its task
 * hold the rest as JSON. Nothing in it depends on the clock or the machine: the same training gives the same
 * bytes. */
#include "forecast/companion.h"
#include "forecast/errors/spread.h"
#include "forecast/files/brief.h"
#include "forecast/files/factor.h"
#include "forecast/files/int8.h"
#include "forecast/files/tensor.h"
#include "forecast/model_internal.h"
#include "forecast/weights.h"
#include "lib/files/inputs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FORMAT     "1"
#define SPREAD     "auspex.uncertainty"
#define COMPRESSED "auspex.compressed"
#define COMPANION  "auspex.companion"

/* What became of the weights after training. */
static const fc_field factor[] = {
    {.key = "map", .type = FC_STRING, .rules = FC_FILLED, .offset = offsetof(nn_factor, name)},
    {"rank", FC_NUMBER, 0, offsetof(nn_factor, rank), .least = 1, .most = 1e6},
    {0}};

static const fc_field precision_fields[] = {
    {"name", FC_CHOICE, 0, offsetof(fc_model, precision), .names = fc_precision_names},
    {.key = "loss", .type = FC_REAL, .rules = FC_NOT_NEGATIVE, .offset = offsetof(fc_model, precision_loss)},
    {.key = "float_loss",
     .type = FC_REAL,
     .rules = FC_NOT_NEGATIVE,
     .offset = offsetof(fc_model, exact_loss)},
    {0}};

static const fc_field compressed_fields[] = {
    {.key = "int8", .type = FC_FLAG, .rules = FC_HERE, .offset = offsetof(fc_model, int8)},
    {"precision", FC_OBJECT, FC_OPTIONAL | FC_NOT_ZERO, offsetof(fc_model, precision),
     .fields = precision_fields},
    {"factors", FC_ENTRIES, 0, offsetof(fc_model, factors), .size = sizeof(nn_factor),
     .count_offset = offsetof(fc_model, factor_count), .least = 0, .most = 100000, .fields = factor},
    {0}};

/* --- saving --- */

#ifndef NN_DOUBLE
static const fc_factored *factors_of(const fc_model *model, int param)
{
    return model->factored && model->factored[param].out ? &model->factored[param] : NULL;
}
#endif

static int write_params(nn_st_writer *writer, const fc_model *model, nn_error *error)
{
#ifdef NN_DOUBLE
    (void)writer, (void)model;
    return nn_fail(error, NN_FAILED, "models are saved in single precision only");
#else
    const nn_params *params = fc_model_weights(model);
    int code = NN_OK;
    for (int i = 0; i < params->count && code == NN_OK; i++) {
        const nn_param *param = &params->table[i];
        code = factors_of(model, i)
                   ? fc_factor_write(writer, param, factors_of(model, i), error)
                   : fc_tensor_write(writer, param->name, param, params->data + param->offset, error);
    }
    for (int i = 0; i < params->count && code == NN_OK; i++) /* of one byte each: all others stay aligned */
        if (factors_of(model, i))
            code = fc_factor_write_index(writer, &params->table[i], factors_of(model, i), error);
    return code ? code : fc_unused_write(model->unused, writer, error);
#endif
}

/* A model whose weights are of eight bits needs no more than single precision of anything. What is kept of
 * errors has few digits. */
static int write_entry(nn_st_writer *writer, const char *key, json_t *object, bool brief, nn_error *error)
{
    if (brief && !fc_brief_pack(object))
        return nn_no_memory(error);
    const bool few = !brief && strcmp(key, SPREAD) == 0;
    char *text = few ? nn_json_dump_exact(object)
                     : nn_json_dump(object, JSON_COMPACT | JSON_REAL_PRECISION(brief ? 9 : 17));
    int code = text ? nn_st_writer_metadata(writer, key, text, error) : nn_no_memory(error);
    free(text);
    return code;
}

/* Without those that older files lack, where they are as if they had not come. */
static json_t *settings_of(const fc_model *model)
{
    const fc_kind *kind = model->kind;
    json_t *settings = nn_json_exact_record(kind->options, model->config);
    for (const char *const *name = kind->later; name && *name && settings; name++)
        if (nn_option_is_default(nn_option_find(kind->options, *name), model->config))
            json_object_del(settings, *name);
    return settings;
}

json_t *fc_model_entries(const fc_model *model)
{
    json_t *entries = json_object();
    nn_json_set(entries, "auspex.settings", settings_of(model));
    fc_fields_write(entries, model->task->fields, model);
    if (model->state)
        nn_json_set(entries, "auspex.forecaster",
                    fc_forecaster_json(model->state, fc_model_forecaster(model)));
    if (model->spread) {
        json_t *spread = json_object();
        fc_fields_write(spread, fc_spread_fields, model->spread);
        nn_json_set(entries, SPREAD, spread);
    }
    if (model->int8 || model->factor_count || model->precision) {
        json_t *compressed = json_object();
        fc_fields_write(compressed, compressed_fields, model);
        nn_json_set(entries, COMPRESSED, compressed);
    }
    return entries;
}

static int write_entries(nn_st_writer *writer, const fc_model *model, nn_error *error)
{
    json_t *entry;
    const char *key;
    nn_json_whole(); /* whatever failed before is no fault of this file */
    json_t *entries = fc_model_entries(model);
    int code = nn_json_whole()
                   ? NN_OK
                   : nn_fail(error, NN_FAILED, "no memory for a model's file, or a name in it is not UTF-8");
    json_object_foreach(entries, key, entry)
    {
        code = code ? code : write_entry(writer, key, entry, model->int8, error);
    }
    json_decref(entries);
    if (code || !model->companion)
        return code;
    json_t *companion = fc_companion_json(model->companion);
    code = nn_json_whole() ? write_entry(writer, COMPANION, companion, false, error)
                           : nn_fail(error, NN_FAILED, "no memory for a model's file");
    json_decref(companion);
    return code;
}

int fc_model_save(const fc_model *model, const char *path, nn_error *error)
{
    nn_st_writer *writer = nn_st_writer_new();
    fc_int8_kept kept = {0};
    if (!writer)
        return nn_no_memory(error);
    int code = nn_st_writer_metadata(writer, "auspex.format", FORMAT, error);
    if (code == NN_OK)
        code = nn_st_writer_metadata(writer, "auspex.version", model->record.version, error);
    if (code == NN_OK)
        code = nn_st_writer_metadata(writer, "auspex.model", model->kind->name, error);
    if (code == NN_OK && !model->kind->task)
        code = nn_st_writer_metadata(writer, "auspex.task", model->task->name, error);
    if (code == NN_OK)
        code = write_entries(writer, model, error);
    if (code == NN_OK)
        code = fc_companion_write(writer, model, error);
    if (code == NN_OK)
        code = model->int8 ? fc_int8_write(writer, model->params, &kept, error)
                           : write_params(writer, model, error);
    if (code == NN_OK)
        code = nn_st_write(writer, path, error);
    fc_int8_kept_free(&kept);
    nn_st_writer_free(writer);
    return code;
}

/* --- loading --- */

int fc_record_complete(void *state, nn_error *error)
{
    const fc_record *record = &((const fc_model *)state)->record;
    return record->best_epoch <= record->epochs
               ? NN_OK
               : nn_fail(error, NN_BAD_DATA, "the record of the training is broken");
}

/* A metadata entry, unless it may be and is missing. */
static int read_entry(json_t *entries, const char *key, bool needed, const nn_st_file *file, nn_error *error)
{
    const char *text = nn_st_metadata(file, key);
    nn_error reason = {0};
    json_t *entry;
    if (!text)
        return needed ? nn_fail(error, NN_BAD_DATA, "%s: the metadata entry %s is missing", nn_st_path(file),
                                key)
                      : NN_OK;
    const int code = nn_json_parse(&entry, text, strlen(text), JSON_REJECT_DUPLICATES, &reason);
    if (code == NN_FAILED)
        return nn_fail(error, code, "%s: %s", nn_st_path(file), reason.text);
    if (code)
        return nn_fail(error, code, "%s: the metadata entry %s is no JSON: %s", nn_st_path(file), key,
                       reason.text);
    if (!fc_brief_unpack(entry)) {
        json_decref(entry);
        return nn_fail(error, NN_BAD_DATA, "%s: a list of numbers in the metadata entry %s is broken",
                       nn_st_path(file), key);
    }
    return json_object_set_new(entries, key, entry) ? nn_no_memory(error) : NN_OK;
}

static int read_entries(json_t *entries, const fc_field *fields, const nn_st_file *file, nn_error *error)
{
    int code = read_entry(entries, "auspex.settings", true, file, error);
    for (const fc_field *f = fields; f->key && !code; f++)
        code = read_entry(entries, f->key, !(f->rules & FC_OPTIONAL), file, error);
    return code;
}

/* A forecaster's state is of this model's targets and horizon. */
static int check_state(const fc_model *model, const char *path, nn_error *error)
{
    const fc_local *local = model->state;
    int targets = 0;
    for (int j = 0; j < model->columns; j++)
        targets += model->is_target[j] != 0;
    return local->targets == targets && local->horizon == model->horizon
               ? NN_OK
               : nn_fail(error, NN_BAD_DATA,
                         "%s: its forecaster is of %d targets and %d steps; the model has %d and %d", path,
                         local->targets, local->horizon, targets, model->horizon);
}

/* What files of older versions lack. */
static int read_spread(fc_model *model, json_t *entries, const nn_st_file *file, nn_error *error)
{
    const char *path = nn_st_path(file);
    int code = read_entry(entries, SPREAD, false, file, error), targets = 0;
    const json_t *entry = json_object_get(entries, SPREAD);
    if (code || !entry)
        return code;
    if (!(model->spread = calloc(1, sizeof *model->spread)))
        return nn_no_memory(error);
    code = fc_fields_read(fc_spread_fields, model->spread, entry, path, error);
    for (int j = 0; j < model->columns; j++)
        targets += model->is_target[j] != 0;
    if (!code && (fc_spread_check(model->spread, error) || model->spread->horizon != model->horizon ||
                  model->spread->targets != targets))
        code = nn_fail(error, NN_BAD_DATA,
                       "%s: what it says of the size of its errors is not of its %d targets and "
                       "%d steps",
                       path, targets, model->horizon);
    return code;
}

/* What became of the weights after training: before the network is built. */
static int read_compressed(fc_model *model, json_t *entries, const nn_st_file *file, nn_error *error)
{
    int code = read_entry(entries, COMPRESSED, false, file, error);
    const json_t *entry = json_object_get(entries, COMPRESSED);
    return code || !entry ? code : fc_fields_read(compressed_fields, model, entry, nn_st_path(file), error);
}

/* What files of older versions lack too. */
static int read_companion(fc_model *model, json_t *entries, const nn_st_file *file, nn_error *error)
{
    int code = read_entry(entries, COMPANION, false, file, error);
    const json_t *entry = json_object_get(entries, COMPANION);
    return code || !entry ? code : fc_companion_read(model, entry, nn_st_path(file), error);
}

static int load_parts(fc_model *model, const nn_st_file *file, nn_error *error)
{
    const char *path = nn_st_path(file), *version = nn_st_metadata(file, "auspex.version");
    const fc_field *fields = model->task->fields;
    json_t *entries = json_object();
    snprintf(model->record.version, sizeof model->record.version, "%s", version ? version : "");
    model->config = calloc(1, model->kind->config_size);
    int code = entries && model->config ? read_entries(entries, fields, file, error) : nn_no_memory(error);
    for (const char *const *name = model->kind->former; name && *name && !code; name++)
        json_object_del(json_object_get(entries, "auspex.settings"), *name);
    if (!code)
        code = nn_json_read_record(model->kind->options, model->config,
                                   json_object_get(entries, "auspex.settings"), path, error);
    if (!code)
        code = read_compressed(model, entries, file, error);
    if (!code)
        code = fc_fields_read(fields, model, entries, path, error);
    if (!code && fc_model_forecaster(model) &&
        !(code = read_entry(entries, "auspex.forecaster", true, file, error)))
        code = fc_forecaster_read(&model->state, fc_model_forecaster(model),
                                  json_object_get(entries, "auspex.forecaster"), path, error);
    if (!code && model->state)
        code = check_state(model, path, error);
    if (!code)
        code = read_spread(model, entries, file, error);
    if (!code)
        code = read_companion(model, entries, file, error);
    json_decref(entries);
    code = code ? code : fc_model_read_weights(model, file, error);
    return code || !model->precision ? code : fc_model_infer_in(model, model->precision, error);
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
    const fc_purpose is = fc_kind_purpose(*kind);
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
    const fc_task *task = code ? NULL : fc_task_named(kind, nn_st_metadata(file, "auspex.task"));
    if (!code && !task)
        code = nn_fail(error, NN_BAD_DATA, "%s: does not say what its forecaster sees", path);
    if (!code && !(model = calloc(1, task->model_size)))
        code = nn_no_memory(error);
    if (!code) {
        model->kind = kind;
        model->task = task;
        code = load_parts(model, file, error);
    }
    nn_st_close(file);
    if (code)
        fc_model_free(model);
    else
        *out = model;
    return code;
}

bool fc_is_model_file(const char *path)
{
    unsigned char head[9];
    /* Bytes read from a pipe would be lost to whoever reads it next. */
    const int fd = nn_input_again(path) ? nn_input_open(path, O_RDONLY | O_CLOEXEC) : -1;
    const size_t got = fd >= 0 && read(fd, head, sizeof head) == (ssize_t)sizeof head ? sizeof head : 0;
    if (fd >= 0)
        close(fd);
    if (got < sizeof head || head[8] != '{')
        return false;
    /* A CSV file that happens to have a brace there begins with text, not with a length below 2^32. */
    return head[4] == 0 && head[5] == 0 && head[6] == 0 && head[7] == 0;
}

const fc_kind *fc_model_file_kind(const char *path)
{
    nn_st_file *file;
    if (!fc_is_model_file(path) || nn_st_open(&file, path, NULL))
        return NULL;
    const char *name = nn_st_metadata(file, "auspex.model");
    const fc_kind *kind = name ? fc_kind_find(name) : NULL;
    nn_st_close(file);
    return kind;
}
