/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trained model's parameters anew, after its settings or the form of its linear maps have changed. */
#include "forecast/compress/rebuild.h"

int fc_rebuild_shapes(nn_params **out, fc_model *model, const nn_factor *factors, int factor_count,
                      nn_error *error)
{
    fc_sizes sizes = {0};
    nn_ports ports = {0};
    *out = NULL;
    model->task->sizes(model, &sizes);
    if (model->kind->resolve)
        model->kind->resolve(model->config, &sizes);
    int code = model->kind->check ? model->kind->check(model->config, &sizes, error) : NN_OK;
    if (code)
        return code;
    nn_params *params = nn_params_new();
    nn_plan *plan = params ? nn_plan_new(params, 1, false) : NULL;
    if (!plan) {
        nn_params_free(params);
        return nn_no_memory(error);
    }
    params->factors = factors;
    params->factor_count = factor_count;
    model->task->build(model, plan, &ports);
    nn_keep(plan, ports.output);
    code = nn_plan_check(plan, error);
    nn_plan_free(plan);
    if (code)
        nn_params_free(params);
    else
        *out = params;
    return code;
}

int fc_rebuild(nn_params **params, fc_model *model, const nn_factor *factors, int factor_count,
               fc_fill_fn fill, void *context, nn_error *error)
{
    int code = fc_rebuild_shapes(params, model, factors, factor_count, error);
    if (!code)
        code = nn_params_reserve(*params, error);
    for (int i = 0; !code && i < (*params)->count; i++)
        code = fill(context, &(*params)->table[i], (*params)->data + (*params)->table[i].offset, error);
    if (code) {
        nn_params_free(*params);
        *params = NULL;
    }
    return code;
}

void fc_rebuild_take(fc_model *model, nn_params *params)
{
    nn_params_free(model->params);
    model->params = params;
}

int fc_rebuild_check(const fc_model *model, const char *doing, nn_error *error)
{
    if (model->kind->forecaster)
        return nn_fail(error, NN_USAGE, "%s is no network: there are no weights to %s", model->kind->name,
                       doing);
    if (model->factor_count || model->int8 || model->factored || model->precision)
        return nn_fail(error, NN_USAGE,
                       "the model was compressed already: %s it first, and then compress what is left",
                       doing);
    return NN_OK;
}
