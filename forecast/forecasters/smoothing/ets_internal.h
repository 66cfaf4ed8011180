/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the files that fit exponential smoothing. */
#ifndef FC_ETS_INTERNAL_H
#define FC_ETS_INTERNAL_H

#include "forecast/forecasters/smoothing/ets_model.h"

/* Of alpha, beta and gamma. */
#define ETS_LEAST 1e-4

enum { ETS_K = (FC_ETS_PARAMETERS + 7) & ~7 };

/* A point of the search: alpha, beta's and gamma's shares of what alpha leaves them, phi, then the free
 * initial states; only those that the form has. The last season follows from the others. */
typedef struct ets_point {
    fc_ets_form form;
    int count;                                   /* of x */
    int beta, gamma, phi, level, growth, season; /* where they stand in x; -1 without */
    double x[ETS_K], low[ETS_K], high[ETS_K];
} ets_point;

/* -2 log likelihood as n log(sum r^2) with residuals r_t = e_t G, G the geometric mean of |f_t| for
 * multiplicative errors and else 1. */
typedef struct ets_slope {
    double value;                             /* n log(sum r^2) */
    double squares;                           /* sum of r^2 */
    double gradient[ETS_K];                   /* of half the sum of r^2 */
    _Alignas(64) double square[ETS_K][ETS_K]; /* J'J of r */
} ets_slope;

void fc_ets_point_model(const ets_point *point, fc_ets_model *model);

/* States of a multiplicative season and of a multiplicative trend are above 0. */
bool fc_ets_possible(const fc_ets_model *model);

/* The value alone, cheaply; infinite where the form cannot be there. */
double fc_ets_value(const ets_point *point, const double *y, size_t n);

/* Value and derivatives; false where the value is infinite. */
bool fc_ets_slope_at(const ets_point *point, const double *y, size_t n, ets_slope *slope);

/* The step of (J'J + damping diag) step = -gradient for those of `count` unknowns that are not held; held
 * ones keep theirs. False where the equations are not positive definite. */
bool fc_ets_solve(const ets_slope *at, int count, double damping, const bool *held, double *move);

#endif
