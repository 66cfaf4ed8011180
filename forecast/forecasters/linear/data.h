/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a linear forecaster keeps, and what it learns from. */
#ifndef FC_LINEAR_DATA_H
#define FC_LINEAR_DATA_H

#include "forecast/forecasters/linear/known.h"

typedef struct linear {
    fc_local local;
    int lags, level, cycle;
    int maps;     /* 1, shared by all targets, or K */
    double start; /* stamp of the cycle's first row */
    double
        strength;  /* of the ridge; NaN: each target has its own; -1: none, the level of the window stands */
    double loss;   /* over the folds of the choice; NaN: there were none */
    double *table; /* K x cycle, scaled; owned */
    double *weights;                   /* maps x (lags + 1) x horizon, of single precision; owned */
    fc_known_layout known;             /* count 0: nothing is known beforehand, and what stands above holds */
    double *known_mean, *known_spread; /* K x count; owned */
} linear;

/* The targets of the first rows of a view, scaled by the state's level and spread; for fc_linear_data_free,
 * also where it fails. */
int fc_linear_data_make(fc_linear_data *d, const linear *s, const ds_view *view, size_t rows,
                        nn_error *error);
void fc_linear_data_free(fc_linear_data *d);

/* Rows of the table's step from the stamp start to time. */
int fc_linear_steps(const ds_table *table, double start, ds_time time);

#endif
