/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models of every kind: made, freed, and filled with weights of other programs. */
#include "forecast/errors/spread.h"
#include "forecast/files/factor.h"
#include "forecast/files/int8.h"
#include "forecast/model_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fc_model_widen(fc_model *model)
{
    for (int i = 0; model->factored && i < model->params->count; i++)
        fc_factored_clear(&model->factored[i]);
    free(model->factored);
    model->factored = NULL;
}

void fc_model_free(fc_model *model)
{
    if (!model)
        return;
    fc_fields_clear(model->task->fields, model);
    fc_spread_free(model->spread);
    fc_forecaster_free(model->state, fc_model_forecaster(model));
    fc_kind_config_free(model->config, model->kind);
    fc_model_widen(model);
    nn_params_free(model->params);
    for (int i = 0; i < model->factor_count; i++)
        free(model->factors[i].name);
    free(model->factors);
    free(model);
}

fc_purpose fc_kind_purpose(const fc_kind *kind)
{
    return kind->task ? kind->task->purpose : FC_FORECASTS;
}

const fc_forecaster *fc_model_forecaster(const fc_model *model)
{
    if (model->kind->forecaster)
        return model->kind->forecaster;
    return model->task->base ? model->task->base(model) : NULL;
}

nn_params *fc_model_weights(const fc_model *model)
{
    const fc_forecaster *forecaster = model->kind->forecaster;
    return forecaster && forecaster->weights && model->state ? forecaster->weights(model->state)
                                                             : model->params;
}

size_t fc_model_tail(const fc_model *model)
{
    return fc_model_forecaster(model) || model->is_future ? 0 : (size_t)model->lookback;
}

int fc_model_season(const fc_model *model)
{
    return model->season > 0 ? model->season : ds_frequency_season(model->frequency);
}

ds_known fc_model_known(const fc_model *model)
{
    return (ds_known){.time = model->time_name,
                      .time_format = model->time_form,
                      .thousands = (char)(model->thousands ? *model->thousands : '\0'),
                      .frequency = &model->frequency};
}

int fc_model_reading(const fc_model *model, ds_read_options *options, nn_error *error)
{
    const int code = ds_reading_make(&model->reading, options, error);
    options->known = fc_model_known(model);
    return code;
}

int fc_model_register(fc_model *model, nn_error *error)
{
    const fc_task *task = model->task;
    fc_sizes sizes = {0};
    task->sizes(model, &sizes);
    if (model->kind->resolve)
        model->kind->resolve(model->config, &sizes);
    int code = model->kind->check ? model->kind->check(model->config, &sizes, error) : NN_OK;
    if (code)
        return code;
    if (task->settle)
        task->settle(model);
    model->params = nn_params_new();
    nn_plan *plan = model->params ? nn_plan_new(model->params, 1, false) : NULL;
    if (!plan)
        return nn_no_memory(error);
    model->params->factors = model->factors;
    model->params->factor_count = model->factor_count;
    nn_ports ports = {0};
    if (model->kind->forecaster) { /* nothing but its state */
        nn_plan_free(plan);
        return NN_OK;
    }
    task->build(model, plan, &ports);
    nn_keep(plan, ports.output);
    code = nn_plan_check(plan, error);
    if (!code && task->complete)
        code = task->complete(model, &ports, error);
    nn_plan_free(plan);
    return code;
}

int fc_model_complete(fc_model *model, const void *config, nn_error *error)
{
    int code = fc_kind_config(&model->config, model->kind, error);
    if (!code)
        code = nn_options_copy(model->kind->options, model->config, config, error);
    return code ? code : fc_model_register(model, error);
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
    if (!tensor && fc_factor_is_in(file, param))
        return NN_OK; /* reading them looks closer */
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

static int check_finite(const nn_st_file *file, const nn_param *param, const nn_real *data, nn_error *error)
{
    for (size_t i = 0; i < param->count; i++)
        if (!isfinite(data[i]))
            return nn_fail(error, NN_BAD_DATA, "%s: element %zu of the tensor '%s' is not finite",
                           nn_st_path(file), i, param->name);
    return NN_OK;
}

/* Widens the factors that stand in the parameter's place, and keeps them for the next file. */
static int read_factored(fc_model *model, const nn_st_file *file, const nn_param *param, nn_error *error)
{
    if (!model->factored)
        model->factored = calloc((size_t)model->params->count, sizeof *model->factored);
    double *weights = model->factored ? malloc(param->count * sizeof *weights) : NULL;
    fc_factored *f = weights ? &model->factored[param - model->params->table] : NULL;
    nn_real *data = model->params->data + param->offset;
    int code = f ? NN_OK : nn_no_memory(error);
    if (!code)
        code = fc_factor_read(f, file, param, error);
    if (!code)
        fc_factor_put(f, param, data, weights);
    free(weights);
    return code ? code : check_finite(file, param, data, error);
}

static int read_param(fc_model *model, const nn_st_file *file, const nn_param *param, nn_real *data,
                      nn_error *error)
{
    if (fc_factor_is_in(file, param))
        return read_factored(model, file, param, error);
    const nn_st_tensor *tensor = find_published(file, model->kind, param->name);
#ifdef NN_DOUBLE
    nn_st_read_f64(file, tensor, data);
#else
    nn_st_read_f32(file, tensor, data);
#endif
    if (model->int8 && fc_int8_suits(param) && fc_int8_scale(data, file, param, error))
        return NN_FAILED;
    return check_finite(file, param, data, error);
}

int fc_model_read_weights(fc_model *model, const nn_st_file *file, nn_error *error)
{
    nn_params *params = fc_model_weights(model);
    int tensors = params->count;
    for (int i = 0; i < params->count; i++) {
        const nn_param *param = &params->table[i];
        int code = check_param(model, file, param, error);
        if (!code && model->int8 && fc_int8_suits(param) && !fc_int8_scales(file, param))
            code = nn_fail(error, NN_BAD_DATA, "%s: the scales of the tensor '%s' are missing",
                           nn_st_path(file), param->name);
        if (code)
            return code;
        tensors += model->int8 && fc_int8_suits(param);
        tensors += fc_factor_is_in(file, param) ? 2 : 0;
    }
    if (nn_st_count(file) != (size_t)tensors)
        return nn_fail(error, NN_BAD_DATA, "%s: holds %zu tensors; these settings need %d", nn_st_path(file),
                       nn_st_count(file), tensors);
    /* Only now is it sure that the memory asked for is no more than the file really holds. */
    int code = params->data ? NN_OK : nn_params_reserve(params, error);
    for (int i = 0; i < params->count && code == NN_OK; i++)
        code = read_param(model, file, &params->table[i], params->data + params->table[i].offset, error);
    return code || !model->task->prove ? code : model->task->prove(model, nn_st_path(file), error);
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
