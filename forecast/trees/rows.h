/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What trees learn from, and how. */
#ifndef FC_FEATURE_ROWS_H
#define FC_FEATURE_ROWS_H

#include "lib/base/error.h"
#include "lib/base/real.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Objects, each a row of features. */
typedef struct fc_feature_rows {
    const nn_real *x;      /* (count, features); NaN: unknown */
    const int *label;      /* (count) 0..classes-1 */
    const size_t *origin;  /* (count): rows of one number are drawn together, so that none is out of the bag
                              whose like is in it; NULL: each by itself */
    size_t count;          /* at least 1 */
    int features, classes; /* classes at most 255 */
} fc_feature_rows;

/* Room for rows, which own it, to be filled through `room`. */
typedef struct fc_feature_room {
    nn_real *x;     /* (count, features) */
    int *label;     /* (count) */
    size_t *origin; /* (count) */
} fc_feature_room;
int fc_feature_rows_new(fc_feature_rows *rows, fc_feature_room *room, size_t count, int features, int classes,
                        nn_error *error);
void fc_feature_rows_free(fc_feature_rows *rows);

typedef struct fc_forest_settings {
    int trees;     /* at least 1 */
    int tries;     /* features that a split chooses among; 0: all, but 100 at most, with random cuts, else the
                      root of their number, rounded up */
    int least;     /* objects of a leaf, at least 1 */
    bool random;   /* one random cut of each feature tried rather than its best one */
    bool balanced; /* every class weighs the same in impurities and leaves */
    uint64_t seed;
} fc_forest_settings;

#endif
