/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What models that forecast plain tables and panels share, as JSON in a model's file. */
#include "forecast/json.h"
#include "forecast/tasks/table_model.h"
#include "forecast/tasks/time_encoding.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *fc_table_model_json(const fc_model *model)
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
    return object;
}

json_t *fc_table_record_json(const fc_model *model)
{
    const fc_record *record = &model->record;
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

int fc_table_model_load(fc_model *model, const json_t *data, const char *path, nn_error *error)
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
    return code;
}

int fc_table_record_load(fc_model *model, const json_t *training, const char *path, nn_error *error)
{
    fc_record *record = &model->record;
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
