/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classifiers that see an object as a row of features. */
#ifndef FC_SIGHT_FEATURES_H
#define FC_SIGHT_FEATURES_H

#include "datasets/lightcurves/features/features.h"
#include "forecast/tasks/lightcurves/lightcurves.h"

/* What makes the features of the model's sight; NULL and the reason as ds_features_new. */
ds_features *fc_sight_features(const fc_classifier *model, nn_error *error);
/* Of a new model with such a sight: how many there are, and their names. */
int fc_features_take(fc_classifier *model, nn_error *error);
/* Features as a model sees them: what a float cannot hold is as good as unknown. */
void fc_features_see(float *seen, const double *features, int count);
/* NN_BAD_DATA where a file's features are not those of this version. */
int fc_features_check(const fc_classifier *model, nn_error *error);

#endif
