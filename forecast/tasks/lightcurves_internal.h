/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the classifier_*.c. */
#ifndef FC_CLASSIFIER_INTERNAL_H
#define FC_CLASSIFIER_INTERNAL_H

#include "forecast/tasks/lightcurves.h"

/* Copies the config into a classifier whose kind, bands, classes and use of redshifts are in place, and makes
 * its parameters (without memory) and statistics. */
int fc_classifier_complete(fc_classifier *model, const void *config, nn_error *error);
/* After training: temperature and scores of the validation objects (labels: of its samples), and what pooled
 * vectors of the training objects are like. */
int fc_classifier_settle(fc_classifier *model, const nn_source *train, const nn_source *validation,
                         const int *labels, nn_pool *pool, nn_error *error);

#endif
