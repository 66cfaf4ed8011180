/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ridge regression of each step ahead of a station on its own and other stations' last values, its profile
 * over the day and the week, what is known of the step beforehand, and random bends of all that (an extreme
 * learning machine, Huang et al. 2006). */
#ifndef FC_LINEAR_STEPS_H
#define FC_LINEAR_STEPS_H

#include "forecast/forecasters/linear/known.h"

enum { FC_STEP_MOST_ANCHORS = 24, FC_STEP_DESIGN = 9 };

/* What explains a step. */
typedef struct fc_step_layout {
    int targets, horizon, season;
    int count, past; /* columns of a target, known beforehand and up to the origin */
    int anchors;     /* steps with weights of their own; between two of them weights are mixed */
    /* The design, FC_STEP_DESIGN whole numbers. */
    int own;      /* last values of the target */
    int others;   /* nearest other targets */
    int lags;     /* last values of each of them */
    int kinds;    /* of days, each with a profile: 0: none, 1, 2: working days and others, 7 */
    int year;     /* its time counts */
    int bends;    /* random features */
    int relative; /* to the last value */
    int columns;  /* other columns count */
    int around;   /* and what is known beforehand of the others' step */
} fc_step_layout;

int fc_step_linear(const fc_step_layout *layout); /* features but the bends: its own, others', its own earlier
                                                     values, and a 1 */
int fc_step_features(const fc_step_layout *layout);            /* all */
int fc_step_inputs(const fc_step_layout *layout);              /* of the bends: the first features */
int fc_step_foreign(const fc_step_layout *layout, int *count); /* the first of the others' features */
/* The step of an anchor, the last one being the last step; and where a step lies: anchor *a, and the share of
 * the next one. */
int fc_step_anchor(const fc_step_layout *layout, int a);
double fc_step_between(const fc_step_layout *layout, int step, int *a);

/* One origin as a target sees it, scaled. */
typedef struct fc_step_sight {
    const double *x; /* target j's value `lag` rows before the origin is x[j stride - lag] */
    size_t stride;
    const double *u;    /* column i of target j at the origin's row is u[(j wide + i) deep], those known
                           beforehand    first */
    size_t wide, deep;  /* columns of a target; rows of a column */
    const int *nearest; /* others */
    int target, step;
    double now, then;    /* profile in the row before the origin, and in the step's */
    double season, year; /* angles of the step's row */
    const double *bend;  /* (inputs + 1, bends), see fc_step_bend */
} fc_step_sight;

/* phi (F); returns what is to be added to the forecast. */
double fc_step_explain(double *phi, const fc_step_layout *layout, const fc_step_sight *sight);
/* The same numbers wherever they are drawn; malloced, NULL without memory. */
double *fc_step_bend(const fc_step_layout *layout);

/* Means by kind of day and row of the season, of the rows before `end`; smoothed over neighbouring rows. */
typedef struct fc_step_profile {
    int kinds, season;
    double *sum, *count; /* K x kinds x season; owned */
} fc_step_profile;

int fc_step_profile_make(fc_step_profile *profile, const fc_step_layout *layout, const fc_known_data *data,
                         size_t end, nn_error *error);
void fc_step_profile_free(fc_step_profile *profile);
/* In a row of the data, without what the row's own day gave to it. */
double fc_step_profile_at(const fc_step_profile *profile, const fc_known_data *data, int target, size_t row,
                          size_t end);
/* 0 to kinds - 1. */
int fc_step_kind(int kinds, ds_time time);

typedef struct fc_step_member {
    fc_step_layout layout;
    double strength;
} fc_step_member;

typedef struct fc_step_choice {
    int members; /* whose mean forecasts; 0: too few rows */
    fc_step_member member[FC_KNOWN_MOST_MEMBERS];
    double loss;
    size_t cut[FC_LINEAR_FOLDS +
               2]; /* fold i is the rows from cut[i + 1] to cut[i + 2], forecast from those before */
} fc_step_choice;

/* nearest: K x (K - 1), the nearest first. */
int fc_step_choose(fc_step_choice *choice, const fc_step_layout *open, const fc_known_data *data,
                   const int *nearest, nn_pool *pool, nn_error *error);
/* weights (K, anchors, F) and means (K, kinds, season) of the profile, of all rows. */
int fc_step_solve(double *weights, double *profile, const fc_step_member *member, const fc_known_data *data,
                  const int *nearest, nn_pool *pool, nn_error *error);

/* Parts of a forecast: the designs', and simple ones that stand beside them. */
enum { FC_GUARD_DESIGN, FC_GUARD_LAST, FC_GUARD_SEASON, FC_GUARD_MEAN, FC_GUARD_PARTS };
enum { FC_GUARD_MOST_STEPS = 4 };
/* The step ahead, from 0, that the i-th of so many shares of a station is of. */
int fc_guard_step(int horizon, int steps, int i);
/* share (K, steps, FC_GUARD_PARTS): convex, by the errors on the folds of the choice. */
int fc_step_guard(double *share, int steps, const fc_step_choice *choice, const fc_known_data *data,
                  const int *nearest, nn_pool *pool, nn_error *error);

/* --- for both --- */

/* Sums of the rows of one target and step. */
typedef struct fc_step_sums {
    const fc_step_layout *layout;
    const fc_known_data *data;
    const fc_step_profile *profile;
    const int *nearest;
    const double *bend;
    int target, step;
    size_t end;       /* of the rows that the profile is of */
    double *g, *rows; /* (F, F + 1); some rows of F + 1; owned */
} fc_step_sums;
int fc_step_sums_make(fc_step_sums *sums, nn_error *error);
void fc_step_sums_free(fc_step_sums *sums);
/* phi and y less *less of an origin; false where y is no truth. */
bool fc_step_row(double *row, double *less, const fc_step_sums *sums, size_t origin);
/* Origins from `from` on, one in `apart`, whose step lies before `to`. */
void fc_step_sums_add(fc_step_sums *sums, size_t from, size_t to, size_t apart);
/* theta (F); own values pay a part of what others do. room: F x F. */
void fc_step_theta(double *theta, double *room, const fc_step_sums *sums, double strength);

#endif
