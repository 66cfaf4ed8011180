/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the forest beside a network says. */
#include "forecast/tasks/lightcurves/rival.h"

#include <math.h>
#include <stdio.h>

void fc_rival_name_both(const fc_classifier *model, fc_rival_naming *names)
{
    const char *own = model->base.kind->name;
    names->rival = model->base.companion ? model->base.companion->kind->name : NULL;
    snprintf(names->model, sizeof names->model, "%.20s%s%.20s", own, fc_rival_share(model) > 0 ? " + " : "",
             fc_rival_share(model) > 0 ? names->rival : "");
    snprintf(names->alone, sizeof names->alone, "%.40s alone", own);
}

/* An array of the model's forest among its parameters. */
static nn_real *array_of(const fc_classifier *model, const char *name)
{
    const nn_params *params = model->base.params;
    return params->data + nn_params_find(params, name)->offset;
}

fc_grown_forest fc_classifier_forest(const fc_classifier *model)
{
    const nn_param *root = nn_params_find(model->base.params, "forest.root");
    return (fc_grown_forest){.features = fc_token_width(model),
                             .classes = model->classes,
                             .trees = (int)root->count,
                             .nodes = (size_t)model->forest.nodes,
                             .leaves = (size_t)model->forest.leaves,
                             .root = array_of(model, "forest.root"),
                             .node = array_of(model, "forest.node"),
                             .leaf = array_of(model, "forest.leaf")};
}

void fc_rival_call(const fc_classifier *rival, const float *features, const double *extras, nn_real *x,
                   double *p)
{
    const int channels = fc_channel_count(rival), width = fc_token_width(rival);
    const fc_grown_forest forest = fc_classifier_forest(rival);
    nn_real logits[FC_MOST_CLASSES];
    for (int k = 0; k < width; k++)
        x[k] = k < channels ? (nn_real)features[k] : (nn_real)extras[k - channels];
    fc_forest_predict(&forest, x, p);
    for (int c = 0; c < rival->classes; c++) /* as the network's form of a forest smooths it */
        logits[c] = (nn_real)log((p[c] * forest.trees + 1.0 / rival->classes) / (forest.trees + 1));
    fc_class_probabilities(rival, logits, p);
}
