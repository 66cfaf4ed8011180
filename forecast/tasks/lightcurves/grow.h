/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classifiers that see an object as a row of features, and those of them that are grown rather than trained.
 */
#ifndef FC_CLASS_GROW_H
#define FC_CLASS_GROW_H

#include "datasets/lightcurves/features/features.h"
#include "forecast/tasks/lightcurves/fit.h"

/* What makes the features of the model's sight; NULL and the reason as ds_features_new. */
ds_features *fc_sight_features(const fc_classifier *model, nn_error *error);
/* Of a new model with such a sight: how many there are, and their names. */
int fc_features_take(fc_classifier *model, nn_error *error);
/* NN_BAD_DATA where a file's features are not those of this version. */
int fc_features_check(const fc_classifier *model, nn_error *error);

/* See fc_task.grow. What a tree has not drawn validates it: the forest learns from the training and the
 * validation part, and temperature and scores are of each object by the trees that have not seen it. */
bool fc_classifier_grows(const fc_model *model);
int fc_classifier_grow(fc_model *model, fc_lesson *lesson, nn_pool *pool, nn_error *error);
/* See fc_task.prove. */
int fc_classifier_prove(const fc_model *model, const char *path, nn_error *error);

#endif
