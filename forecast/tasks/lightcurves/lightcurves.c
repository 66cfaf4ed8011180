/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sizes of a classifier of light curves, and what comes out of its network. */
#include "forecast/tasks/lightcurves/lightcurves.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

fc_classifier *fc_classifier_of(const fc_model *model)
{
    return model && model->task == &fc_lightcurves_task ? (fc_classifier *)model : NULL;
}

_Static_assert(FC_MOST_NODES >= FC_MOST_CLASSES + FC_MOST_PARENTS && (int)NN_MOST_NODES >= (int)FC_MOST_NODES,
               "a tree has room for all classes");

/* --- sizes --- */

int fc_label_count(const fc_classifier *model)
{
    return model->hierarchy.text ? model->hierarchy.tree.nodes : model->classes;
}

static bool extras_are(const fc_classifier *model, fc_extras_form form)
{
    return model->redshift && model->sight.extras == form;
}

int fc_channel_count(const fc_classifier *model)
{
    int bands = model->bands.count;
    /* points: time, flux, error, which band, measures */
    return model->sight.features   ? model->feature_count
           : model->sight.points   ? 3 + bands + fc_measure_count(model)
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
    return model->sight.grid + fc_more_tokens(model);
}

int fc_more_tokens(const fc_classifier *model)
{
    bool tokens = extras_are(model, FC_EXTRAS_TOKENS) || extras_are(model, FC_EXTRAS_PUBLISHED);
    return model->sight.features ? 1 : tokens ? FC_EXTRAS : 0;
}

const fc_lightcurves_network *fc_classifier_network(const fc_classifier *model)
{
    return model->base.kind->network;
}

void fc_classifier_build(void *context, nn_plan *plan, nn_ports *ports)
{
    const fc_classifier *model = context;
    int tokens = fc_token_count(model), width = fc_token_width(model), batch = nn_plan_batch(plan);
    fc_class_inputs in = {.classes = model->classes, .forest = model->forest};
    in.tokens = model->sight.points ? nn_input_ragged(plan, batch * tokens, tokens, width, false)
                                    : nn_input(plan, 2, (int[]){tokens, width});
    if (model->sight.late)
        in.late = nn_input(plan, 1, &model->feature_count);
    fc_class_network network = fc_classifier_network(model)->build(plan, model->base.config, &in);
    ports->inputs[0] = in.tokens;
    ports->inputs[1] = in.late;
    ports->output = network.logits;
    const int labels = fc_label_count(model);
    ports->target = nn_input(plan, 1, &labels);
    if (!nn_plan_training(plan)) {
        ports->kept[0] = network.pooled;
        ports->kept[1] = network.tokens;
    }
}

/* --- what stands beside it --- */

fc_classifier *fc_rival_of(const fc_classifier *model)
{
    return fc_classifier_of(model->base.companion);
}

double fc_rival_share(const fc_classifier *model)
{
    return model->base.companion && model->rivalry.share > 0 ? model->rivalry.share : 0;
}

void fc_mix(double *p, const double *rival, int classes, double share)
{
    for (int c = 0; c < classes; c++)
        p[c] = (1 - share) * p[c] + share * rival[c];
}

/* --- what comes out --- */

static void shifted_probabilities(const fc_classifier *model, const nn_real *logits, double *p)
{
    double most = -INFINITY, sum = 0;
    for (int c = 0; c < model->classes; c++)
        most = fmax(most, p[c] = (double)logits[c] / model->temperature + model->offset[c]);
    for (int c = 0; c < model->classes; c++)
        sum += p[c] = exp(p[c] - most);
    for (int c = 0; c < model->classes; c++)
        p[c] /= sum;
}

void fc_class_probabilities(const fc_classifier *model, const nn_real *logits, double *p)
{
    double most = -INFINITY, sum = 0;
    if (model->offset) {
        shifted_probabilities(model, logits, p);
        return;
    }
    for (int c = 0; c < model->classes; c++)
        most = fmax(most, (double)logits[c]);
    for (int c = 0; c < model->classes; c++)
        sum += p[c] = exp(((double)logits[c] - most) / model->temperature);
    for (int c = 0; c < model->classes; c++)
        p[c] /= sum;
}

void fc_own_shares(const fc_classifier *model, double *share)
{
    const fc_lightcurves_network *network = fc_classifier_network(model);
    fc_forest_settings forest;
    bool balanced = model->base.record.training.balanced != 0;
    if (network->forest) {
        network->forest(model->base.config, &forest);
        balanced = forest.balanced;
    }
    fc_prior_probabilities(share, 1, model->class_counts, model->classes);
    for (int c = 0; c < model->classes && balanced; c++)
        share[c] = 1.0 / model->classes;
    double sum = 0;
    for (int c = 0; c < model->classes && model->offset; c++)
        sum += share[c] *= exp(model->offset[c]);
    for (int c = 0; c < model->classes && model->offset; c++)
        share[c] /= sum;
}

void fc_trained_shares(const fc_classifier *model, double *share)
{
    const double mixed = fc_rival_share(model);
    double rival[FC_MOST_CLASSES];
    fc_own_shares(model, share);
    if (mixed > 0) {
        fc_own_shares(fc_rival_of(model), rival);
        fc_mix(share, rival, model->classes, mixed);
    }
}

int fc_class_feature_count(const fc_classifier *model)
{
    return (model->sight.features ? 1 : 2) * fc_channel_count(model) + (model->redshift ? FC_EXTRAS : 0);
}

void fc_class_features(const fc_classifier *model, const nn_real *tokens, int count, const double *extras,
                       double *features)
{
    int channels = fc_channel_count(model), width = fc_token_width(model);
    for (int c = 0; model->sight.features && c < fc_class_feature_count(model); c++)
        features[c] = (double)tokens[width + c];
    for (int c = 0; !model->sight.features && c < channels; c++) {
        double sum = 0, most = -INFINITY;
        for (int t = 0; t < count; t++) {
            double x = (double)tokens[(size_t)t * (size_t)width + (size_t)c];
            sum += x;
            most = fmax(most, x);
        }
        features[c] = sum / count;
        features[channels + c] = most;
    }
    for (int e = 0; !model->sight.features && model->redshift && e < FC_EXTRAS; e++)
        features[2 * channels + e] = (extras[e] - model->shift[channels + e]) / model->scale[channels + e];
}

double fc_class_novelty(const fc_classifier *model, const nn_real *pooled, double *from_centre)
{
    if (from_centre)
        *from_centre = NAN;
    if (!model->novelty)
        return NAN;
    double features[FC_MOST_WIDTH], distance;
    for (int i = 0; i < model->width; i++)
        features[i] = (double)pooled[i];
    fc_mahalanobis_distance(&distance, &model->normal, features, 1);
    if (from_centre)
        *from_centre = distance;
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
