/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a classifier learns from, while it does. Shared by the fit*.c. */
#ifndef FC_CLASS_FIT_INTERNAL_H
#define FC_CLASS_FIT_INTERNAL_H

#include "forecast/tasks/lightcurves/training/fit.h"

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

/* Whether the n-th member of a part is known to be of a class, rather than of a name above classes alone, and
 * how many are. */
bool fc_part_has_class(const fc_part_source *part, size_t n);
size_t fc_part_classes(const fc_part_source *part);
/* Sets what samples of each label weigh in the loss of these of the part's members; index NULL: of the first
 * `count`. Balanced: samples / N_c with N_c of the batch, so that each class present weighs the same; what is
 * only known to be above classes weighs as theirs do on average. */
void fc_part_weigh(fc_part_source *part, const size_t *index, size_t count);
/* The mean loss of the part where every object gets the class shares of the training part; it is weighed
 * anew.
 */
double fc_part_naive_loss(fc_part_source *part);

/* Softening, shift and scale of the model. */
int fc_fit_scaling(fc_fitting *fitting, nn_error *error);

#endif
