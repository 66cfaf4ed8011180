/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classifiers that see an object as a row of features, and those of them that are grown rather than trained.
 */
#ifndef FC_CLASS_GROW_H
#define FC_CLASS_GROW_H

#include "forecast/tasks/lightcurves/training/fit.h"

/* See fc_task.grow. What a tree has not drawn validates it: the forest learns from the training and the
 * validation part, and temperature and scores are of each object by the trees that have not seen it. */
bool fc_classifier_grows(const fc_model *model);
int fc_classifier_grow(fc_model *model, fc_lesson *lesson, nn_pool *pool, nn_error *error);
/* The same of rows that are there, without novelty: for a forest that stands beside a network. */
int fc_classifier_grow_on(fc_classifier *model, const fc_feature_rows *rows, nn_pool *pool, nn_error *error);
/* See fc_task.prove. */
int fc_classifier_prove(const fc_model *model, const char *path, nn_error *error);

#endif
