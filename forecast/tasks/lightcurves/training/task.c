/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The task of light curves: what a new classifier takes from its objects. */
#include "forecast/tasks/lightcurves/internal.h"
#include "forecast/tasks/lightcurves/sight_features.h"
#include "forecast/tasks/lightcurves/training/fit.h"
#include "forecast/tasks/lightcurves/training/grow.h"
#include "forecast/tasks/lightcurves/training/rival_grow.h"

#include <stdlib.h>
#include <string.h>

/* --- a new one --- */

static int allocate_statistics(fc_classifier *model, nn_error *error)
{
    size_t bands = (size_t)model->bands.count, columns = (size_t)fc_channel_count(model) + FC_EXTRAS;
    model->softening = malloc(bands * sizeof(double));
    model->shift = calloc(columns, sizeof(double));
    model->scale = malloc(columns * sizeof(double));
    const size_t late = model->sight.late ? (size_t)model->feature_count : 0;
    if (late) {
        model->late_shift = calloc(late, sizeof(double));
        model->late_scale = malloc(late * sizeof(double));
        if (!model->late_shift || !model->late_scale)
            return nn_no_memory(error);
    }
    for (size_t i = 0; i < late; i++)
        model->late_scale[i] = 1;
    if (!model->class_counts) /* a file has them already */
        model->class_counts = calloc((size_t)model->classes, sizeof(size_t));
    if (!model->softening || !model->shift || !model->scale || !model->class_counts)
        return nn_no_memory(error);
    for (size_t i = 0; i < bands; i++)
        model->softening[i] = 1;
    for (size_t i = 0; i < columns; i++)
        model->scale[i] = 1;
    model->temperature = 1;
    return NN_OK;
}

static int copy_names(fc_classifier *model, int classes, const char *const *names, nn_error *error)
{
    model->class_names = calloc((size_t)classes, sizeof *model->class_names);
    if (!model->class_names)
        return nn_no_memory(error);
    model->classes = classes;
    for (int c = 0; c < classes; c++)
        if (!(model->class_names[c] = strdup(names[c])))
            return nn_no_memory(error);
    return NN_OK;
}

/* --- the task --- */

static int take(fc_model *base, const fc_request *request, nn_error *error)
{
    fc_classifier *model = (fc_classifier *)base;
    const fc_class_set *set = request->objects;
    if (!set)
        return nn_fail(error, NN_USAGE, "%s classifies light curves and forecasts nothing", base->kind->name);
    if (set->classes < 2 || set->classes > FC_MOST_CLASSES)
        return nn_fail(error, NN_BAD_DATA, "%d class%s: a classifier needs 2 to %d", set->classes,
                       set->classes == 1 ? "" : "es", FC_MOST_CLASSES);
    model->rivalry = FC_NO_RIVALRY;
    model->bands = *set->bands;
    model->redshift = set->redshift;
    ((const fc_lightcurves_network *)base->kind->network)->sight(request->config, &model->sight);
    if (model->sight.features || model->sight.late) {
        const int code = fc_features_take(model, error);
        if (code)
            return code;
    }
    if (model->sight.features)
        model->forest = (fc_forest_size){1, 1}; /* until one is grown */
    const int code = copy_names(model, set->classes, set->class_names, error);
    return code || !set->taxonomy
               ? code
               : fc_hierarchy_set(&model->hierarchy, set->taxonomy, set->alpha, set->class_names, error);
}

static const nn_class_tree *tree(const fc_model *base)
{
    const fc_classifier *model = (const fc_classifier *)base;
    return model->hierarchy.text ? &model->hierarchy.loss : NULL;
}

static void sizes(const fc_model *base, fc_sizes *sizes)
{
    *sizes = (fc_sizes){.variates = ((const fc_classifier *)base)->bands.count};
}

static void settle(fc_model *base)
{
    fc_classifier *model = (fc_classifier *)base;
    fc_classifier_network(model)->sight(base->config, &model->sight);
    model->redshift = model->redshift && model->sight.extras != FC_EXTRAS_NONE;
}

static void build(const fc_model *model, nn_plan *plan, nn_ports *ports)
{
    fc_classifier_build((void *)model, plan, ports);
}

static int complete(fc_model *base, const nn_ports *ports, nn_error *error)
{
    fc_classifier *model = (fc_classifier *)base;
    model->width = ports->kept[0] ? ports->kept[0]->shape[1] : 0;
    const int code = model->sight.features || model->sight.late ? fc_features_check(model, error) : NN_OK;
    if (code)
        return code;
    return allocate_statistics(model, error);
}

static int prove(const fc_model *base, const char *path, nn_error *error)
{
    nn_error reason = {0};
    const fc_classifier *model = (const fc_classifier *)base;
    const int code = model->sight.late && !(model->late_shift && model->late_scale)
                         ? nn_fail(&reason, NN_BAD_DATA, "how its features are scaled is missing")
                         : fc_rival_check(model, &reason);
    return code ? nn_fail(error, code, "%s: %s", path, reason.text) : fc_classifier_prove(base, path, error);
}

/* What follows from the weights, and the forest beside them. */
static int calibrate(fc_model *base, const fc_lesson *lesson, nn_pool *pool, nn_error *error)
{
    const int code = fc_classifier_calibrate(base, lesson, pool, error);
    return code ? code : fc_rival_grow((fc_classifier *)base, lesson, pool, error);
}

static const char *const inputs[] = {"tokens", "features", NULL};

const fc_task fc_lightcurves_task = {
    .name = "lightcurves",
    .purpose = FC_CLASSIFIES,
    .drops_latest = true,
    .training = fc_class_training_options,
    .model_size = sizeof(fc_classifier),
    .fields = fc_lightcurves_fields,
    .take = take,
    .sizes = sizes,
    .settle = settle,
    .inputs = inputs,
    .output = "logits",
    .build = build,
    .tree = tree,
    .complete = complete,
    .learn = fc_classifier_learn,
    .forget = fc_classifier_forget,
    .grows = fc_classifier_grows,
    .grow = fc_classifier_grow,
    .prove = prove,
    .calibrate = calibrate,
    .score = fc_lightcurves_score,
    .backtest = fc_lightcurves_backtest,
};
