/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models of every kind: made and freed. */
#include "forecast/errors/spread.h"
#include "forecast/files/factor.h"
#include "forecast/model_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fc_model_widen(fc_model *model)
{
    for (int i = 0; model->factored && i < model->params->count; i++)
        fc_factored_clear(&model->factored[i]);
    free(model->factored);
    model->factored = NULL;
    model->precision = NN_FLOAT;
    if (model->params)
        model->params->precision = NN_FLOAT;
}

const char *const fc_precision_names[] = {"float", "bf16", "int8", NULL};

int fc_model_infer_in(fc_model *model, nn_precision precision, nn_error *error)
{
    nn_params *weights = fc_model_weights(model);
    if (!weights || !weights->count)
        return nn_fail(error, NN_USAGE, "--precision is of networks; %s is none", model->kind->name);
    weights->precision = precision;
    return NN_OK;
}

void fc_model_forget_factors(fc_model *model)
{
    for (int i = 0; i < model->factor_count; i++)
        free(model->factors[i].name);
    free(model->factors); /* of a model that was read, also an empty list */
    model->factors = NULL;
    model->factor_count = 0;
}

void fc_model_free(fc_model *model)
{
    if (!model)
        return;
    fc_model_free(model->companion);
    fc_fields_clear(model->task->fields, model);
    fc_spread_free(model->spread);
    fc_forecaster_free(model->state, fc_model_forecaster(model));
    fc_kind_config_free(model->config, model->kind);
    fc_model_widen(model);
    nn_params_free(model->params);
    fc_model_forget_factors(model);
    fc_unused_free(model->unused);
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
    nn_params *own =
        forecaster && forecaster->weights && model->state ? forecaster->weights(model->state) : NULL;
    return own ? own : model->params;
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
