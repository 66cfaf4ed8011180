/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FLAIR (Honda 2026, arXiv 2605.07222): a series folded by its period is one shape times a level per period;
 * the shape is that of the last periods, the level is forecast by ridge regression. */
#ifndef FC_FLAIR_H
#define FC_FLAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FC_FLAIR_LEAST_LEVELS = 3,  /* whole periods below which a period is none */
    FC_FLAIR_MOST_LEVELS = 500, /* levels that are looked at */
    FC_FLAIR_LEAST_ROWS = 5     /* below which there is nothing to regress */
};

/* What is chosen once for a series. */
typedef struct fc_flair_model {
    int period;    /* P rows of a level; 1: the series is its level */
    int cycle;     /* levels of a secondary cycle that is divided away; 0: none */
    int lag;       /* levels back that a level is explained by beside the last one; 0: none */
    double shrink; /* what noise leaves of the level (Gavish & Donoho 2017) */
    double lambda; /* Box-Cox power of the level, 0 to 1 */
} fc_flair_model;

/* For y (n, without NaN) with these periods (rising, each at least 2) to choose from. False without memory.
 */
bool fc_flair_choose(fc_flair_model *model, const double *y, size_t n, const int *periods, int count);
/* Rows before an origin that its forecasts go by. */
size_t fc_flair_reach(const fc_flair_model *model);

/* A fold y (levels, P) by its singular values: T log(RSS1 / T) + (P + levels - 1) log T of the rank one, and
 * what is left of the first singular value without noise. False without memory. */
bool fc_flair_fold(const double *y, size_t levels, size_t period, double *bic, double *shrink);
/* out (cycle): of levels (count) the mean proportion of each phase, leaning on the first harmonic where BIC
 * speaks for it, else on 1. False where no two cycles are there. */
bool fc_flair_cycle(const double *level, size_t count, int cycle, double *out);

/* The level as it goes on: levels and what is ahead on the Box-Cox scale, less the last one. */
enum { FC_FLAIR_FEATURES = 4 };
typedef struct fc_flair_ridge {
    double beta[FC_FLAIR_FEATURES]; /* of 1, the trend, the last level, and that of the lag */
    int lag;                        /* 0: none */
    size_t residuals;               /* leave-one-out, each by the root of 1 + its leverage, of mean 0 */
} fc_flair_ridge;
/* level: count + blocks, the latter set to the forecast. residual: count. trend, spread: blocks; the damped
 * trend, and the root of 1 + the leverage of a step. False without memory, and where
 * values have no squares. */
bool fc_flair_ridge_fit(fc_flair_ridge *ridge, int lag, double *level, size_t count, double *residual,
                        double *trend, double *spread, size_t blocks);
/* A step of a level, by those before it. */
double fc_flair_ridge_step(const fc_flair_ridge *ridge, const double *level, double trend);

/* What an origin shows. */
typedef struct fc_flair_sight {
    fc_flair_model model;
    size_t horizon, blocks; /* steps; levels that they take */
    size_t levels;
    double last, shift, low, high;
    fc_flair_ridge ridge;
    double *level;    /* levels + blocks */
    double *trend;    /* blocks */
    double *spread;   /* blocks */
    double *residual; /* ridge.residuals */
    double *turn;     /* blocks: of the secondary cycle */
    double *shape;    /* P, of sum 1 */
    double *noise;    /* columns x P: what periods of the past were off by, of the shape's share */
    double *bias;     /* P: their mean */
    size_t columns;
    double *store; /* all of these; owned */
} fc_flair_sight;

/* Of y (n, without NaN), its last fc_flair_reach rows; for fc_flair_sight_clear also where it is false,
 * without memory, with fewer than FC_FLAIR_LEAST_ROWS levels, and where they have no squares. */
bool fc_flair_see(fc_flair_sight *sight, const fc_flair_model *model, const double *y, size_t n, int horizon);
/* The forecast, out (horizon). */
void fc_flair_point(const fc_flair_sight *sight, double *out);
/* One path, by its key. room: levels + blocks. */
void fc_flair_path(const fc_flair_sight *sight, uint64_t key, double *room, double *out);
void fc_flair_sight_clear(fc_flair_sight *sight);

#endif
