/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model as one safetensors file. The weights stand under their published names; the metadata strings
 * auspex.format, auspex.version, auspex.model, auspex.settings, auspex.data and auspex.training hold the
 * rest, the last three as JSON. Nothing in it depends on the clock or the machine: the same training gives
 * the same bytes. */
#include "forecast/model_internal.h"
#include "forecast/panel_file.h"
#include "forecast/task.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "1"

/* --- records as JSON --- */

/* Both take over the value. What cannot hold it becomes NULL and stays so: a file never lacks a part in
 * silence. */
static void put(json_t **object, const char *key, json_t *value)
{
    if (json_object_set_new(*object, key, value)) {
        json_decref(*object);
        *object = NULL;
    }
}

static void push(json_t **array, json_t *value)
{
    if (json_array_append_new(*array, value)) {
        json_decref(*array);
        *array = NULL;
    }
}

static json_t *record_json(const nn_option *table, const void *record)
{
    json_t *object = json_object();
    for (const nn_option *o = table; o->name; o++) {
        const char *field = (const char *)record + o->offset;
        char text[256];
        json_t *value;
        switch (o->type) {
        case NN_FLAG:
            value = json_boolean(*(const int *)field);
            break;
        case NN_INT:
            value = json_integer(*(const int *)field);
            break;
        case NN_REAL:
            value = json_real(*(const double *)field);
            break;
        default:
            nn_option_get(o, record, text, sizeof text);
            value = json_string(text);
        }
        put(&object, o->name, value);
    }
    return object;
}

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

/* Sets the fields that the object names; fields it does not name keep their defaults. */
static int record_from_json(const nn_option *table, void *record, const json_t *object, const char *path,
                            nn_error *error)
{
    int code = nn_options_default(table, record, error);
    const char *key;
    json_t *value;
    if (code == NN_OK && !json_is_object(object))
        return nn_fail(error, NN_BAD_DATA, "%s: the settings are no JSON object", path);
    json_object_foreach((json_t *)object, key, value)
    {
        char text[256] = "";
        const nn_option *o = nn_option_find(table, key);
        if (!o)
            return nn_fail(error, NN_BAD_DATA,
                           "%s: unknown setting '%s'; the file may come from a newer version", path, key);
        if (json_is_boolean(value))
            snprintf(text, sizeof text, "%s", json_is_true(value) ? "true" : "false");
        else if (json_is_integer(value))
            snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        else if (json_is_real(value))
            snprintf(text, sizeof text, "%.17g", json_real_value(value));
        else if (json_is_string(value))
            snprintf(text, sizeof text, "%s", json_string_value(value));
        code = nn_option_set(o, record, text, error);
        if (code)
            return as_bad_file(path, error);
    }
    return code;
}

static json_t *reals_json(const double *values, int count)
{
    json_t *array = json_array();
    for (int i = 0; i < count; i++)
        push(&array, isfinite(values[i]) ? json_real(values[i]) : json_null());
    return array;
}

/* Exactly count numbers; null is NaN where allowed. */
static int reals_from_json(double *values, int count, const json_t *array, bool null_allowed,
                           const char *what, const char *path, nn_error *error)
{
    if (!json_is_array(array) || json_array_size(array) != (size_t)count)
        return nn_fail(error, NN_BAD_DATA, "%s: %s should be a list of %d numbers", path, what, count);
    for (int i = 0; i < count; i++) {
        const json_t *item = json_array_get(array, (size_t)i);
        if (!json_is_number(item) && !(null_allowed && json_is_null(item)))
            return nn_fail(error, NN_BAD_DATA, "%s: entry %d of %s is no number", path, i + 1, what);
        values[i] = json_is_number(item) ? json_number_value(item) : NAN;
    }
    return NN_OK;
}

/* --- saving --- */

static json_t *data_json(const fc_model *model)
{
    json_t *names = json_array(), *targets = json_array(), *object = json_object();
    for (int j = 0; j < model->columns; j++) {
        push(&names, json_string(model->names[j]));
        push(&targets, json_boolean(model->is_target[j]));
    }
    char frequency[32];
    ds_frequency_print(model->frequency, frequency, sizeof frequency);
    put(&object, "lookback", json_integer(model->lookback));
    put(&object, "horizon", json_integer(model->horizon));
    put(&object, "columns", names);
    put(&object, "targets", targets);
    put(&object, "frequency", json_string(frequency));
    put(&object, "anchor_day", json_integer(model->frequency.anchor_day));
    put(&object, "time_features", json_string(model->features));
    put(&object, "split", json_string(model->split ? model->split : ""));
    put(&object, "scaler", json_string(ds_scaler_name(model->scaler.kind)));
    put(&object, "shift", reals_json(model->scaler.shift, model->columns));
    put(&object, "scale", reals_json(model->scaler.scale, model->columns));
    if (model->panel)
        put(&object, "panel", fc_panel_json(model->panel));
    return object;
}

static json_t *training_json(const fc_record *record)
{
    char hash[32];
    snprintf(hash, sizeof hash, "%016" PRIx64, record->data_hash);
    json_t *object = json_object();
    put(&object, "options", record_json(fc_training_options, &record->training));
    /* The name of a file may be in any encoding, and nobody reads it but people. */
    json_t *name = json_string(record->data_name);
    put(&object, "data", name ? name : json_string("?"));
    put(&object, "data_hash", json_string(hash));
    put(&object, "rows", json_integer((json_int_t)record->rows));
    put(&object, "epochs", json_integer(record->epochs));
    put(&object, "best_epoch", json_integer(record->best_epoch));
    put(&object, "train_loss", reals_json(record->train_loss, record->epochs));
    put(&object, "validation_loss", reals_json(record->validation_loss, record->epochs));
    put(&object, "start_validation_loss", reals_json(&record->start_validation_loss, 1));
    put(&object, "naive_validation_loss", reals_json(&record->naive_validation_loss, 1));
    put(&object, "naive", json_string(record->naive_name));
    return object;
}

static int add_json(nn_st_writer *writer, const char *key, json_t *object, nn_error *error)
{
    char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    int code = text ? nn_st_writer_metadata(writer, key, text, error)
                    : nn_fail(error, NN_FAILED, "%s: no memory, or a name in it is not UTF-8", key);
    json_decref(object);
    free(text);
    return code;
}

#ifdef NN_DOUBLE
static int add_tensors(nn_st_writer *writer, const fc_model *model, nn_error *error)
{
    (void)writer, (void)model;
    return nn_fail(error, NN_FAILED, "models are saved in single precision only");
}
#else
static int add_tensors(nn_st_writer *writer, const fc_model *model, nn_error *error)
{
    int code = NN_OK;
    for (int i = 0; i < model->params->count && code == NN_OK; i++) {
        const nn_param *param = &model->params->table[i];
        int64_t shape[NN_MAX_RANK];
        for (int k = 0; k < param->rank; k++)
            shape[k] = param->shape[k];
        code = nn_st_writer_tensor(writer, param->name, param->rank, shape,
                                   model->params->data + param->offset, error);
    }
    return code;
}
#endif

int fc_model_save(const fc_model *model, const char *path, nn_error *error)
{
    nn_st_writer *writer = nn_st_writer_new();
    if (!writer)
        return nn_fail(error, NN_FAILED, "no memory");
    int code = nn_st_writer_metadata(writer, "auspex.format", FORMAT, error);
    if (code == NN_OK)
        code = nn_st_writer_metadata(writer, "auspex.version", model->record.version, error);
    if (code == NN_OK)
        code = nn_st_writer_metadata(writer, "auspex.model", model->kind->name, error);
    if (code == NN_OK)
        code = add_json(writer, "auspex.settings", record_json(model->kind->options, model->config), error);
    if (code == NN_OK)
        code = add_json(writer, "auspex.data", data_json(model), error);
    if (code == NN_OK)
        code = add_json(writer, "auspex.training", training_json(&model->record), error);
    if (code == NN_OK)
        code = add_tensors(writer, model, error);
    if (code == NN_OK)
        code = nn_st_write(writer, path, error);
    nn_st_writer_free(writer);
    return code;
}

/* --- loading --- */

static json_t *metadata_json(const nn_st_file *file, const char *key, nn_error *error)
{
    const char *text = nn_st_metadata(file, key);
    json_error_t reason;
    json_t *object = text ? json_loads(text, JSON_REJECT_DUPLICATES, &reason) : NULL;
    if (!text)
        nn_fail(error, NN_BAD_DATA, "%s: the metadata entry %s is missing", nn_st_path(file), key);
    else if (!object)
        nn_fail(error, NN_BAD_DATA, "%s: the metadata entry %s is no JSON: %s", nn_st_path(file), key,
                reason.text);
    return object;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* A whole number within bounds, -1 otherwise. */
static int whole_of(const json_t *object, const char *key, int least, int most)
{
    const json_t *value = json_object_get(object, key);
    json_int_t number = json_integer_value(value);
    return json_is_integer(value) && number >= least && number <= most ? (int)number : -1;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A column is found by its name, so two of one name would both get the first's values. */
static int check_names(const fc_model *model, const char *path, nn_error *error)
{
    size_t count = (size_t)model->columns;
    char **sorted = malloc(count * sizeof *sorted);
    int status = NN_OK;
    if (!sorted)
        return nn_fail(error, NN_FAILED, "no memory");
    memcpy(sorted, model->names, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_name);
    for (size_t j = 1; j < count && status == NN_OK; j++)
        if (strcmp(sorted[j - 1], sorted[j]) == 0)
            status = nn_fail(error, NN_BAD_DATA, "%s: two columns are both named '%.200s'", path, sorted[j]);
    free(sorted);
    return status;
}

static int load_columns(fc_model *model, const json_t *data, const char *path, nn_error *error)
{
    const json_t *names = json_object_get(data, "columns"), *targets = json_object_get(data, "targets");
    size_t count = json_array_size(names);
    if (count < 1 || count > 1000000 || json_array_size(targets) != count)
        return nn_fail(error, NN_BAD_DATA, "%s: the lists of columns and targets do not fit", path);
    model->names = calloc(count, sizeof *model->names);
    model->is_target = calloc(count, 1);
    if (!model->names || !model->is_target)
        return nn_fail(error, NN_FAILED, "no memory");
    model->columns = (int)count;
    for (size_t j = 0; j < count; j++) {
        const char *name = json_string_value(json_array_get(names, j));
        if (!name || !json_is_boolean(json_array_get(targets, j)))
            return nn_fail(error, NN_BAD_DATA, "%s: entry %zu of the columns is broken", path, j + 1);
        if (!(model->names[j] = strdup(name)))
            return nn_fail(error, NN_FAILED, "no memory");
        model->is_target[j] = json_is_true(json_array_get(targets, j));
    }
    return check_names(model, path, error);
}

static int load_scaler(fc_model *model, const json_t *data, const char *path, nn_error *error)
{
    ds_scaler *scaler = &model->scaler;
    size_t n = (size_t)model->columns;
    scaler->columns = model->columns;
    scaler->shift = calloc(n, sizeof *scaler->shift);
    scaler->scale = calloc(n, sizeof *scaler->scale);
    if (!scaler->shift || !scaler->scale)
        return nn_fail(error, NN_FAILED, "no memory");
    const char *name = text_of(data, "scaler");
    int kind = DS_STANDARD;
    while (kind <= DS_NOSCALE && strcmp(ds_scaler_name((ds_scaler_kind)kind), name))
        kind++;
    if (kind > DS_NOSCALE)
        return nn_fail(error, NN_BAD_DATA, "%s: unknown scaler '%s'", path, name);
    scaler->kind = (ds_scaler_kind)kind;
    int code = reals_from_json(scaler->shift, model->columns, json_object_get(data, "shift"), false, "shift",
                               path, error);
    if (code == NN_OK)
        code = reals_from_json(scaler->scale, model->columns, json_object_get(data, "scale"), false, "scale",
                               path, error);
    for (size_t j = 0; code == NN_OK && j < n; j++)
        if (!(scaler->scale[j] > 0))
            code = nn_fail(error, NN_BAD_DATA, "%s: the scale of column '%s' is not positive", path,
                           model->names[j]);
    return code;
}

static int load_data(fc_model *model, const json_t *data, const char *path, nn_error *error)
{
    model->lookback = whole_of(data, "lookback", 1, 1000000);
    model->horizon = whole_of(data, "horizon", 1, 1000000);
    if (model->lookback < 1 || model->horizon < 1)
        return nn_fail(error, NN_BAD_DATA, "%s: look-back and horizon are missing or out of range", path);
    snprintf(model->features, sizeof model->features, "%s", text_of(data, "time_features"));
    if (ds_time_features_count(model->features) < 0)
        return nn_fail(error, NN_BAD_DATA, "%s: unknown set of time features '%s'", path, model->features);
    int code = ds_frequency_parse(text_of(data, "frequency"), &model->frequency, error);
    if (code)
        return nn_fail(error, NN_BAD_DATA, "%s: unknown frequency '%s'", path, text_of(data, "frequency"));
    int anchor = whole_of(data, "anchor_day", 0, 31);
    model->frequency.anchor_day = anchor < 0 ? 0 : anchor;
    model->split = strdup(text_of(data, "split"));
    if (!model->split)
        return nn_fail(error, NN_FAILED, "no memory");
    code = load_columns(model, data, path, error);
    if (code == NN_OK)
        code = load_scaler(model, data, path, error);
    const json_t *panel = json_object_get(data, "panel");
    if (code == NN_OK && !panel != !model->kind->build_panel)
        code = nn_fail(error, NN_BAD_DATA, "%s: a model of the kind %s %s a panel of stations", path,
                       model->kind->name, panel ? "does not have" : "needs");
    return code || !panel ? code : fc_panel_from_json(model, panel, path, error);
}

static int load_training(fc_record *record, const json_t *training, const char *path, nn_error *error)
{
    int code = record_from_json(fc_training_options, &record->training, json_object_get(training, "options"),
                                path, error);
    if (code)
        return code;
    snprintf(record->data_name, sizeof record->data_name, "%s", text_of(training, "data"));
    snprintf(record->naive_name, sizeof record->naive_name, "%s", text_of(training, "naive"));
    record->data_hash = strtoull(text_of(training, "data_hash"), NULL, 16);
    json_int_t rows = json_integer_value(json_object_get(training, "rows"));
    record->rows = rows > 0 ? (size_t)rows : 0;
    int epochs = whole_of(training, "epochs", 0, 100000);
    record->best_epoch = whole_of(training, "best_epoch", 0, epochs);
    if (epochs < 0 || record->best_epoch < 0)
        return nn_fail(error, NN_BAD_DATA, "%s: the record of the training is broken", path);
    record->train_loss = calloc((size_t)epochs + 1, sizeof(double));
    record->validation_loss = calloc((size_t)epochs + 1, sizeof(double));
    if (!record->train_loss || !record->validation_loss)
        return nn_fail(error, NN_FAILED, "no memory");
    record->epochs = epochs;
    code = reals_from_json(record->train_loss, epochs, json_object_get(training, "train_loss"), true,
                           "train_loss", path, error);
    if (code == NN_OK)
        code = reals_from_json(record->validation_loss, epochs, json_object_get(training, "validation_loss"),
                               true, "validation_loss", path, error);
    const json_t *start = json_object_get(training, "start_validation_loss"); /* older files have none */
    record->start_validation_loss = NAN;
    if (code == NN_OK && start)
        code = reals_from_json(&record->start_validation_loss, 1, start, true, "start_validation_loss", path,
                               error);
    if (code == NN_OK)
        code = reals_from_json(&record->naive_validation_loss, 1,
                               json_object_get(training, "naive_validation_loss"), true,
                               "naive_validation_loss", path, error);
    return code;
}

static int load_settings(fc_model *model, const json_t *settings, const char *path, nn_error *error)
{
    void *config = calloc(1, model->kind->config_size);
    if (!config)
        return nn_fail(error, NN_FAILED, "no memory");
    int code = record_from_json(model->kind->options, config, settings, path, error);
    if (code == NN_OK && fc_model_complete(model, config, error))
        code = as_bad_file(path, error);
    nn_options_clear(model->kind->options, config);
    free(config);
    return code;
}

static int load_parts(fc_model *model, const nn_st_file *file, nn_error *error)
{
    const char *path = nn_st_path(file), *format = nn_st_metadata(file, "auspex.format");
    const char *name = nn_st_metadata(file, "auspex.model"),
               *version = nn_st_metadata(file, "auspex.version");
    if (!format || !name)
        return nn_fail(error, NN_BAD_DATA,
                       "%s: a safetensors file, but not a model of this program; `auspex import` takes "
                       "weights of other programs",
                       path);
    if (strcmp(format, FORMAT))
        return nn_fail(error, NN_BAD_DATA, "%s: has the model format %s; this version reads %s", path, format,
                       FORMAT);
    if (!(model->kind = fc_kind_find(name)))
        return nn_fail(error, NN_BAD_DATA, "%s: unknown kind of model '%s'", path, name);
    if (model->kind->classifier)
        return nn_fail(error, NN_BAD_DATA,
                       "%s: holds a classifier of light curves (%s), not a forecasting model", path, name);
    snprintf(model->record.version, sizeof model->record.version, "%s", version ? version : "");
    json_t *settings = metadata_json(file, "auspex.settings", error);
    json_t *data = settings ? metadata_json(file, "auspex.data", error) : NULL;
    json_t *training = data ? metadata_json(file, "auspex.training", error) : NULL;
    int code = training ? load_training(&model->record, training, path, error) : NN_BAD_DATA;
    if (code == NN_OK)
        code = load_data(model, data, path, error);
    if (code == NN_OK)
        code = load_settings(model, settings, path, error);
    json_decref(settings);
    json_decref(data);
    json_decref(training);
    return code ? code : fc_model_read_weights(model, file, error);
}

int fc_model_load(fc_model **out, const char *path, nn_error *error)
{
    *out = NULL;
    nn_st_file *file;
    int code = nn_st_open(&file, path, error);
    if (code)
        return code;
    fc_model *model = calloc(1, sizeof *model);
    code = model ? load_parts(model, file, error) : nn_fail(error, NN_FAILED, "no memory");
    nn_st_close(file);
    if (code) {
        fc_model_free(model);
        return code;
    }
    *out = model;
    return NN_OK;
}
