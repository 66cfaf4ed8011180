/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a classifier learns from, while it does. Shared by fit.c and fit_scaling.c. */
#ifndef FC_CLASS_FIT_INTERNAL_H
#define FC_CLASS_FIT_INTERNAL_H

#include "forecast/tasks/lightcurves/fit.h"

/* One part of the objects, as the training loop sees it. */
typedef struct fc_part_source {
    const fc_classifier *model;
    const fc_class_set *set;
    const size_t *place; /* of the network's tokens of an object, in tokens */
    const nn_real *tokens;
    size_t *members; /* objects of the set */
    size_t count;
    double *weight; /* per class: of one sample in the loss */
    bool balanced;
    double drop;         /* share of the samples that are shown in part */
    const size_t *batch; /* the current batch, and tokens before each of its samples */
    size_t *tokens_before;
} fc_part_source;

typedef struct fc_fitting {
    fc_classifier *model;
    const fc_class_set *set;
    size_t *place;
    nn_real *tokens;
    fc_part_source train, validation;
} fc_fitting;

/* Softening, shift and scale of the model. */
int fc_fit_scaling(fc_fitting *fitting, nn_error *error);

#endif
