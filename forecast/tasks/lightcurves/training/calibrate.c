/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is fitted once the weights stand: the temperature, and what the training objects look like to the
 * network. */
#include "forecast/statistics/classes/calibration.h"
#include "forecast/statistics/classes/class_scores.h"
#include "forecast/tasks/lightcurves/internal.h"

#include "datasets/series/quantile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct views {
    const fc_classifier *model;
    nn_real *logits, *pooled; /* per sample; NULL: not wanted */
} views;

static void keep(void *context, size_t first, int count, const nn_ports *ports)
{
    views *v = context;
    size_t classes = (size_t)v->model->classes, width = (size_t)v->model->width, n = (size_t)count;
    if (v->logits)
        memcpy(v->logits + first * classes, ports->output->data, n * classes * sizeof(nn_real));
    memcpy(v->pooled + first * width, ports->kept[0]->data, n * width * sizeof(nn_real));
}

static int look(views *v, fc_classifier *model, const nn_source *source, bool logits, nn_pool *pool,
                nn_error *error)
{
    enum { BATCH = 16 };
    *v = (views){.model = model};
    v->pooled = malloc(source->count * (size_t)model->width * sizeof *v->pooled);
    v->logits = logits ? malloc(source->count * (size_t)model->classes * sizeof *v->logits) : NULL;
    if (!v->pooled || (logits && !v->logits))
        return nn_no_memory(error);
    nn_task network = {.context = model, .build = fc_classifier_build};
    return nn_infer(model->base.params, &network, source, BATCH, pool, keep, v, error);
}

static void forget(views *v)
{
    free(v->logits);
    free(v->pooled);
}

/* --- temperature --- */

/* p (count, classes) at the model's temperature. */
static void fill_probabilities(double *p, const fc_classifier *model, const views *v, size_t count)
{
    size_t classes = (size_t)model->classes;
    for (size_t i = 0; i < count; i++)
        fc_class_probabilities(model, v->logits + i * classes, p + i * classes);
}

/* Those of objects that are known to be of a class come to the front. */
static size_t take_classes(double *p, int *labels, int classes, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (labels[i] < classes) {
            memmove(p + kept * (size_t)classes, p + i * (size_t)classes, (size_t)classes * sizeof *p);
            labels[kept++] = labels[i];
        }
    return kept;
}

/* labels lose what is no class. */
static int fit_temperature(fc_classifier *model, const views *v, int *labels, size_t count, nn_error *error)
{
    double *p = malloc(count * (size_t)model->classes * sizeof *p);
    int *all = malloc(count * sizeof *all);
    if (!p || !all) {
        free(p);
        free(all);
        return nn_no_memory(error);
    }
    fc_class_score score;
    memcpy(all, labels, count * sizeof *all);
    model->temperature = 1;
    free(model->offset);
    model->offset = NULL;
    model->calibrated = 0;
    fill_probabilities(p, model, v, count);
    const size_t known = take_classes(p, labels, model->classes, count);
    fc_class_data data = {.p = p, .label = labels, .count = known, .classes = model->classes};
    int code = fc_temperature_fit(&model->temperature, &data, error);
    fill_probabilities(p, model, v, count);
    if (!code)
        fc_classifier_choose_answers(model, p, all, count);
    take_classes(p, all, model->classes, count);
    free(all);
    if (code == NN_OK && (code = fc_class_score_make(&score, &data, error)) == NN_OK) {
        model->base.record.validation_log_loss = score.cross_entropy;
        model->base.record.validation_accuracy = score.accuracy;
        fc_class_score_clear(&score);
    }
    free(p);
    return code;
}

void fc_classifier_choose_answers(fc_classifier *model, const double *p, const int *labels, size_t count)
{
    fc_hierarchy *h = &model->hierarchy;
    if (h->text)
        h->rule = fc_answers_choose(&h->tree, p, labels, count, FC_ANSWER_PRECISION);
}

/* --- what is normal --- */

static double *doubles(const nn_real *values, size_t count)
{
    double *copy = malloc(count * sizeof *copy);
    for (size_t i = 0; copy && i < count; i++)
        copy[i] = (double)values[i];
    return copy;
}

static int fit_normal(fc_classifier *model, const views *train, size_t trained, const views *validation,
                      size_t count, nn_error *error)
{
    size_t d = (size_t)model->width;
    double *seen = doubles(train->pooled, trained * d), *unseen = doubles(validation->pooled, count * d);
    double *distance = malloc(count * sizeof *distance);
    fc_mahalanobis_clear(&model->normal);
    free(model->novelty);
    model->novelty = malloc(FC_NOVELTY_QUANTILES * sizeof(double));
    int code = NN_OK;
    if (!seen || !unseen || !distance || !model->novelty)
        code = nn_no_memory(error);
    if (code == NN_OK)
        code = fc_mahalanobis_fit(&model->normal, seen, trained, model->width, error);
    if (code == NN_OK) {
        fc_mahalanobis_distance(distance, &model->normal, unseen, count);
        for (int k = 0; k < FC_NOVELTY_QUANTILES; k++)
            model->novelty[k] = ds_quantile(distance, count, (double)k / (FC_NOVELTY_QUANTILES - 1));
    }
    free(seen);
    free(unseen);
    free(distance);
    return code;
}

int fc_classifier_settle(fc_classifier *model, const nn_source *train, const nn_source *validation,
                         int *labels, nn_pool *pool, nn_error *error)
{
    views seen = {0}, unseen = {0};
    int code = look(&seen, model, train, false, pool, error);
    if (code == NN_OK)
        code = look(&unseen, model, validation, labels != NULL, pool, error);
    if (code == NN_OK && labels)
        code = fit_temperature(model, &unseen, labels, validation->count, error);
    if (code == NN_OK)
        code = fit_normal(model, &seen, train->count, &unseen, validation->count, error);
    forget(&seen);
    forget(&unseen);
    return code;
}
