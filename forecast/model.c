/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast/model_internal.h"

#include "forecast/tasks/prices.h"
#include "forecast/tasks/series.h"
#include "forecast/tasks/stations.h"
#include "forecast/tasks/time_encoding.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(fc_training, name)
const nn_option fc_training_options[] = {
    {"epochs", 0, NN_INT, FIELD(epochs), "10", "N", 1, 100000, "passes over the training windows"},
    {"batch", 0, NN_INT, FIELD(batch), "32", "N", 1, 65536, "windows per step"},
    {"learning-rate", 0, NN_REAL, FIELD(learning_rate), "1e-4", "RATE", 1e-12, 10,
     "of the optimiser at the start"},
    {"schedule", 0, NN_CHOICE, FIELD(schedule), "type1", "type1|type2|type3|cosine|constant", 0, 0,
     "how the learning rate falls; type1 halves it after every epoch from the second on, as published"},
    {"warmup", 0, NN_REAL, FIELD(warmup), "0", "SHARE", 0, 0.9,
     "share of all steps with rising rate (cosine)"},
    {"patience", 0, NN_INT, FIELD(patience), "3", "N", 0, 100000,
     "epochs without a better validation loss before training stops; 0: never"},
    {"optimiser", 0, NN_CHOICE, FIELD(optimiser), "adam", "adam|adamw", 0, 0,
     "Adam, or Adam with decoupled decay"},
    {"weight-decay", 0, NN_REAL, FIELD(weight_decay), "0", "RATE", 0, 10, "pull of the weights towards zero"},
    {"clip", 0, NN_REAL, FIELD(clip), "0", "NORM", 0, 1e9, "largest norm of the gradient; 0: no limit"},
    {"loss", 0, NN_CHOICE, FIELD(loss), "mse", "mse|mae|huber|pinball", 0, 0,
     "what training minimises, on scaled values"},
    {"huber-delta", 0, NN_REAL, FIELD(huber_delta), "1", "SIZE", 1e-9, 1e9,
     "where the Huber loss turns linear"},
    {"quantile", 0, NN_REAL, FIELD(quantile), "0.5", "Q", 0.001, 0.999, "of the pinball loss"},
    {"variates-per-batch", 0, NN_INT, FIELD(variates_per_batch), "0", "N", 0, 65536,
     "train each batch on a random subset of this many columns; 0: on all"},
    {"shards", 0, NN_INT, FIELD(shards), "4", "N", 1, 1024,
     "parts of a batch that run side by side: the most threads training can use; changes results in the last "
     "digits"},
    {"seed", 0, NN_SEED, FIELD(seed), "1", "N", 0, 0, "of weights, order of windows and dropout"},
    {0}};

void fc_model_free(fc_model *model)
{
    if (!model)
        return;
    if (model->kind && model->config)
        nn_options_clear(model->kind->options, model->config);
    free(model->config);
    for (int i = 0; model->names && i < model->columns; i++)
        free(model->names[i]);
    free(model->names);
    free(model->is_target);
    free(model->split);
    ds_scaler_clear(&model->scaler);
    fc_market_free(model->market);
    free(model->record.train_loss);
    free(model->record.validation_loss);
    fc_panel_free(model->panel);
    nn_params_free(model->params);
    free(model);
}

/* Marks the comma-separated names in targets; NULL marks all. */
static int mark_targets(fc_model *model, const char *targets, nn_error *error)
{
    if (!targets || !*targets) {
        memset(model->is_target, 1, (size_t)model->columns);
        return NN_OK;
    }
    const char *name;
    size_t length;
    while (nn_list_next(&targets, &name, &length)) {
        int found = -1;
        for (int j = 0; j < model->columns; j++)
            if (strlen(model->names[j]) == length && memcmp(model->names[j], name, length) == 0)
                found = j;
        if (found < 0)
            return nn_fail(error, NN_USAGE, "--target: there is no column '%.*s'",
                           (int)(length < 200 ? length : 200), name);
        model->is_target[found] = 1;
    }
    return NN_OK;
}

static int copy_columns(fc_model *model, const ds_table *table, const char *targets, nn_error *error)
{
    model->columns = table->columns;
    model->names = calloc((size_t)table->columns + 1, sizeof *model->names);
    model->is_target = calloc((size_t)table->columns + 1, 1);
    if (!model->names || !model->is_target)
        return nn_no_memory(error);
    for (int j = 0; j < table->columns; j++)
        if (!(model->names[j] = strdup(table->names[j])))
            return nn_no_memory(error);
    return mark_targets(model, targets, error);
}

/* Registers every parameter, without memory for it, by recording the network once. */
static int register_params(fc_model *model, nn_error *error)
{
    fc_inputs sizes = {.lookback = model->lookback,
                       .horizon = model->horizon,
                       .variates = model->columns,
                       .features = fc_time_channels(model->features)};
    if (model->panel)
        sizes.stations = model->panel->stations;
    if (model->kind->resolve)
        model->kind->resolve(model->config, &sizes);
    int code = model->kind->check ? model->kind->check(model->config, &sizes, error) : NN_OK;
    if (code)
        return code;
    model->params = nn_params_new();
    nn_plan *plan = model->params ? nn_plan_new(model->params, 1, false) : NULL;
    if (!plan)
        return nn_no_memory(error);
    fc_task task = {
        .model = model, .variates = model->columns, .series.feature_count = fc_time_inputs(model->features)};
    nn_ports ports = {0};
    fc_task_build(&task, plan, &ports);
    nn_keep(plan, ports.output);
    code = nn_plan_check(plan, error);
    nn_plan_free(plan);
    return code;
}

int fc_model_complete(fc_model *model, const void *config, nn_error *error)
{
    model->config = calloc(1, model->kind->config_size);
    if (!model->config)
        return nn_no_memory(error);
    int code = nn_options_copy(model->kind->options, model->config, config, error);
    return code ? code : register_params(model, error);
}

int fc_model_begin(fc_model **out, const fc_kind *kind, int lookback, int horizon, const ds_table *table,
                   const char *features, uint64_t seed, nn_error *error)
{
    *out = NULL;
    fc_model *model = calloc(1, sizeof *model);
    if (!model)
        return nn_no_memory(error);
    model->kind = kind;
    model->lookback = lookback;
    model->horizon = horizon;
    model->frequency = table->frequency;
    snprintf(model->features, sizeof model->features, "%s",
             features ? features : ds_time_features_for(table->frequency));
    int code = NN_OK;
    if (kind->classifier)
        code = nn_fail(error, NN_USAGE, "%s classifies light curves and forecasts nothing", kind->name);
    else if (lookback < 1 || horizon < 1 || lookback > 1000000 || horizon > 1000000)
        code = nn_fail(error, NN_USAGE, "--lookback %d and --horizon %d must lie between 1 and 1000000",
                       lookback, horizon);
    else if (fc_time_inputs(model->features) < 0)
        code = nn_fail(error, NN_USAGE, "--features: there is no set of time features named '%s'",
                       model->features);
    else
        code = nn_options_default(fc_training_options, &model->record.training, error);
    model->record.training.seed = seed;
    if (code) {
        fc_model_free(model);
        return code;
    }
    *out = model;
    return NN_OK;
}

int fc_model_new(fc_model **out, const fc_kind *kind, const void *config, int lookback, int horizon,
                 const ds_table *table, const char *targets, const char *features, uint64_t seed,
                 nn_error *error)
{
    *out = NULL;
    fc_model *model;
    int code = fc_model_begin(&model, kind, lookback, horizon, table, features, seed, error);
    if (code)
        return code;
    code = copy_columns(model, table, targets, error);
    if (code == NN_OK)
        code = fc_model_complete(model, config, error);
    if (code == NN_OK)
        code = nn_params_allocate(model->params, seed, error);
    if (code) {
        fc_model_free(model);
        return code;
    }
    *out = model;
    return NN_OK;
}

int fc_model_match(const fc_model *model, const ds_table *table, int *map, nn_error *error)
{
    for (int j = 0; j < model->columns; j++) {
        map[j] = -1;
        for (int c = 0; c < table->columns && map[j] < 0; c++)
            if (strcmp(table->names[c], model->names[j]) == 0)
                map[j] = c;
        if (map[j] < 0)
            return nn_fail(error, NN_BAD_DATA, "%s: the column '%s' that the model was trained on is missing",
                           table->path, model->names[j]);
    }
    return NN_OK;
}

/* --- weights from other programs --- */

/* The tensor of that name, also behind "module." or under another published spelling. */
static const nn_st_tensor *find_published(const nn_st_file *file, const fc_kind *kind, const char *name)
{
    char text[512];
    const nn_st_tensor *tensor = nn_st_find(file, name);
    if (tensor)
        return tensor;
    snprintf(text, sizeof text, "module.%s", name);
    if ((tensor = nn_st_find(file, text)))
        return tensor;
    for (int i = 0; kind->aliases && kind->aliases[i][0]; i++) {
        size_t ours = strlen(kind->aliases[i][1]);
        if (strncmp(name, kind->aliases[i][1], ours))
            continue;
        snprintf(text, sizeof text, "%s%s", kind->aliases[i][0], name + ours);
        if ((tensor = nn_st_find(file, text)))
            return tensor;
        snprintf(text, sizeof text, "module.%s%s", kind->aliases[i][0], name + ours);
        if ((tensor = nn_st_find(file, text)))
            return tensor;
    }
    return NULL;
}

static void print_shape(char *text, size_t size, int rank, const int64_t *shape)
{
    size_t used = (size_t)snprintf(text, size, "(");
    for (int i = 0; i < rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, i ? ",%lld" : "%lld", (long long)shape[i]);
    if (used < size)
        snprintf(text + used, size - used, ")");
}

/* The parameter's tensor is there in its shape. */
static int check_param(const fc_model *model, const nn_st_file *file, const nn_param *param, nn_error *error)
{
    const char *path = nn_st_path(file);
    const nn_st_tensor *tensor = find_published(file, model->kind, param->name);
    if (!tensor)
        return nn_fail(error, NN_BAD_DATA, "%s: the tensor '%s' is missing", path, param->name);
    int64_t shape[NN_MAX_RANK];
    bool same = tensor->rank == param->rank;
    for (int i = 0; i < param->rank; i++) {
        shape[i] = param->shape[i];
        same = same && tensor->shape[i] == shape[i];
    }
    if (same)
        return NN_OK;
    char found[128], wanted[128];
    print_shape(found, sizeof found, tensor->rank, tensor->shape);
    print_shape(wanted, sizeof wanted, param->rank, shape);
    return nn_fail(error, NN_BAD_DATA, "%s: the tensor '%s' has the shape %s; these settings need %s", path,
                   tensor->name, found, wanted);
}

static int read_param(fc_model *model, const nn_st_file *file, const nn_param *param, nn_error *error)
{
    const nn_st_tensor *tensor = find_published(file, model->kind, param->name);
    nn_real *data = model->params->data + param->offset;
#ifdef NN_DOUBLE
    nn_st_read_f64(file, tensor, data);
#else
    nn_st_read_f32(file, tensor, data);
#endif
    for (size_t i = 0; i < param->count; i++)
        if (!isfinite(data[i]))
            return nn_fail(error, NN_BAD_DATA, "%s: element %zu of the tensor '%s' is not finite",
                           nn_st_path(file), i, tensor->name);
    return NN_OK;
}

int fc_model_read_weights(fc_model *model, const nn_st_file *file, nn_error *error)
{
    for (int i = 0; i < model->params->count; i++) {
        int code = check_param(model, file, &model->params->table[i], error);
        if (code)
            return code;
    }
    if (nn_st_count(file) != (size_t)model->params->count)
        return nn_fail(error, NN_BAD_DATA, "%s: holds %zu tensors; these settings need %d", nn_st_path(file),
                       nn_st_count(file), model->params->count);
    /* Only now is it sure that the memory asked for is no more than the file really holds. */
    int code = model->params->data ? NN_OK : nn_params_reserve(model->params, error);
    for (int i = 0; i < model->params->count && code == NN_OK; i++)
        code = read_param(model, file, &model->params->table[i], error);
    return code;
}

int fc_model_import_weights(fc_model *model, const char *path, nn_error *error)
{
    nn_st_file *file;
    int code = nn_st_open(&file, path, error);
    if (code == NN_OK) {
        code = fc_model_read_weights(model, file, error);
        nn_st_close(file);
    }
    return code;
}
