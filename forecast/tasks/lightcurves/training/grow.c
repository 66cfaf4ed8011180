/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Grows the forest of a classifier. */
#include "forecast/tasks/lightcurves/training/grow.h"

#include "forecast/model_internal.h"
#include "forecast/statistics/classes/calibration.h"
#include "forecast/statistics/classes/class_scores.h"
#include "forecast/tasks/lightcurves/internal.h"
#include "forecast/tasks/lightcurves/rival.h"
#include "forecast/trees/forest.h"
#include "lib/base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool fc_classifier_grows(const fc_model *model)
{
    const fc_lightcurves_network *network = model->kind->network;
    return network->forest != NULL;
}

static int put_forest(fc_classifier *model, const fc_grown_forest *forest, nn_error *error)
{
    const struct {
        const char *name;
        const nn_real *values;
    } arrays[] = {
        {"forest.root", forest->root}, {"forest.node", forest->node}, {"forest.leaf", forest->leaf}};
    nn_params *params = nn_params_new();
    nn_plan *plan = params ? nn_plan_new(params, 1, false) : NULL;
    nn_ports ports = {0};
    int code = plan ? NN_OK : nn_no_memory(error);
    model->forest = (fc_forest_size){(int)forest->nodes, (int)forest->leaves};
    if (!code) {
        fc_classifier_build(model, plan, &ports);
        nn_keep(plan, ports.output);
        code = nn_plan_check(plan, error);
    }
    nn_plan_free(plan);
    if (!code)
        code = nn_params_reserve(params, error);
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays && !code; i++) {
        const nn_param *param = nn_params_find(params, arrays[i].name);
        memcpy(params->data + param->offset, arrays[i].values, param->count * sizeof *params->data);
    }
    if (code) {
        nn_params_free(params);
        return code;
    }
    nn_params_free(model->base.params);
    model->base.params = params;
    return NN_OK;
}

int fc_classifier_prove(const fc_model *base, const char *path, nn_error *error)
{
    const fc_classifier *model = fc_classifier_of(base);
    nn_error reason = {0};
    int code = NN_OK;
    if (fc_classifier_grows(base)) {
        const fc_grown_forest forest = fc_classifier_forest(model);
        code = fc_forest_check(&forest, &reason);
    }
    return code ? nn_fail(error, code, "%s: %s", path, reason.text) : NN_OK;
}

/* ln of what the trees that have not seen an object say, smoothed as the network's forest is; then its
 * temperature and scores. */
static int settle(fc_classifier *model, const fc_feature_rows *rows, double *p, int trees, nn_error *error)
{
    size_t alike[FC_MOST_CLASSES] = {0};
    fc_record *record = &model->base.record;
    const fc_class_data data = {.p = p, .label = rows->label, .count = rows->count, .classes = rows->classes};
    fc_class_score score;
    const size_t cells = rows->count * (size_t)rows->classes;
    for (size_t i = 0; i < cells; i++)
        p[i] = ((isnan(p[i]) ? 1.0 / rows->classes : p[i]) * trees + 1.0 / rows->classes) / (trees + 1);
    int code = fc_temperature_fit(&model->temperature, &data, error);
    for (size_t i = 0; i < rows->count && !code; i++) {
        nn_real logits[FC_MOST_CLASSES];
        for (int c = 0; c < rows->classes; c++)
            logits[c] = (nn_real)log(p[i * (size_t)rows->classes + (size_t)c]);
        fc_class_probabilities(model, logits, p + i * (size_t)rows->classes);
    }
    if (!code)
        fc_classifier_choose_answers(model, p, rows->label, rows->count);
    if (!code && !(code = fc_class_score_make(&score, &data, error))) {
        record->validation_log_loss = score.cross_entropy;
        record->validation_accuracy = score.accuracy;
        fc_class_score_clear(&score);
    }
    for (size_t i = 0; i < rows->count; i++)
        alike[rows->label[i]]++;
    record->naive_validation_loss = 0; /* of the shares */
    for (int c = 0; c < rows->classes; c++)
        if (alike[c]) {
            const double share = (double)alike[c] / (double)rows->count;
            record->naive_validation_loss -= share * log(share);
        }
    return code;
}

int fc_classifier_grow_on(fc_classifier *model, const fc_feature_rows *rows, nn_pool *pool, nn_error *error)
{
    fc_forest_settings settings = {.seed = model->base.record.training.seed};
    fc_grown_forest forest = {0};
    fc_classifier_network(model)->forest(model->base.config, &settings);
    double *p = nn_resize(NULL, rows->count, (size_t)rows->classes, sizeof *p);
    int code = p ? fc_forest_fit(&forest, rows, &settings, pool, p, NULL, error) : nn_no_memory(error);
    if (!code)
        code = put_forest(model, &forest, error);
    if (!code)
        code = settle(model, rows, p, settings.trees, error);
    fc_forest_clear(&forest);
    free(p);
    return code;
}

int fc_classifier_grow(fc_model *base, fc_lesson *lesson, nn_pool *pool, nn_error *error)
{
    fc_classifier *model = (fc_classifier *)base;
    fc_feature_rows rows = {0};
    int code = fc_lesson_rows(lesson, &rows, error);
    if (!code)
        code = fc_classifier_grow_on(model, &rows, pool, error);
    if (!code)
        code = fc_classifier_settle(model, &lesson->train, &lesson->validation, NULL, pool, error);
    fc_feature_rows_free(&rows);
    return code;
}
