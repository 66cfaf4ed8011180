/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ridge regression of targets on their own past and on columns that are known beforehand. */
#ifndef FC_LINEAR_KNOWN_H
#define FC_LINEAR_KNOWN_H

#include "forecast/forecasters/linear/parts.h"

/* What explains the steps of a block, alike for every block: F features. With S the season, a narrow layout
 * looks one season back, a wide one at the seasons -1, -2, -3 and -7 of the target and, of what is known, at
 * those of the block itself, -1 and -7. All of it is relative to the mean of the rows it looks back over;
 * those means of known columns, the day of the week and the time of year stand beside it. */
typedef struct fc_known_layout {
    int season, horizon;
    int wide;   /* 0: narrow */
    int block;  /* steps of a block */
    int blocks; /* that make up the horizon */
    int count;  /* known columns of a target */
    int phases; /* models by the row of the season that the origin is in; 1: one for all */
} fc_known_layout;

enum { FC_KNOWN_MOST_BLOCK = 48 };

int fc_known_features(const fc_known_layout *layout);
int fc_known_reach(const fc_known_layout *layout); /* rows before the origin that are looked at */
/* phi (F) for a block; x and u[i] point at the origin's row of target and known columns, scaled. Returns the
 * target's mean before the origin. */
double fc_known_explain(double *phi, const fc_known_layout *layout, int block, const double *x,
                        const double *const *u, const ds_civil *origin);

/* Targets and known columns of a fit. */
typedef struct fc_known_data {
    const fc_linear_data *targets;
    const double *u;     /* K x count x rows, scaled; borrowed */
    const ds_time *time; /* rows; NULL: not dated */
} fc_known_data;

/* Chooses layout and strength on folds; layout->count, season and horizon are set. loss: mean squared error
 * over the folds; NaN where there are too few rows. weights (malloced): K x phases x blocks x F x block. */
int fc_known_fit(fc_known_layout *layout, double **weights, double *strength, double *loss,
                 const fc_known_data *data, nn_pool *pool, nn_error *error);

#endif
