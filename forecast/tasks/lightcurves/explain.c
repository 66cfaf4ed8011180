/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Class activation maps: what each token of a light curve adds to each class. */
#include "forecast/tasks/lightcurves/explain.h"

#include <math.h>
#include <stdlib.h>

double fc_token_day(const fc_classifier *model, const fc_slot *slot, int t)
{
    const fc_sight_settings *s = &model->sight;
    const ds_points *p = &slot->points;
    if (s->points)
        return p->time[t];
    if (s->time == FC_TIME_TRIGGER)
        return slot->trigger - s->before + (s->before + s->after) * t / (s->grid - 1);
    return p->time[0] + (p->time[p->count - 1] - p->time[0]) * t / (s->grid - 1);
}

void fc_explanation_clear(fc_explanation *e)
{
    free(e->day);
    free(e->map);
    free(e->share);
    free(e->bias);
    *e = (fc_explanation){0};
}

static int allocate(fc_explanation *e, nn_error *error)
{
    size_t classes = (size_t)e->classes, cells = (size_t)e->tokens * classes;
    e->day = malloc((size_t)e->curve_tokens * sizeof(double));
    e->map = calloc(cells, sizeof(double));
    e->share = calloc(cells, sizeof(double));
    e->bias = calloc(3 * classes, sizeof(double));
    if (!e->day || !e->map || !e->share || !e->bias)
        return nn_no_memory(error);
    e->logit = e->bias + classes;
    e->probability = e->logit + classes;
    return NN_OK;
}

/* From the last tokens (tokens,d), the kernel (d,classes) and the bias of the classes' layer. */
static void fill_map(fc_explanation *e, const nn_real *tokens, const nn_real *kernel, const nn_real *bias,
                     int d)
{
    int classes = e->classes;
    for (int c = 0; c < classes; c++) {
        double sum = 0, least = INFINITY, total = 0;
        for (int t = 0; t < e->tokens; t++) {
            double x = 0;
            for (int j = 0; j < d; j++)
                x += (double)tokens[t * d + j] * (double)kernel[j * classes + c];
            e->map[t * classes + c] = x;
            sum += x;
            least = fmin(least, x);
        }
        for (int t = 0; t < e->tokens; t++)
            total += e->map[t * classes + c] - least;
        for (int t = 0; t < e->tokens; t++)
            e->share[t * classes + c] = total > 0 ? (e->map[t * classes + c] - least) / total : 0;
        e->bias[c] = (double)bias[c];
        e->logit[c] = sum / e->tokens + e->bias[c];
    }
}

static int run(fc_explanation *e, fc_classifier *model, const fc_slot *slot, nn_plan *plan, nn_ports *ports,
               nn_error *error)
{
    const nn_param *kernel = nn_params_find(model->base.params, "cls.kernel"),
                   *bias = nn_params_find(model->base.params, "cls.bias");
    if (!kernel || !bias)
        return nn_fail(error, NN_BAD_DATA, "the model %s has no linear layer of classes",
                       model->base.kind->name);
    nn_tensor *in = ports->inputs[0];
    e->tokens = fc_fill_tokens(model, slot->raw, slot->tokens, slot->extras, in->data);
    e->curve_tokens = slot->tokens;
    e->classes = model->classes;
    int code = allocate(e, error);
    if (code)
        return code;
    if (in->ragged) {
        in->ragged->offsets[0] = 0;
        in->ragged->offsets[1] = e->tokens;
    }
    nn_run pass = {.batch = 1, .params = model->base.params->data};
    nn_plan_forward(plan, &pass);
    fc_class_probabilities(model, ports->output->data, e->probability);
    for (int t = 0; t < e->curve_tokens; t++)
        e->day[t] = fc_token_day(model, slot, t);
    fill_map(e, ports->kept[1]->data, model->base.params->data + kernel->offset,
             model->base.params->data + bias->offset, model->width);
    return NN_OK;
}

int fc_explain(fc_explanation *e, fc_classifier *model, const fc_slot *slot, nn_error *error)
{
    *e = (fc_explanation){0};
    nn_plan *plan = nn_plan_new(model->base.params, 1, false);
    if (!plan)
        return nn_no_memory(error);
    nn_ports ports = {0};
    fc_classifier_build(model, plan, &ports);
    nn_keep(plan, ports.output);
    if (ports.kept[1])
        nn_keep(plan, ports.kept[1]);
    int code = nn_plan_compile(plan, error);
    if (code == NN_OK && !ports.kept[1])
        code = nn_fail(error, NN_USAGE,
                       "this model cannot tell which points made the class: only the mean of a token of each "
                       "point can (--tokenizer point, --pool mean)");
    if (code == NN_OK)
        code = run(e, model, slot, plan, &ports, error);
    if (code)
        fc_explanation_clear(e);
    nn_plan_free(plan);
    return code;
}
