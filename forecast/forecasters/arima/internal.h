/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of ARIMA. */
#ifndef FC_ARIMA_INTERNAL_H
#define FC_ARIMA_INTERNAL_H

#include "forecast/forecasters/arima/arima.h"

/* A row of this variance or more, by sigma2, does not count: its past says nothing. */
#define ARIMA_UNKNOWN 1e4

enum {
    ARIMA_TERMS = (FC_ARIMA_LAGS + 1) * (FC_ARIMA_LAGS + 1), /* most terms of phi(B) Phi(B^m) */
    ARIMA_LAGS = 4 * FC_ARIMA_LAGS,                          /* most ARMA coefficients */
    ARIMA_COLUMNS = 2 + FC_ARIMA_REGRESSORS                  /* values, constant and regressors */
};

/* The products phi(B) Phi(B^m) = 1 - sum phi_j B^j and theta(B) Theta(B^m) = 1 + sum theta_j B^j. phi[j - 1],
 * theta[j - 1] belong to lag j; both have r values, 0 behind their last. Arrays are borrowed. */
typedef struct arima_poly {
    int p, q, r; /* r = max(p, q + 1): size of the state */
    double *phi, *theta;
    int phi_terms, theta_terms;                       /* that are not 0 */
    int phi_lag[ARIMA_TERMS], theta_lag[ARIMA_TERMS]; /* their lags, rising */
} arima_poly;

/* r of these orders. */
int arima_state_size(const fc_arima_order *order);
/* poly->phi and theta: r values each. */
void arima_expand(const fc_arima_order *order, const double *coefficient, arima_poly *poly);

/* Partial autocorrelations to coefficients of a stationary autoregression, in place, and back (false: not
 * stationary). */
void arima_from_partial(double *ar, int count);
bool arima_to_partial(double *ar, int count);

/* Room of doubles that arima_start and arima_covariance need. */
size_t arima_start_room(const arima_poly *poly);
/* first (r): covariance of the stationary state with its first element, by sigma2. False: not stationary. */
bool arima_start(const arima_poly *poly, double *first, double *room);

/* (1-B)^d (1-B^m)^D: its lags' coefficients, as y = w + sum delta_j y_(t-j). delta: d + m D values. Returns
 * their number. */
int arima_delta(const fc_arima_order *order, double *delta);

/* Value of the constant's regressor in row i, from 0. */
static inline double arima_constant(const fc_arima_order *order, size_t row)
{
    return order->d + order->seasonal_d == 0 ? 1 : (double)row + 1;
}
static inline bool arima_has_constant(const fc_arima_order *order)
{
    return order->constant && order->d + order->seasonal_d < 2;
}

/* --- the search --- */

/* What a search over the ARMA coefficients of differenced values needs; made once for the largest orders. */
typedef struct arima_search {
    fc_arima_order order; /* of the model at hand; not above those that it was made for */
    size_t n;             /* rows of w */
    int columns;          /* 1 + regressors left */
    double *w;            /* columns x n: differenced values, then orthonormal differenced regressors */
    double *e;            /* columns x n: residuals */
    double *state;        /* columns x (r + 1) */
    double *gain, *low;   /* r + 1 each */
    double *room;
    arima_poly poly;
    double beta[1 + FC_ARIMA_REGRESSORS]; /* of the orthonormal regressors, at the last likelihood */
    double back[(2 + FC_ARIMA_REGRESSORS) *
                (2 + FC_ARIMA_REGRESSORS)]; /* row c: differenced column c by orthonormal ones */
    bool dropped[2 + FC_ARIMA_REGRESSORS];  /* regressors that vanish */
    double shrink;                          /* 1 / the least modulus of a root */
    double rounding;                        /* of the values: differences below it are none */
    bool squares;                           /* conditional squares instead of the likelihood */
    double *lanes;                          /* room for several points at once, at a multiple of 64 bytes */
    double *block;
} arima_search;

int arima_search_make(arima_search *search, const fc_arima_order *most, const double *y, size_t n,
                      const fc_regressors *x, nn_error *error);
void arima_search_free(arima_search *search);
/* Which constant the models at hand have: with it the first column of regressors counts. */
void arima_search_order(arima_search *search, const fc_arima_order *order);

/* Minus the log-likelihood at these ARMA coefficients, greatest over the regressors' ones and sigma2;
 * infinite where not stationary. No allocation. */
double arima_minus_loglik(arima_search *search, const double *coefficient);

/* The same at `count` points, as arima_search_run has them, at once; value: count. */
void arima_minus_logliks(arima_search *search, int count, const double (*point)[ARIMA_LAGS], double *value);

/* Products of the residuals of every two columns, by their variance. */
typedef struct arima_sums {
    double product[ARIMA_COLUMNS][ARIMA_COLUMNS]; /* on and under the diagonal */
    double scale, logs;                           /* the product of the variances, in two parts */
    size_t counted;                               /* rows */
} arima_sums;

/* What lanes of a likelihood share. */
typedef struct arima_lanes {
    fc_arima_order order;
    size_t n;
    int columns;
    double shrink, seasonal_shrink; /* of lags and of seasons */
    const double *w;                /* columns x n */
    double *room;                   /* as arima_search_make lays it out */
} arima_lanes;
/* Sums (count) of the likelihood at points; good: false where a point has to be looked at alone, for it is
 * not stationary, or its variance is lost in rounding. */
void arima_lanes_sums(const arima_lanes *task, int count, const double (*point)[ARIMA_LAGS], arima_sums *sums,
                      bool *good);

typedef enum arima_care {
    ARIMA_ROUGH,    /* to some hundredths of the log-likelihood, for comparing models */
    ARIMA_POLISHED, /* the best one of the rough ones to the last digits */
    ARIMA_FINE      /* each to the last digits */
} arima_care;

/* Minus the log-likelihood at the best point (one number for each ARMA coefficient, unbounded; zeros: white
 * noise) that descending finds from `point`, which it overwrites, and from the `tried` best of `more` points
 * that are spread evenly. */
double arima_search_run(arima_search *search, double *point, int more, int tried, arima_care careful);
void arima_point_to_coefficients(const arima_search *search, const double *point, double *coefficient);

/* Whether all roots of the model at point lie outside the circle of this radius. */
bool arima_point_beyond(arima_search *search, const double *point, double radius);

/* NN_USAGE for orders that cannot be. */
int arima_check(const fc_arima_order *order, const fc_regressors *x, nn_error *error);

/* Whether constant and regressors leave nothing to explain. */
bool arima_is_perfect(const arima_search *search);

/* The model at these ARMA coefficients, with its regression and its figures. */
int arima_finish(arima_search *search, const double *coefficient, fc_arima_model *model, const double *y,
                 size_t n, const fc_regressors *x, nn_error *error);

/* Constant and regressors at the last likelihood into coefficient, which points behind the ARMA ones. */
void arima_search_regression(const arima_search *search, double *coefficient);

#endif
