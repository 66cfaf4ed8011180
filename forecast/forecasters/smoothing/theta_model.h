/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Theta family for one series without season (Assimakopoulos & Nikolopoulos 2000; Fiorucci, Pellegrini,
 * Louzada & Petropoulos 2016). Behind i values, with level l, a line A + B t and w = 1 - 1/theta:
 *
 *     forecast = l + w (A (1 - alpha)^i + B (1 - (1 - alpha)^(i+1)) / alpha),     l <- alpha y + (1 - alpha)
 * l
 *
 * The line is that of least squares through all of y (static), or through the values so far (dynamic). The
 * classic one is simple exponential smoothing with a drift of half the line's slope. */
#ifndef FC_THETA_MODEL_H
#define FC_THETA_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum fc_theta_kind {
    FC_THETA_CLASSIC,
    FC_THETA_STM,  /* static, theta 2 */
    FC_THETA_OTM,  /* static, theta searched for */
    FC_THETA_DSTM, /* dynamic, theta 2 */
    FC_THETA_DOTM  /* dynamic, theta searched for */
} fc_theta_kind;

typedef struct fc_theta_state {
    double level, mean, intercept, slope; /* mean of the values so far */
    size_t count;
} fc_theta_state;

typedef struct fc_theta_model {
    fc_theta_kind kind;
    double start, alpha, theta; /* start: the level before the first value */
    double intercept, slope;    /* of the line through all of y, t = 1, 2, ... */
    double squares;             /* of the errors from the fourth value on; of all for the classic one */
    double sigma2;              /* their mean, less the degrees of freedom */
    fc_theta_state last;        /* behind the last value */
} fc_theta_model;

/* Runs over y from *state, zeroed at the beginning but for the level; a missing value (NaN) is taken for its
 * forecast. Adds to *squares and *count what errors from the fourth value on give. */
void fc_theta_filter(const fc_theta_model *model, fc_theta_state *state, const double *y, size_t n,
                     double *squares, size_t *count);

/* Sets what follows from kind, start, alpha and theta on y: line, last state, squares and sigma2. */
void fc_theta_evaluate(fc_theta_model *model, const double *y, size_t n);

/* The least squares of its kind with .1 <= alpha <= .99, theta in 1 to 1e10 and a start no further from 0 and
 * the values than these range (the classic one: the largest likelihood of its smoothing). y has no missing
 * values. With fewer than 5 the last value is its level. False without memory. */
bool fc_theta_fit(fc_theta_model *model, fc_theta_kind kind, const double *y, size_t n);

/* The kind of least squares but the classic one. */
bool fc_theta_choose(fc_theta_model *model, const double *y, size_t n);

void fc_theta_forecast(const fc_theta_model *model, const fc_theta_state *state, int horizon, double *mean);

/* A future (horizon) with normal errors drawn by key. */
void fc_theta_simulate(const fc_theta_model *model, const fc_theta_state *state, int horizon, uint64_t key,
                       double *path);

/* Exact, as every value is linear in the errors before it. */
void fc_theta_variance(const fc_theta_model *model, const fc_theta_state *state, int horizon,
                       double *variance);

#endif
