/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A classifier of light curves: made, and what comes out of its network. */
#include "forecast/tasks/lightcurves_fit.h"
#include "forecast/tasks/lightcurves_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

fc_classifier *fc_classifier_of(const fc_model *model)
{
    return model && model->kind->task == &fc_lightcurves_task ? (fc_classifier *)model : NULL;
}

/* --- sizes --- */

static bool extras_are(const fc_classifier *model, fc_extras_form form)
{
    return model->redshift && model->sight.extras == form;
}

int fc_channel_count(const fc_classifier *model)
{
    int bands = model->bands.count;
    /* points: time, flux, error, which band, measures */
    return model->sight.points     ? 3 + bands + fc_measure_count(model)
           : model->sight.variance ? 2 * bands
                                   : bands;
}

int fc_measure_count(const fc_classifier *model)
{
    const fc_sight_settings *s = &model->sight;
    return (s->fold ? FC_FOLD_MEASURES : 0) + (s->points && s->flux == FC_FLUX_OWN ? FC_OWN_MEASURES : 0);
}

int fc_token_width(const fc_classifier *model)
{
    return fc_channel_count(model) + (extras_are(model, FC_EXTRAS_CHANNELS) ? FC_EXTRAS : 0);
}

int fc_token_count(const fc_classifier *model)
{
    bool tokens = extras_are(model, FC_EXTRAS_TOKENS) || extras_are(model, FC_EXTRAS_PUBLISHED);
    return model->sight.grid + (tokens ? FC_EXTRAS : 0);
}

static const fc_lightcurves_network *network_of(const fc_classifier *model)
{
    return model->base.kind->network;
}

void fc_classifier_build(void *context, nn_plan *plan, nn_ports *ports)
{
    const fc_classifier *model = context;
    int tokens = fc_token_count(model), width = fc_token_width(model), batch = nn_plan_batch(plan);
    fc_class_inputs in = {.classes = model->classes};
    in.tokens = model->sight.points ? nn_input_ragged(plan, batch * tokens, tokens, width, false)
                                    : nn_input(plan, 2, (int[]){tokens, width});
    fc_class_network network = network_of(model)->build(plan, model->base.config, &in);
    ports->inputs[0] = in.tokens;
    ports->output = network.logits;
    ports->target = nn_input(plan, 1, &model->classes);
    if (!nn_plan_training(plan)) {
        ports->kept[0] = network.pooled;
        ports->kept[1] = network.tokens;
    }
}

/* --- a new one --- */

static int allocate_statistics(fc_classifier *model, nn_error *error)
{
    size_t bands = (size_t)model->bands.count, columns = (size_t)fc_channel_count(model) + FC_EXTRAS;
    model->softening = malloc(bands * sizeof(double));
    model->shift = calloc(columns, sizeof(double));
    model->scale = malloc(columns * sizeof(double));
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
    model->bands = *set->bands;
    model->redshift = set->redshift;
    return copy_names(model, set->classes, set->class_names, error);
}

static void sizes(const fc_model *base, fc_sizes *sizes)
{
    *sizes = (fc_sizes){.variates = ((const fc_classifier *)base)->bands.count};
}

static void settle(fc_model *base)
{
    fc_classifier *model = (fc_classifier *)base;
    network_of(model)->sight(base->config, &model->sight);
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
    return allocate_statistics(model, error);
}

const fc_task fc_lightcurves_task = {
    .name = "lightcurves",
    .purpose = FC_CLASSIFIES,
    .training = fc_class_training_options,
    .model_size = sizeof(fc_classifier),
    .fields = fc_lightcurves_fields,
    .take = take,
    .sizes = sizes,
    .settle = settle,
    .build = build,
    .complete = complete,
    .learn = fc_classifier_learn,
    .forget = fc_classifier_forget,
    .calibrate = fc_classifier_calibrate,
};

/* --- what comes out --- */

void fc_class_probabilities(const fc_classifier *model, const nn_real *logits, double *p)
{
    double most = -INFINITY, sum = 0;
    for (int c = 0; c < model->classes; c++)
        most = fmax(most, (double)logits[c]);
    for (int c = 0; c < model->classes; c++)
        sum += p[c] = exp(((double)logits[c] - most) / model->temperature);
    for (int c = 0; c < model->classes; c++)
        p[c] /= sum;
}

int fc_class_feature_count(const fc_classifier *model)
{
    return 2 * fc_channel_count(model) + (model->redshift ? FC_EXTRAS : 0);
}

void fc_class_features(const fc_classifier *model, const nn_real *tokens, int count, const double *extras,
                       double *features)
{
    int channels = fc_channel_count(model), width = fc_token_width(model);
    for (int c = 0; c < channels; c++) {
        double sum = 0, most = -INFINITY;
        for (int t = 0; t < count; t++) {
            double x = (double)tokens[(size_t)t * (size_t)width + (size_t)c];
            sum += x;
            most = fmax(most, x);
        }
        features[c] = sum / count;
        features[channels + c] = most;
    }
    for (int e = 0; model->redshift && e < FC_EXTRAS; e++)
        features[2 * channels + e] = (extras[e] - model->shift[channels + e]) / model->scale[channels + e];
}

double fc_class_novelty(const fc_classifier *model, const nn_real *pooled)
{
    if (!model->novelty)
        return NAN;
    double features[FC_MOST_WIDTH], distance;
    for (int i = 0; i < model->width; i++)
        features[i] = (double)pooled[i];
    fc_mahalanobis_distance(&distance, &model->normal, features, 1);
    const double *q = model->novelty;
    int last = FC_NOVELTY_QUANTILES - 1, k = 0;
    while (k < last && q[k + 1] <= distance)
        k++;
    if (!(distance > q[0]))
        return 0;
    if (k == last)
        return 1;
    return (k + (distance - q[k]) / (q[k + 1] - q[k])) / last;
}
