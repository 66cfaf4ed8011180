/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A copy of a view's targets that a forecaster may change before another one sees them. */
#ifndef DS_SHADOW_H
#define DS_SHADOW_H

#include "datasets/series/view.h"

typedef struct ds_shadow {
    ds_table table;
    ds_view view;   /* K columns, each a target */
    double *values; /* rows x K, NaN where there is no truth; owned */
    int *index;
    uint8_t *role;
    char **names;
} ds_shadow;

/* Rows from to from + rows of the view's targets. */
int ds_shadow_make(ds_shadow *shadow, const ds_view *view, size_t from, size_t rows, nn_error *error);
void ds_shadow_clear(ds_shadow *shadow);

#endif
