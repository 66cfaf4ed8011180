/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree over a classifier's classes: what the loss, labels and answers go by. A label is then a node of it:
 * a class, or what alone is known of an object, a name above classes. */
#ifndef FC_HIERARCHY_H
#define FC_HIERARCHY_H

#include "forecast/statistics/classes/answers.h"
#include "lib/plan.h"

/* Of a model; it stays where it is. All 0: there is no tree. */
typedef struct fc_hierarchy {
    char *text;   /* the tree in its compact form, as the model's file has it; owned; NULL: there is none */
    double alpha; /* ln p of a node below its parent counts exp(-alpha (depth - 1)) in the loss of networks */
    fc_answer_rule rule; /* chosen on the validation part; NaN before */
    fc_taxonomy tree;
    double weight[FC_MOST_NODES];
    nn_class_tree loss; /* of the above */
} fc_hierarchy;

/* Of answers that were never tried. */
#define FC_UNTRIED_CONFIDENCE 0.9

/* A copy of the tree over these classes. */
int fc_hierarchy_set(fc_hierarchy *hierarchy, const fc_taxonomy *tree, double alpha,
                     const char *const *classes, nn_error *error);
/* From its text and alpha, after a file was read. */
int fc_hierarchy_complete(fc_hierarchy *hierarchy, const char *const *classes, int count, nn_error *error);

/* The loss of an object with p (leaves) that is known to be of a node. */
double fc_hierarchy_loss(const fc_hierarchy *hierarchy, const double *p, int node);

#endif
