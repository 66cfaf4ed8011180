/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a linear forecaster keeps, and what it learns from. */
#ifndef FC_LINEAR_DATA_H
#define FC_LINEAR_DATA_H

#include "forecast/forecasters/linear/known.h"

enum { FC_KNOWN_DESIGN = 6 }; /* whole numbers of a design: wide, phases, absolute, squashed, fade, past */

typedef struct linear {
    fc_local local;
    int lags, level, cycle;
    int maps;     /* 1, shared by all targets, or K */
    double start; /* stamp of the cycle's first row */
    double
        strength;  /* of the ridge; NaN: each target has its own; -1: none, the level of the window stands */
    double loss;   /* over the folds of the choice; NaN: there were none */
    double *table; /* K x cycle, scaled; owned */
    double *weights; /* maps x (lags + 1) x horizon, of single precision; of designs: one after the other, as
                        fc_known_solve gives them; owned */
    int members;     /* designs whose mean forecasts; 0: what stands above does */
    fc_known_layout known;             /* what the designs have in common */
    int *design;                       /* members x FC_KNOWN_DESIGN; owned */
    double *known_strength;            /* members; owned */
    int old_wide, old_phases;          /* of files that had one design; 0 otherwise */
    int *past;                         /* K x known.past: which of the other columns; owned */
    double *known_mean, *known_spread; /* K x columns, those known beforehand first; owned */
    double *squash;                    /* K x 3: fc_known_squash; owned */
    /* For fitting again on more rows; not in a file. */
    fc_known_sums known_sums[FC_KNOWN_MOST_MEMBERS];
    struct fc_linear_sums *sums; /* maps, and their end; owned */
    double *strengths;           /* K; owned */
    size_t summed;               /* rows in the sums */
} linear;

/* The targets of the first rows of a view, scaled by the state's level and spread; for fc_linear_data_free,
 * also where it fails. */
int fc_linear_data_make(fc_linear_data *d, const linear *s, const ds_view *view, size_t rows,
                        nn_error *error);
void fc_linear_data_free(fc_linear_data *d);

/* Rows of the table's step from the stamp start to time. */
int fc_linear_steps(const ds_table *table, double start, ds_time time);
/* The row's number in the cycle that begins at the state's start. */
int fc_linear_phase(const linear *s, const ds_view *view, size_t origin);
/* window (lags): target k before the origin, scaled; what is missing is like the value before it. */
void fc_linear_see(const linear *s, const ds_view *view, size_t origin, int k, int lags, double *window);

/* --- designs over other columns --- */

/* What the designs have in common, by the view's columns. */
void fc_linear_lay_out(linear *s, const ds_view *view);
/* The layout of a member. */
fc_known_layout fc_linear_layout(const linear *s, int member);
/* Chooses designs where the state has none, and their weights; members stays 0 where too few rows tell. */
int fc_linear_fit_known(linear *s, const fc_linear_data *data, const ds_view *view, nn_error *error);
void fc_linear_forecast_known(const linear *s, const ds_view *view, size_t origin, int horizon, double *out);
size_t fc_linear_known_weights(const linear *s);

#endif
