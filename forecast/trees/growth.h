/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One tree of a forest, grown on binned features. */
#ifndef FC_TREE_GROWTH_H
#define FC_TREE_GROWTH_H

#include "forecast/trees/feature_bins.h"

/* What all trees are grown from. */
typedef struct fc_tree_soil {
    const fc_feature_bins *bins;
    const int *label;
    const size_t *origin; /* as fc_feature_rows has it, below origins */
    size_t origins;
    const double *class_weight; /* (classes) */
    const fc_forest_settings *settings;
    int classes, tries;
} fc_tree_soil;

/* A tree by itself, as fc_grown_forest has it, from node and leaf 0 on; malloced. */
typedef struct fc_tree {
    size_t nodes, leaves;
    nn_real *node, *leaf;
    uint8_t *drawn;     /* (count): how often a row was drawn into it, 255 at most */
    double *importance; /* (features) */
} fc_tree;

int fc_tree_grow(fc_tree *tree, const fc_tree_soil *soil, uint64_t key, nn_error *error);
void fc_tree_clear(fc_tree *tree);

#endif
