/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A copy of a view's targets that a forecaster may change before another one sees them. */
#ifndef FC_SHADOW_H
#define FC_SHADOW_H

#include "datasets/series/view.h"

typedef struct fc_shadow {
    ds_table table;
    ds_view view;   /* K columns, each a target */
    double *values; /* rows x K, NaN where there is no truth; owned */
    int *index;
    uint8_t *role;
    char **names;
} fc_shadow;

/* Rows from to from + rows of the view's targets. */
int fc_shadow_make(fc_shadow *shadow, const ds_view *view, size_t from, size_t rows, nn_error *error);
void fc_shadow_clear(fc_shadow *shadow);

#endif
