/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folds the batch norms of a trained network. */
#include "forecast/compress/fold.h"

#include "forecast/compress/rebuild.h"
#include "lib/fold.h"

#include <string.h>

static int copy_named(void *context, const nn_param *param, nn_real *values, nn_error *error)
{
    const nn_params *from = context;
    const nn_param *p = nn_params_find(from, param->name);
    if (!p || p->count != param->count)
        return nn_fail(error, NN_FAILED, "the folded network has another parameter, %s", param->name);
    memcpy(values, from->data + p->offset, p->count * sizeof *values);
    return NN_OK;
}

/* Folds within the model's own parameters. */
static int fold(fc_model *model, int *folded, nn_error *error)
{
    nn_ports ports = {0};
    nn_plan *plan = nn_plan_new(model->params, 1, false);
    if (!plan)
        return nn_no_memory(error);
    nn_plan_set_watched(plan);
    model->task->build(model, plan, &ports);
    nn_keep(plan, ports.output);
    int code = nn_plan_check(plan, error);
    if (!code)
        code = nn_plan_fold(plan, folded, error);
    nn_plan_free(plan);
    return code;
}

int fc_fold(fc_model *model, int *folded, nn_error *error)
{
    const nn_option *norm = nn_option_find(model->kind->options, "norm");
    nn_params *params = NULL;
    int code = fc_rebuild_check(model, "fold", error);
    if (!code)
        code = fold(model, folded, error);
    if (!code && (!*folded || !norm))
        code = nn_fail(error, NN_USAGE,
                       "there is nothing to fold: only norms of a batch (--norm batch) are one gain and one "
                       "shift once they are trained");
    if (!code)
        code = nn_option_set(norm, model->config, "none", error);
    if (!code)
        code = fc_rebuild(&params, model, NULL, 0, copy_named, model->params, error);
    if (!code)
        fc_rebuild_take(model, params);
    return code;
}
