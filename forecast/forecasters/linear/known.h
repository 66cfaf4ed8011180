/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ridge regression of blocks of steps on the target's seasons before the origin and on other columns, some of
 * them known beforehand: after the linear models of day-ahead prices (Lago et al. 2021, arXiv 2008.08004). */
#ifndef FC_LINEAR_KNOWN_H
#define FC_LINEAR_KNOWN_H

#include "forecast/forecasters/linear/parts.h"

/* What explains the steps of a block: F features. With S the season, a narrow layout looks one season back, a
 * wide one at the seasons -1, -2, -3 and -7 of the target and, of what is known beforehand, at those of the
 * block itself, -1 and -7; of other columns at the last season. Means of columns, the day of the week and the
 * time of year stand beside it. */
typedef struct fc_known_layout {
    int season, horizon;
    int block;  /* steps of a block */
    int blocks; /* that make up the horizon */
    int count;  /* columns known beforehand, of a target */
    int past;   /* further columns of it, known up to the origin */
    /* The design: members of a mean may differ in it. */
    int wide;     /* 0: narrow */
    int phases;   /* models by the row of the season that the origin is in; 1: one for all */
    int absolute; /* values as they are scaled; 0: less their mean over the rows it looks back over */
    int squashed; /* the target through asinh, as spikes ask for */
    int fade;     /* rows in which a row's weight falls to 1/e of a later one's; 0: all weigh the same */
} fc_known_layout;

enum { FC_KNOWN_MOST_BLOCK = 48, FC_KNOWN_MOST_MEMBERS = 2 };

int fc_known_features(const fc_known_layout *layout);
int fc_known_reach(const fc_known_layout *layout); /* rows before the origin that are looked at */
/* phi (F) for a block; x and u[i], first those known beforehand, point at the origin's row of target and
 * columns, scaled. Returns what is to be added to the forecast. origin: the time of the
 * first row of the forecast; NULL: not dated. */
double fc_known_explain(double *phi, const fc_known_layout *layout, int block, const double *x,
                        const double *const *u, const ds_time *origin);

/* asinh about a target's middle, in widths; back, no further than `most`. */
typedef struct fc_known_squash {
    double middle, width, most;
} fc_known_squash;
/* By the median and the median absolute deviation of n values; most: 1 beyond the largest. room: n. */
fc_known_squash fc_known_squash_of(const double *x, size_t n, double *room);
static inline double fc_known_squashed(const fc_known_squash *s, double x)
{
    return asinh((x - s->middle) / s->width);
}
static inline double fc_known_unsquashed(const fc_known_squash *s, double v)
{
    return s->middle + s->width * sinh(v < -s->most ? -s->most : v > s->most ? s->most : v);
}

/* Targets and columns of a fit. */
typedef struct fc_known_data {
    const fc_linear_data *targets;
    const double *squashed;        /* K x rows; borrowed like what follows */
    const fc_known_squash *squash; /* K */
    const double *u;               /* K x columns x rows, scaled */
    int columns;                   /* of a target: as many as any layout has */
    const ds_time *time;           /* rows; NULL: not dated */
} fc_known_data;

/* A design and how strong its ridge is, in mean eigenvalues. */
typedef struct fc_known_member {
    fc_known_layout layout;
    double strength;
} fc_known_member;

typedef struct fc_known_choice {
    int members; /* whose mean forecasts; 0: there are too few rows for any */
    fc_known_member member[FC_KNOWN_MOST_MEMBERS];
    double loss; /* mean squared error over the folds; NaN: there were none */
} fc_known_choice;

/* Chooses designs on folds, each forecast from the rows before it; `open` has what all share. */
int fc_known_choose(fc_known_choice *choice, const fc_known_layout *open, const fc_known_data *data,
                    nn_pool *pool, nn_error *error);

/* Sums over windows that those of later rows may join. */
typedef struct fc_known_sums {
    double *g;  /* K x phases x blocks x F x (F + block), see fc_known_row; owned; NULL: not kept */
    size_t end; /* rows seen so far */
} fc_known_sums;
/* More bytes of sums than that are not kept. */
#define FC_KNOWN_MOST_KEPT 3e8
double fc_known_sums_bytes(const fc_known_layout *layout, int targets);

/* weights, K x phases x blocks x F x block, of all rows of data; keeps, or goes on from, sums with g. */
int fc_known_solve(double *weights, fc_known_sums *sums, const fc_known_member *member,
                   const fc_known_data *data, nn_pool *pool, nn_error *error);
size_t fc_known_weights(const fc_known_layout *layout, int targets);

/* --- for the choice --- */

/* One origin of a target as phi and y (F + block), y less *less. False where a step of the block is no truth.
 */
bool fc_known_row(double *row, double *less, const fc_known_layout *layout, const fc_known_data *data,
                  int target, int block, size_t origin);
/* Rows join the sums phi phi' (lower half) and phi y' of g (F, F + block). */
void fc_known_add(double *g, const fc_known_layout *layout, const double *rows, int count);
/* theta (F,block); zero where nothing can be solved. room: F x F. */
void fc_known_theta(double *theta, double *room, const fc_known_layout *layout, const double *g,
                    double strength);

#endif
