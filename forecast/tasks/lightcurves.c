/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast/tasks/lightcurves_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(fc_class_training, name)
const nn_option fc_class_training_options[] = {
    {"epochs", 0, NN_INT, FIELD(epochs), "30", "N", 1, 100000, "passes over the training objects"},
    {"batch", 0, NN_INT, FIELD(batch), "64", "N", 1, 65536, "objects per step"},
    {"learning-rate", 0, NN_REAL, FIELD(learning_rate), "3e-3", "RATE", 1e-12, 10,
     "of the optimiser at its highest"},
    {"schedule", 0, NN_CHOICE, FIELD(schedule), "cosine", "type1|type2|type3|cosine|constant", 0, 0,
     "how the learning rate falls"},
    {"warmup", 0, NN_REAL, FIELD(warmup), "0.05", "SHARE", 0, 0.9,
     "share of all steps with rising rate (cosine)"},
    {"patience", 0, NN_INT, FIELD(patience), "0", "N", 0, 100000,
     "epochs without a better validation loss before training stops; 0: never"},
    {"optimiser", 0, NN_CHOICE, FIELD(optimiser), "adamw", "adam|adamw", 0, 0,
     "Adam, or Adam with decoupled decay"},
    {"weight-decay", 0, NN_REAL, FIELD(weight_decay), "1e-4", "RATE", 0, 10,
     "pull of the weights towards zero"},
    {"clip", 0, NN_REAL, FIELD(clip), "1", "NORM", 0, 1e9, "largest norm of the gradient; 0: no limit"},
    {"balanced", 0, NN_FLAG, FIELD(balanced), "true", NULL, 0, 0,
     "every class weighs the same in a batch, as published, rather than every object"},
    {"shards", 0, NN_INT, FIELD(shards), "4", "N", 1, 1024,
     "parts of a batch that run side by side: the most threads training can use; changes results in the last "
     "digits"},
    {"seed", 0, NN_SEED, FIELD(seed), "1", "N", 0, 0, "of weights, order of objects, dropout and split"},
    {0}};

void fc_classifier_free(fc_classifier *model)
{
    if (!model)
        return;
    if (model->kind && model->config)
        nn_options_clear(model->kind->options, model->config);
    free(model->config);
    for (int i = 0; model->class_names && i < model->classes; i++)
        free(model->class_names[i]);
    free(model->class_names);
    free(model->class_counts);
    free(model->softening);
    free(model->shift);
    free(model->scale);
    fc_mahalanobis_clear(&model->normal);
    fc_nearest_mean_clear(&model->nearest);
    free(model->novelty);
    free(model->record.train_loss);
    free(model->record.validation_loss);
    nn_params_free(model->params);
    free(model);
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

void fc_classifier_build(void *context, nn_plan *plan, nn_ports *ports)
{
    const fc_classifier *model = context;
    int tokens = fc_token_count(model), width = fc_token_width(model), batch = nn_plan_batch(plan);
    fc_class_inputs in = {.classes = model->classes};
    in.tokens = model->sight.points ? nn_input_ragged(plan, batch * tokens, tokens, width, false)
                                    : nn_input(plan, 2, (int[]){tokens, width});
    fc_class_network network = model->kind->classifier->build(plan, model->config, &in);
    ports->inputs[0] = in.tokens;
    ports->output = network.logits;
    ports->target = nn_input(plan, 1, &model->classes);
    if (!nn_plan_training(plan)) {
        ports->kept[0] = network.pooled;
        ports->kept[1] = network.tokens;
    }
}

/* --- a new one --- */

static int register_params(fc_classifier *model, nn_error *error)
{
    int code = model->kind->classifier->check ? model->kind->classifier->check(model->config, error) : NN_OK;
    if (code)
        return code;
    model->kind->classifier->sight(model->config, &model->sight);
    model->params = nn_params_new();
    nn_plan *plan = model->params ? nn_plan_new(model->params, 1, false) : NULL;
    if (!plan)
        return nn_no_memory(error);
    nn_ports ports = {0};
    fc_classifier_build(model, plan, &ports);
    code = nn_plan_check(plan, error);
    model->width = ports.kept[0] ? ports.kept[0]->shape[1] : 0;
    nn_plan_free(plan);
    return code;
}

static int allocate_statistics(fc_classifier *model, nn_error *error)
{
    size_t bands = (size_t)model->bands.count, columns = (size_t)fc_channel_count(model) + FC_EXTRAS;
    model->softening = malloc(bands * sizeof(double));
    model->shift = calloc(columns, sizeof(double));
    model->scale = malloc(columns * sizeof(double));
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

int fc_classifier_complete(fc_classifier *model, const void *config, nn_error *error)
{
    model->config = calloc(1, model->kind->config_size);
    if (!model->config)
        return nn_no_memory(error);
    int code = nn_options_copy(model->kind->options, model->config, config, error);
    if (code == NN_OK)
        code = register_params(model, error);
    return code ? code : allocate_statistics(model, error);
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

int fc_classifier_new(fc_classifier **out, const fc_kind *kind, const void *config, const ds_bands *bands,
                      int classes, const char *const *class_names, bool redshift, uint64_t seed,
                      nn_error *error)
{
    *out = NULL;
    if (classes < 2 || classes > FC_MOST_CLASSES)
        return nn_fail(error, NN_BAD_DATA, "%d class%s: a classifier needs 2 to %d", classes,
                       classes == 1 ? "" : "es", FC_MOST_CLASSES);
    fc_classifier *model = calloc(1, sizeof *model);
    if (!model)
        return nn_no_memory(error);
    model->kind = kind;
    model->bands = *bands;
    model->redshift = redshift;
    snprintf(model->record.version, sizeof model->record.version, "%s", AUSPEX_VERSION);
    int code = nn_options_default(fc_class_training_options, &model->record.training, error);
    model->record.training.seed = seed;
    if (code == NN_OK)
        code = copy_names(model, classes, class_names, error);
    if (code == NN_OK)
        code = fc_classifier_complete(model, config, error);
    if (code == NN_OK)
        code = nn_params_allocate(model->params, seed, error);
    if (code) {
        fc_classifier_free(model);
        return code;
    }
    model->redshift = redshift && model->sight.extras != FC_EXTRAS_NONE;
    *out = model;
    return NN_OK;
}

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
