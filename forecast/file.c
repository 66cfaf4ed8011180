/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model as one safetensors file. The weights stand under their published names; the metadata strings
 * auspex.format, auspex.version, auspex.model, auspex.settings, auspex.data and auspex.training hold the
 * rest, the last three as JSON. Nothing in it depends on the clock or the machine: the same training gives
 * the same bytes. */
#include "forecast/json.h"
#include "forecast/model_internal.h"
#include "forecast/tasks/prices.h"
#include "forecast/tasks/series.h"
#include "forecast/tasks/stations_file.h"
#include "forecast/tasks/time_encoding.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "1"

/* --- records as JSON --- */

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

/* --- saving --- */

static json_t *data_json(const fc_model *model)
{
    json_t *names = json_array(), *targets = json_array(), *object = json_object();
    for (int j = 0; j < model->columns; j++) {
        fc_json_push(&names, json_string(model->names[j]));
        fc_json_push(&targets, json_boolean(model->is_target[j]));
    }
    char frequency[32];
    ds_frequency_print(model->frequency, frequency, sizeof frequency);
    fc_json_put(&object, "lookback", json_integer(model->lookback));
    fc_json_put(&object, "horizon", json_integer(model->horizon));
    fc_json_put(&object, "columns", names);
    fc_json_put(&object, "targets", targets);
    fc_json_put(&object, "frequency", json_string(frequency));
    fc_json_put(&object, "anchor_day", json_integer(model->frequency.anchor_day));
    fc_json_put(&object, "time_features", json_string(model->features));
    fc_json_put(&object, "split", json_string(model->split ? model->split : ""));
    fc_json_put(&object, "scaler", json_string(ds_scaler_name(model->scaler.kind)));
    fc_json_put(&object, "shift", fc_json_reals(model->scaler.shift, (size_t)model->columns));
    fc_json_put(&object, "scale", fc_json_reals(model->scaler.scale, (size_t)model->columns));
    if (model->panel)
        fc_json_put(&object, "panel", fc_panel_json(model->panel));
    return object;
}

static json_t *training_json(const fc_record *record)
{
    char hash[32];
    snprintf(hash, sizeof hash, "%016" PRIx64, record->data_hash);
    json_t *object = json_object();
    fc_json_put(&object, "options", fc_json_record(fc_training_options, &record->training));
    /* The name of a file may be in any encoding, and nobody reads it but people. */
    json_t *name = json_string(record->data_name);
    fc_json_put(&object, "data", name ? name : json_string("?"));
    fc_json_put(&object, "data_hash", json_string(hash));
    fc_json_put(&object, "rows", json_integer((json_int_t)record->rows));
    fc_json_put(&object, "epochs", json_integer(record->epochs));
    fc_json_put(&object, "best_epoch", json_integer(record->best_epoch));
    fc_json_put(&object, "train_loss", fc_json_reals(record->train_loss, (size_t)record->epochs));
    fc_json_put(&object, "validation_loss", fc_json_reals(record->validation_loss, (size_t)record->epochs));
    fc_json_put(&object, "start_validation_loss", fc_json_reals(&record->start_validation_loss, 1));
    fc_json_put(&object, "naive_validation_loss", fc_json_reals(&record->naive_validation_loss, 1));
    fc_json_put(&object, "naive", json_string(record->naive_name));
    return object;
}

int fc_write_params(nn_st_writer *writer, const nn_params *params, nn_error *error)
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
        code = fc_json_write_entry(writer, "auspex.data", data_json(model), error);
    if (code == NN_OK)
        code = fc_json_write_entry(writer, "auspex.training", training_json(&model->record), error);
    if (code == NN_OK && model->market)
        code = fc_json_write_entry(writer, "auspex.prices", fc_market_json(model->market), error);
    if (code == NN_OK)
        code = fc_write_params(writer, model->params, error);
    if (code == NN_OK)
        code = nn_st_write(writer, path, error);
    nn_st_writer_free(writer);
    return code;
}

/* --- loading --- */

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
        return nn_no_memory(error);
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
        return nn_no_memory(error);
    model->columns = (int)count;
    for (size_t j = 0; j < count; j++) {
        const char *name = json_string_value(json_array_get(names, j));
        if (!name || !json_is_boolean(json_array_get(targets, j)))
            return nn_fail(error, NN_BAD_DATA, "%s: entry %zu of the columns is broken", path, j + 1);
        if (!(model->names[j] = strdup(name)))
            return nn_no_memory(error);
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
        return nn_no_memory(error);
    const char *name = fc_json_text(data, "scaler");
    int kind = DS_STANDARD;
    while (kind <= DS_NOSCALE && strcmp(ds_scaler_name((ds_scaler_kind)kind), name))
        kind++;
    if (kind > DS_NOSCALE)
        return nn_fail(error, NN_BAD_DATA, "%s: unknown scaler '%s'", path, name);
    scaler->kind = (ds_scaler_kind)kind;
    int code = fc_json_read_reals(scaler->shift, (size_t)model->columns, json_object_get(data, "shift"),
                                  false, "shift", path, error);
    if (code == NN_OK)
        code = fc_json_read_reals(scaler->scale, (size_t)model->columns, json_object_get(data, "scale"),
                                  false, "scale", path, error);
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
    snprintf(model->features, sizeof model->features, "%s", fc_json_text(data, "time_features"));
    if (fc_time_inputs(model->features) < 0)
        return nn_fail(error, NN_BAD_DATA, "%s: unknown set of time features '%s'", path, model->features);
    int code = ds_frequency_parse(fc_json_text(data, "frequency"), &model->frequency, error);
    if (code)
        return nn_fail(error, NN_BAD_DATA, "%s: unknown frequency '%s'", path,
                       fc_json_text(data, "frequency"));
    int anchor = whole_of(data, "anchor_day", 0, 31);
    model->frequency.anchor_day = anchor < 0 ? 0 : anchor;
    model->split = strdup(fc_json_text(data, "split"));
    if (!model->split)
        return nn_no_memory(error);
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
    int code = fc_json_read_record(fc_training_options, &record->training,
                                   json_object_get(training, "options"), path, error);
    if (code)
        return code;
    snprintf(record->data_name, sizeof record->data_name, "%s", fc_json_text(training, "data"));
    snprintf(record->naive_name, sizeof record->naive_name, "%s", fc_json_text(training, "naive"));
    record->data_hash = strtoull(fc_json_text(training, "data_hash"), NULL, 16);
    json_int_t rows = json_integer_value(json_object_get(training, "rows"));
    record->rows = rows > 0 ? (size_t)rows : 0;
    int epochs = whole_of(training, "epochs", 0, 100000);
    record->best_epoch = whole_of(training, "best_epoch", 0, epochs);
    if (epochs < 0 || record->best_epoch < 0)
        return nn_fail(error, NN_BAD_DATA, "%s: the record of the training is broken", path);
    record->train_loss = calloc((size_t)epochs + 1, sizeof(double));
    record->validation_loss = calloc((size_t)epochs + 1, sizeof(double));
    if (!record->train_loss || !record->validation_loss)
        return nn_no_memory(error);
    record->epochs = epochs;
    code = fc_json_read_reals(record->train_loss, (size_t)epochs, json_object_get(training, "train_loss"),
                              true, "train_loss", path, error);
    if (code == NN_OK)
        code = fc_json_read_reals(record->validation_loss, (size_t)epochs,
                                  json_object_get(training, "validation_loss"), true, "validation_loss", path,
                                  error);
    const json_t *start = json_object_get(training, "start_validation_loss"); /* older files have none */
    record->start_validation_loss = NAN;
    if (code == NN_OK && start)
        code = fc_json_read_reals(&record->start_validation_loss, 1, start, true, "start_validation_loss",
                                  path, error);
    if (code == NN_OK)
        code = fc_json_read_reals(&record->naive_validation_loss, 1,
                                  json_object_get(training, "naive_validation_loss"), true,
                                  "naive_validation_loss", path, error);
    return code;
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
    json_t *settings = fc_json_read_entry(file, "auspex.settings", error);
    json_t *data = settings ? fc_json_read_entry(file, "auspex.data", error) : NULL;
    json_t *training = data ? fc_json_read_entry(file, "auspex.training", error) : NULL;
    int code = training ? load_training(&model->record, training, path, error) : NN_BAD_DATA;
    if (code == NN_OK)
        code = load_data(model, data, path, error);
    if (code == NN_OK)
        code = load_settings(model, settings, path, error);
    if (code == NN_OK && nn_st_metadata(file, "auspex.prices")) {
        json_t *prices = fc_json_read_entry(file, "auspex.prices", error);
        code = prices ? fc_market_from_json(&model->market, prices, path, error) : NN_BAD_DATA;
        json_decref(prices);
    }
    if (code == NN_OK && model->market)
        code = fc_market_check(model, path, error);
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
    code = model ? load_parts(model, file, error) : nn_no_memory(error);
    nn_st_close(file);
    if (code) {
        fc_model_free(model);
        return code;
    }
    *out = model;
    return NN_OK;
}
