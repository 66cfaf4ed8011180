/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A view whose targets stand on another scale, for forecasters that are fitted there. */
#ifndef FC_SCALING_H
#define FC_SCALING_H

#include "datasets/series/view.h"
#include "forecast/statistics/transform.h"

/* It points into itself: it stays where it was made. */
typedef struct fc_scaled_view {
    ds_table table; /* its values are owned */
    ds_view view;
} fc_scaled_view;

/* lambda (targets): the powers of FC_BOXCOX that suit the rows of part, of a season of so many; others 0. */
int fc_scaling_learn(double *lambda, int scale, const ds_view *view, ds_part part, int season,
                     nn_error *error);
/* All rows; values that have no place on the scale are missing. */
int fc_scaled_view_make(fc_scaled_view *scaled, const ds_view *view, int scale, const double *lambda,
                        nn_error *error);
void fc_scaled_view_clear(fc_scaled_view *scaled);

#endif
