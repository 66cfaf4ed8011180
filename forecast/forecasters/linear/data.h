/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a linear forecaster keeps, and what it learns from. */
#ifndef FC_LINEAR_DATA_H
#define FC_LINEAR_DATA_H

#include "forecast/forecasters/linear/steps.h"

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
    int statics, phases;   /* of all series together by static columns: these, and rows of the season in which
                              they count otherwise, at least 1; phases 0: not so */
    int members;           /* designs whose mean forecasts; 0: what stands above does */
    fc_known_layout known; /* what the designs have in common */
    int *design;           /* members x FC_KNOWN_DESIGN; owned */
    double *known_strength;              /* members; owned */
    int old_wide, old_phases;            /* of files that had one design; 0 otherwise */
    int *past;                           /* K x known.past: which of the other columns; owned */
    double *known_mean, *known_spread;   /* K x columns, those known beforehand first; owned */
    double *squash;                      /* K x 3: fc_known_squash; owned */
    int step_members, step_season;       /* designs by steps whose mean forecasts, of stations; 0: none */
    int *step_design;                    /* members x FC_STEP_DESIGN; owned */
    double *bounds;                      /* K x 2, scaled; NaN: none; owned */
    int guard_steps;                     /* shares of a station, of as many steps; 0: all is the designs' */
    double *guard;                       /* K x guard_steps x FC_GUARD_PARTS, see fc_step_guard; owned */
    double *step_mean;                   /* profiles of all members: K x kinds x season each; owned */
    int *nearest;                        /* K x (K - 1), the nearest first; owned */
    double *bend[FC_KNOWN_MOST_MEMBERS]; /* fc_step_bend; not in a file; owned */
    /* For fitting again on more rows; not in a file. */
    fc_known_sums known_sums[FC_KNOWN_MOST_MEMBERS];
    struct fc_linear_sums *sums; /* maps, and their end; owned */
    double *strengths;           /* K; owned */
    size_t summed;               /* rows in the sums */
    bool unheard;                /* too few rows told what is known beforehand means */
} linear;

/* Numbers that its weights are. */
size_t fc_linear_weights(const void *state);
/* What a model's file has of it, and its weights there and back; NN_BAD_DATA for what does not fit together.
 */
extern const fc_field fc_linear_fields[];
void fc_linear_write(json_t *object, const void *state);
int fc_linear_read(void *state, const json_t *object, const char *path, nn_error *error);

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

/* --- all series together by what never changes in each --- */

/* Chooses how many lags (0: it is open), levels and phases where that is not done yet, and fits the weights;
 * phases stay 0 where no fold says that it has a loss below `most` (NaN: than naive forecasts). */
int fc_linear_fit_statics(linear *s, const fc_linear_data *data, const ds_view *view, int lags, double most,
                          nn_error *error);
void fc_linear_forecast_statics(const linear *s, const ds_view *view, size_t origin, int horizon,
                                double *out);
size_t fc_linear_static_features(const linear *s);

/* --- designs over other columns --- */

/* What the designs have in common, by the view's columns. */
void fc_linear_lay_out(linear *s, const ds_view *view);
/* The layout of a member. */
fc_known_layout fc_linear_layout(const linear *s, int member);
/* Chooses designs where the state has none, and their weights; members stays 0 where too few rows tell, or
 * none has a loss below `most`. */
int fc_linear_fit_known(linear *s, const fc_linear_data *data, const ds_view *view, double most,
                        nn_error *error);
void fc_linear_forecast_known(const linear *s, const ds_view *view, size_t origin, int horizon, double *out);
size_t fc_linear_known_weights(const linear *s);

/* What is learnt from, beside the targets; to be freed also where it fails. */
typedef struct fc_linear_material {
    double *u, *squashed;
    fc_known_data data;
} fc_linear_material;
int fc_linear_material_make(fc_linear_material *m, linear *s, const fc_linear_data *data, const ds_view *view,
                            nn_error *error);
void fc_linear_material_free(fc_linear_material *m);
/* u (before + horizon): the i-th column of target k from so many rows before the origin on, scaled; gaps, and
 * rows that are not there, take the last value before them. */
void fc_linear_see_column(const linear *s, const ds_view *view, size_t origin, int k, int i, size_t before,
                          double *u);

/* --- designs by steps, of networks of stations --- */

fc_step_layout fc_linear_step_layout(const linear *s, int member);
size_t fc_linear_step_weights(const linear *s);
size_t fc_linear_step_means(const void *state);
int fc_linear_step_bends(linear *s, nn_error *error); /* sets s->bend */
/* Chooses designs where the state has none, and their weights; members stay 0 where too few rows tell. */
int fc_linear_fit_steps(linear *s, const fc_linear_data *data, const ds_view *view, nn_error *error);
/* A sentence on what was chosen. */
void fc_linear_describe_steps(const linear *s, char *text, size_t size);
void fc_linear_forecast_steps(const linear *s, const ds_view *view, size_t origin, int horizon, double *out);

#endif
