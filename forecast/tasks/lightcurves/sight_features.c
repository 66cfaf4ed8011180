/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The features of a classifier's sight. */
#include "forecast/tasks/lightcurves/sight_features.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

ds_features *fc_sight_features(const fc_classifier *model, nn_error *error)
{
    return ds_features_new(
        &(ds_feature_settings){.bands = &model->bands,
                               .groups = model->sight.groups,
                               .shortest = model->sight.features ? model->sight.shortest : FC_LATE_SHORTEST},
        error);
}

int fc_features_take(fc_classifier *model, nn_error *error)
{
    ds_features *features = fc_sight_features(model, error);
    if (!features)
        return error && error->code ? error->code : NN_FAILED;
    const int count = ds_features_count(features);
    int code =
        (model->features = calloc((size_t)count, sizeof *model->features)) ? NN_OK : nn_no_memory(error);
    for (int i = 0; i < count && !code; i++, model->feature_count++)
        if (!(model->features[i] = strdup(ds_features_name(features, i))))
            code = nn_no_memory(error);
    ds_features_free(features);
    return code;
}

void fc_features_see(float *seen, const double *features, int count)
{
    for (int i = 0; i < count; i++)
        seen[i] = fabs(features[i]) <= FLT_MAX ? (float)features[i] : NAN;
}

int fc_features_check(const fc_classifier *model, nn_error *error)
{
    ds_features *features = fc_sight_features(model, error);
    if (!features)
        return error && error->code ? error->code : NN_FAILED;
    bool same = ds_features_count(features) == model->feature_count;
    for (int i = 0; i < model->feature_count && same; i++)
        same = strcmp(ds_features_name(features, i), model->features[i]) == 0;
    ds_features_free(features);
    return same ? NN_OK
                : nn_fail(error, NN_BAD_DATA,
                          "the model was made with other features than this version has; train it anew");
}
