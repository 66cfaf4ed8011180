/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is fitted once the weights stand: temperature (Guo et al. 2017, arXiv 1706.04599), and the mean and
 * covariance of what the training objects look like to the network (Lee et al. 2018, arXiv 1807.03888, with
 * one Gaussian for all classes). */
#include "forecast/classifier_internal.h"

#include "datasets/quantile.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_min.h>
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
        return nn_fail(error, NN_FAILED, "no memory");
    nn_task network = {.context = model, .build = fc_classifier_build};
    return nn_infer(model->params, &network, source, BATCH, pool, keep, v, error);
}

static void forget(views *v)
{
    free(v->logits);
    free(v->pooled);
}

/* --- temperature --- */

typedef struct calibration {
    fc_classifier *model;
    const nn_real *logits;
    const int *labels;
    size_t count;
    double *p;
    double accuracy;
} calibration;

static double log_loss(double log_temperature, void *context)
{
    calibration *c = context;
    fc_classifier *model = c->model;
    double sum = 0;
    size_t right = 0;
    model->temperature = exp(log_temperature);
    for (size_t i = 0; i < c->count; i++) {
        fc_class_probabilities(model, c->logits + i * (size_t)model->classes, c->p);
        int best = 0;
        for (int k = 1; k < model->classes; k++)
            best = c->p[k] > c->p[best] ? k : best;
        right += best == c->labels[i];
        sum -= log(fmax(c->p[c->labels[i]], 1e-15));
    }
    c->accuracy = (double)right / (double)c->count;
    return sum / (double)c->count;
}

/* The least of the log-loss over temperatures of 1/20 to 20; 1 where that has no minimum inside. */
static int fit_temperature(calibration *c, nn_error *error)
{
    gsl_function f = {.function = log_loss, .params = c};
    gsl_min_fminimizer *search = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
    c->p = malloc((size_t)c->model->classes * sizeof *c->p);
    if (!search || !c->p) {
        gsl_min_fminimizer_free(search);
        free(c->p);
        return nn_fail(error, NN_FAILED, "no memory");
    }
    double best = 0;
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    if (gsl_min_fminimizer_set(search, &f, 0, -3, 3) == GSL_SUCCESS) {
        for (int i = 0; i < 60; i++)
            if (gsl_min_fminimizer_iterate(search) ||
                gsl_min_test_interval(gsl_min_fminimizer_x_lower(search), gsl_min_fminimizer_x_upper(search),
                                      1e-6, 0) == GSL_SUCCESS)
                break;
        best = gsl_min_fminimizer_x_minimum(search);
    }
    gsl_set_error_handler(handler);
    c->model->record.validation_log_loss = log_loss(best, c);
    c->model->record.validation_accuracy = c->accuracy;
    gsl_min_fminimizer_free(search);
    free(c->p);
    return NN_OK;
}

/* --- what is normal --- */

static void moments(fc_classifier *model, const nn_real *pooled, size_t count)
{
    size_t d = (size_t)model->width;
    memset(model->centre, 0, d * sizeof(double));
    memset(model->precision, 0, d * d * sizeof(double));
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < d; j++)
            model->centre[j] += (double)pooled[i * d + j] / (double)count;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < d; j++)
            for (size_t k = 0; k <= j; k++)
                model->precision[j * d + k] += ((double)pooled[i * d + j] - model->centre[j]) *
                                               ((double)pooled[i * d + k] - model->centre[k]) / (double)count;
}

/* The covariance's inverse, a thousandth of its mean variance added so that it has one. */
static int invert(fc_classifier *model, nn_error *error)
{
    size_t d = (size_t)model->width;
    double trace = 0;
    for (size_t j = 0; j < d; j++) {
        trace += model->precision[j * d + j];
        for (size_t k = j + 1; k < d; k++)
            model->precision[j * d + k] = model->precision[k * d + j];
    }
    for (size_t j = 0; j < d; j++)
        model->precision[j * d + j] += 1e-3 * trace / (double)d + 1e-12;
    gsl_matrix_view matrix = gsl_matrix_view_array(model->precision, d, d);
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    int status = gsl_linalg_cholesky_decomp1(&matrix.matrix);
    if (!status)
        status = gsl_linalg_cholesky_invert(&matrix.matrix);
    gsl_set_error_handler(handler);
    return status
               ? nn_fail(error, NN_FAILED, "the network's view of the training objects has no covariance: %s",
                         gsl_strerror(status))
               : NN_OK;
}

static int fit_normal(fc_classifier *model, const views *train, size_t trained, const views *validation,
                      size_t count, nn_error *error)
{
    size_t d = (size_t)model->width;
    free(model->centre);
    free(model->precision);
    free(model->novelty);
    model->centre = malloc(d * sizeof(double));
    model->precision = malloc(d * d * sizeof(double));
    model->novelty = malloc(FC_NOVELTY_QUANTILES * sizeof(double));
    double *distance = malloc(count * sizeof *distance);
    int code = NN_OK;
    if (!model->centre || !model->precision || !model->novelty || !distance)
        code = nn_fail(error, NN_FAILED, "no memory");
    if (code == NN_OK) {
        moments(model, train->pooled, trained);
        code = invert(model, error);
    }
    if (code == NN_OK) {
        for (size_t i = 0; i < count; i++)
            distance[i] = fc_class_distance(model, validation->pooled + i * d);
        for (int k = 0; k < FC_NOVELTY_QUANTILES; k++)
            model->novelty[k] = ds_quantile(distance, count, (double)k / (FC_NOVELTY_QUANTILES - 1));
    }
    free(distance);
    return code;
}

int fc_classifier_settle(fc_classifier *model, const nn_source *train, const nn_source *validation,
                         const int *labels, nn_pool *pool, nn_error *error)
{
    views seen = {0}, unseen = {0};
    int code = look(&seen, model, train, false, pool, error);
    if (code == NN_OK)
        code = look(&unseen, model, validation, true, pool, error);
    calibration c = {.model = model, .logits = unseen.logits, .labels = labels, .count = validation->count};
    if (code == NN_OK)
        code = fit_temperature(&c, error);
    if (code == NN_OK)
        code = fit_normal(model, &seen, train->count, &unseen, validation->count, error);
    forget(&seen);
    forget(&unseen);
    return code;
}
