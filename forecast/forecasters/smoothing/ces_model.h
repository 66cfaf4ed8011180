/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Complex exponential smoothing of one series (Svetunkov, Kourentzes & Ord 2022). Of a pair (x1, x2) with an
 * error e x1 <- x1 - (1 - a1) x2 + (a0 - a1) e      x2 <- x1 + (1 - a0) x2 + (a0 + a1) e N forecasts by x1 of
 * the last row, S by x1 of the row one period ago, P by the last row's plus an additive season (s <- s + b0
 * e), F by the last row's plus x1 of a pair of a period ago with b0 and b1. The first states are found by
 * running over the series, back, and over it again. */
#ifndef FC_CES_MODEL_H
#define FC_CES_MODEL_H

#include <stdbool.h>
#include <stddef.h>

/* x (2 (1 + period)): the pair of the last row (without season: all there is), then one pair of each phase of
 * a period. */
typedef struct fc_ces_model {
    char kind;             /* 'N', 'S', 'P', 'F' */
    int period;            /* 1 for N */
    double a[2], b[2];     /* b[0] for P and F, b[1] for F */
    double *start;         /* states before the first value; owned */
    double *last;          /* behind the last one; in the same block */
    size_t rows, count;    /* values, and those that are there */
    double log_likelihood; /* -1/2 n log(sum of squared errors) */
    double sigma2;         /* the sum of squares / (n - k - 1) with k states of a row and one more */
    double aic, aicc, bic; /* with the same k */
} fc_ces_model;

/* Doubles of the states of one period. */
size_t fc_ces_states(int period);

/* Runs over y (NaN where missing: no error) from x, whose first value is in phase `phase`. */
void fc_ces_filter(const fc_ces_model *model, double *x, size_t phase, const double *y, size_t n,
                   double *squares, size_t *count);

/* Everything behind kind, period, a and b on y, for fc_ces_clear. False without memory. */
bool fc_ces_evaluate(fc_ces_model *model, const double *y, size_t n);

/* The least squares of a kind with a0 in .01 to 1.8, a1 in .01 to 1.9 and b in .01 to 1.5, where errors of
 * the first states die out in each pair. False without memory or with fewer than 2 period or 5 values. */
bool fc_ces_fit(fc_ces_model *model, char kind, int period, const double *y, size_t n);

/* The kind of the smallest AICc; N where period is 1 or above half of n. */
bool fc_ces_choose(fc_ces_model *model, int period, const double *y, size_t n);

void fc_ces_clear(fc_ces_model *model);

/* From states x whose next value is in phase `phase`; room (fc_ces_states) is overwritten. */
void fc_ces_forecast(const fc_ces_model *model, const double *x, size_t phase, int horizon, double *mean,
                     double *room);
void fc_ces_variance(const fc_ces_model *model, int horizon, double *variance, double *room);

#endif
