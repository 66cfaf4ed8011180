/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model's parameters filled from a file, its own or one of other programs, and written for those. */
#include "forecast/weights.h"
#include "forecast/companion.h"
#include "forecast/exchange/published.h"
#include "forecast/files/factor.h"
#include "forecast/files/int8.h"
#include "forecast/files/tensor.h"
#include "forecast/model_internal.h"
#include "lib/files/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const nn_st_tensor *fc_published_find(const nn_st_file *file, const fc_kind *kind, const char *name)
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

/* The parameter's tensor is there in its shape. */
static int check_param(const fc_model *model, const nn_st_file *file, const nn_param *param, nn_error *error)
{
    const char *path = nn_st_path(file);
    const nn_st_tensor *tensor = fc_published_find(file, model->kind, param->name);
    if (!tensor && fc_factor_is_in(file, param))
        return NN_OK; /* reading them looks closer */
    if (!tensor)
        return nn_fail(error, NN_BAD_DATA, "%s: the tensor '%s' is missing", path, param->name);
    return fc_tensor_expect(file, tensor, param, "these settings need", error);
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
    return code ? code : fc_tensor_check(file, param->name, data, param->count, error);
}

static int read_param(fc_model *model, const nn_st_file *file, const nn_param *param, nn_real *data,
                      nn_error *error)
{
    if (fc_factor_is_in(file, param))
        return fc_model_weights(model) == model->params
                   ? read_factored(model, file, param, error)
                   : nn_fail(error, NN_BAD_DATA, "%s: the tensor '%s' is in pieces, which %s does not take",
                             nn_st_path(file), param->name, model->kind->name);
    const nn_st_tensor *tensor = fc_published_find(file, model->kind, param->name);
    fc_tensor_read(data, file, tensor);
    if (model->int8 && fc_int8_suits(param) && fc_int8_scale(data, file, param, error))
        return NN_FAILED;
    return fc_tensor_check(file, param->name, data, param->count, error);
}

int fc_model_read_weights(fc_model *model, const nn_st_file *file, nn_error *error)
{
    nn_params *params = fc_model_weights(model);
    int tensors = params->count, beside = 0;
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
    tensors += fc_unused_count(file, model->kind);
    int code = fc_companion_check(&beside, model, file, error);
    if (code)
        return code;
    tensors += beside;
    if (nn_st_count(file) != (size_t)tensors)
        return nn_fail(error, NN_BAD_DATA, "%s: holds %zu tensors; these settings need %d", nn_st_path(file),
                       nn_st_count(file), tensors);
    /* Only now is it sure that the memory asked for is no more than the file really holds. */
    code = params->data ? NN_OK : nn_params_reserve(params, error);
    for (int i = 0; i < params->count && code == NN_OK; i++)
        code = read_param(model, file, &params->table[i], params->data + params->table[i].offset, error);
    if (!code)
        code = fc_unused_read(&model->unused, file, model->kind, error);
    if (!code)
        code = fc_companion_read_weights(model, file, error);
    return code || !model->task->prove ? code : model->task->prove(model, nn_st_path(file), error);
}

int fc_model_import_weights(fc_model *model, const char *path, nn_error *error)
{
    nn_st_file *file;
    int code = fc_published_open(&file, path, error);
    if (code == NN_OK) {
        code = fc_model_read_weights(model, file, error);
        nn_st_close(file);
    }
    return code;
}

/* --- for other programs --- */

#ifndef NN_DOUBLE
/* The name that export gives a parameter. */
static const char *exported(const fc_model *model, const char *name, char *text, size_t size)
{
    const char *const(*names)[2] = model->kind->exported ? model->kind->exported(model->config) : NULL;
    for (; names && (*names)[0]; names++) {
        const size_t ours = strlen((*names)[1]);
        if (strncmp(name, (*names)[1], ours) == 0) {
            snprintf(text, size, "%s%s", (*names)[0], name + ours);
            return text;
        }
    }
    return name;
}
#endif

static int gather(nn_st_writer *writer, const fc_model *model, nn_error *error)
{
#ifdef NN_DOUBLE
    (void)writer, (void)model;
    return nn_fail(error, NN_FAILED, "weights are written in single precision only");
#else
    int code = NN_OK;
    const nn_params *params = fc_model_weights(model);
    for (int i = 0; i < params->count && !code; i++) {
        const nn_param *param = &params->table[i];
        char text[512];
        code = fc_tensor_write(writer, exported(model, param->name, text, sizeof text), param,
                               params->data + param->offset, error);
    }
    return code ? code : fc_unused_write(model->unused, writer, error);
#endif
}

static int write_torch(const nn_st_writer *writer, const char *path, nn_error *error)
{
    nn_st_file *tensors;
    int code = nn_st_writer_open(&tensors, writer, path, error);
    nn_output *output = code ? NULL : nn_output_open(path, error);
    if (!code && !output)
        code = NN_FAILED;
    if (!code)
        code = fc_torch_write(tensors, nn_output_stream(output), error);
    nn_st_close(tensors);
    if (!code)
        return nn_output_commit(output, error);
    nn_output_abandon(output);
    return code;
}

int fc_model_export_weights(const fc_model *model, fc_weights_form form, const char *path, int *count,
                            nn_error *error)
{
    nn_st_writer *writer = nn_st_writer_new();
    int code = writer ? gather(writer, model, error) : nn_no_memory(error);
    *count = code ? 0 : (int)nn_st_writer_count(writer);
    if (!code && form == FC_WEIGHTS_SAFETENSORS)
        code = nn_st_write(writer, path, error);
    else if (!code)
        code = write_torch(writer, path, error);
    nn_st_writer_free(writer);
    return code;
}

/* --- what shapes tell --- */

static int64_t count_tensors(const fc_kind *kind, const char *pattern, const nn_st_file *file)
{
    int64_t count = -1;
    const char *number = strstr(pattern, "%d");
    char name[256];
    do
        snprintf(name, sizeof name, "%.*s%lld%s", (int)(number - pattern), pattern, (long long)++count,
                 number + 2);
    while (count < 10000 && fc_published_find(file, kind, name));
    return count;
}

bool fc_shape_found(const fc_kind *kind, const fc_shape_rule *rule, const nn_st_file *file, int64_t divisor,
                    char text[24])
{
    const nn_st_tensor *tensor =
        rule->dimension == FC_HOW_MANY ? NULL : fc_published_find(file, kind, rule->tensor);
    int64_t found = 0;
    if (rule->dimension == FC_HOW_MANY)
        found = count_tensors(kind, rule->tensor, file);
    else if (tensor && rule->value)
        return snprintf(text, 24, "%s", rule->value) > 0;
    else if (tensor && tensor->rank > rule->dimension)
        found = tensor->shape[rule->dimension];
    if (rule->divided)
        found = divisor > 0 && found % divisor == 0 ? found / divisor : 0;
    snprintf(text, 24, "%lld", (long long)found);
    return found > 0;
}
