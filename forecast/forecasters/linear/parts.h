/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ridge regression on locally normalised windows, in parts: sums over windows, solutions, the choice. */
#ifndef FC_LINEAR_PARTS_H
#define FC_LINEAR_PARTS_H

#include "forecast/forecasters.h"

/* How a window explains what follows it. With c and s the mean and deviation of its last `level` values and q
 * the course of a cycle, it is phi = [x - c - q; s], and what is explained is y - c - q (SearchCast, arXiv
 * 2606.27282, section 3; q as in CycleNet, arXiv 2409.18479). */
typedef struct fc_linear_shape {
    int lags;        /* L: values before the origin */
    int level;       /* the last of them that c and s are of, 1 to L */
    int cycle;       /* W: rows of the cycle; 0: there is none */
    int steps;       /* J steps ahead that are explained */
    int reach;       /* rows from the origin on that a window takes up, at least step[J - 1] + 1 */
    const int *step; /* J, rising, from 0; NULL: the first J */
} fc_linear_shape;

static inline int fc_linear_features(const fc_linear_shape *shape)
{
    return shape->lags + 1;
}

/* Sums over the windows of one or several targets of the products of what explains and what is explained, q
 * being left in. F features, `wide` = F + J columns. */
typedef struct fc_linear_sums {
    fc_linear_shape shape;
    int members; /* targets that have a cycle of their own */
    double windows;
    double *g;     /* F x wide: phi phi' and phi y' of all together; owned */
    double *yy;    /* J: squares of y; owned */
    double *phase; /* members x W x wide: phi and y of the windows whose origin has a phase; owned */
    double *count; /* members x W: such windows; owned */
} fc_linear_sums;

int fc_linear_sums_new(fc_linear_sums *sums, const fc_linear_shape *shape, int members, nn_error *error);
void fc_linear_sums_clear(fc_linear_sums *sums); /* to 0 */
void fc_linear_sums_free(fc_linear_sums *sums);
/* Adds the windows of x whose lags begin at x[0] to x[windows - 1], the first origin being of that phase;
 * reads lags + reach + windows - 1 values. Time O(windows (L + reach) + (L + reach) L): sums of lags are
 * shared between windows that overlap. */
int fc_linear_sums_add(fc_linear_sums *sums, int member, const double *x, int phase, size_t windows,
                       nn_error *error);

/* Mean and deviation of the last `level` of the values before `end`. */
void fc_linear_level(const double *end, int level, double *mean, double *deviation);

/* Buffers of fc_linear_solve and fc_linear_loss for sums of a shape. */
typedef struct fc_linear_room {
    double *g;         /* F x wide: with the cycles taken away */
    double *yy;        /* J */
    double *factor;    /* F x F */
    double *course;    /* W x wide: q of the windows of a phase */
    double *less;      /* W x the larger of wide and W */
    double *effect;    /* J x W */
    double *equations; /* W x W */
    double *rest;      /* W x the larger of J and W */
    double *product;   /* F x J */
} fc_linear_room;
int fc_linear_room_new(fc_linear_room *room, const fc_linear_shape *shape, nn_error *error);
void fc_linear_room_free(fc_linear_room *room);

/* theta (F,J) of (G + strength trace(G) / F I) theta = B, and tables (members,W) of the cycles, in turns:
 * each by least squares given the other. strength infinite: theta 0, no cycle. False where nothing can be
 * solved, all is 0 then. */
bool fc_linear_solve(double *theta, double *tables, const fc_linear_sums *sums, double strength,
                     fc_linear_room *room);
/* Mean squared error over windows and steps; NaN without windows. */
double fc_linear_loss(const double *theta, const double *tables, const fc_linear_sums *sums,
                      fc_linear_room *room);

/* The targets of a view, ready for windows. */
typedef struct fc_linear_data {
    int targets, horizon, season;
    size_t rows;
    double *x;      /* K x rows: scaled, what is missing bridged by the last value before it; owned */
    uint8_t *truth; /* K x rows: 1 where a value is there and valid; owned */
    uint8_t *hole;  /* K x rows: 1 within stretches that are missing too long to be bridged; owned */
    int *place;     /* rows: steps from the cycle's beginning, at least 0; owned */
} fc_linear_data;

enum { FC_LINEAR_FOLDS = 3 };

/* What is chosen. */
typedef struct fc_linear_choice {
    int cycle; /* rows of the table of means by phase that is taken away first; 0: none */
    int lags, level;
    bool each;                    /* weights of its own for each target */
    double strength;              /* of all */
    double *strengths;            /* K: of each */
    double loss;                  /* mean squared error over the folds, scaled; NaN: there were none */
    double fold[FC_LINEAR_FOLDS]; /* of each */
} fc_linear_choice;

/* Rows that are held back in turn, and the steps ahead that are looked at there. */
enum { FC_LINEAR_STEPS = 24 };
typedef struct fc_linear_folds {
    int folds; /* 0: there are too few rows */
    size_t begin[FC_LINEAR_FOLDS], end[FC_LINEAR_FOLDS];
    int steps, step[FC_LINEAR_STEPS];
} fc_linear_folds;
void fc_linear_folds_make(fc_linear_folds *folds, const fc_linear_data *data);

/* By the mean over folds, each forecast from the rows before it, of what config leaves open. */
int fc_linear_choose(fc_linear_choice *choice, const fc_linear_data *data, const fc_linear_config *config,
                     nn_pool *pool, nn_error *error);

/* Adds all windows of target k within rows [begin,end) whose origin is at least `origin`. */
int fc_linear_sums_rows(fc_linear_sums *sums, int member, const fc_linear_data *data, int k, size_t begin,
                        size_t origin, size_t end, nn_error *error);
void fc_linear_run(nn_pool *pool, int count, void (*task)(void *context, int n, int worker), void *context);

#endif
