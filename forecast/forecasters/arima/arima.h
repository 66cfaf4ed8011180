/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ARIMA(p,d,q)(P,D,Q)[m] of one series (Box & Jenkins 1970; likelihood by Gardner, Harvey & Phillips 1980),
 * with a mean or drift and regressors:
 *
 *     phi(B) Phi(B^m) (1-B)^d (1-B^m)^D (y - c - x b) = theta(B) Theta(B^m) e,  e ~ N(0, sigma2)
 *
 * phi(B) = 1 - ar1 B - ..., theta(B) = 1 + ma1 B + ..., c the mean where d + D = 0 and the drift times the
 * row (from 1) where d + D = 1. The likelihood is exact for the differenced series; what came before is
 * diffuse with variance 1e6 sigma2, and rows that nothing is known of before (variance from 1e4 sigma2) do
 * not count: numbers are those of R's arima. Missing values are NaN. Everything is deterministic, and
 * thread-safe. */
#ifndef FC_ARIMA_H
#define FC_ARIMA_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    FC_ARIMA_LAGS = 8, /* most of p, q, P, Q each */
    FC_ARIMA_REGRESSORS = 24,
    FC_ARIMA_MOST_PERIOD = 350,
    FC_ARIMA_COEFFICIENTS = 4 * FC_ARIMA_LAGS + 1 + FC_ARIMA_REGRESSORS
};

typedef struct fc_arima_order {
    int p, d, q, seasonal_p, seasonal_d, seasonal_q;
    int period;    /* m, at least 1; 1: the seasonal orders are 0 */
    bool constant; /* a mean or a drift; none where d + D is 2 or more */
} fc_arima_order;

/* Regressors: `count` columns of `rows` values each, one column after the other; for a forecast they reach
 * over the horizon. */
typedef struct fc_regressors {
    int count;
    size_t rows;
    const double *x;
} fc_regressors;

typedef struct fc_arima_model {
    fc_arima_order order;
    int count; /* coefficients: ar, ma, seasonal ar, seasonal ma, constant, regressors */
    double coefficient[FC_ARIMA_COEFFICIENTS]; /* in that order */
    size_t used;                               /* rows that count: the known ones less d + m D */
    double loglik, aic, aicc, bic;             /* aicc infinite where `used` is too small for it */
    double sigma2;                             /* squares of the standardised residuals by used - count */
} fc_arima_model;

typedef enum fc_arima_method {
    FC_ARIMA_ML, /* the exact likelihood, from starts of conditional squares and others */
    FC_ARIMA_CSS /* conditional squares, the first d + m D + p + m P rows given; neither stationary nor
                    invertible by force */
} fc_arima_method;

/* Numbers of ARMA coefficients, and of all. */
int fc_arima_lags(const fc_arima_order *order);
int fc_arima_coefficients(const fc_arima_order *order, int regressors);

/* Fills in loglik to sigma2 at the coefficients given. NN_BAD_DATA where the autoregression is not stationary
 * or no value is left. x may be NULL. */
int fc_arima_score(fc_arima_model *model, const double *y, size_t n, const fc_regressors *x, nn_error *error);

/* The best coefficients for the orders given. Rounds of a quasi-Newton search from several starts, over
 * partial autocorrelations, so that every model is stationary and invertible; constant and regressors by
 * generalised least squares. NN_BAD_DATA where too few values are there. A series that the model fits
 * perfectly has sigma2 0 and an infinite likelihood. */
int fc_arima_fit(fc_arima_model *model, const fc_arima_order *order, fc_arima_method method, const double *y,
                 size_t n, const fc_regressors *x, nn_error *error);

/* mean and variance (horizon each, of a single future value; variance may be NULL) behind the n values. */
int fc_arima_forecast(const fc_arima_model *model, const double *y, size_t n, const fc_regressors *x,
                      int horizon, double *mean, double *variance, nn_error *error);

/* weight (horizon): what an error does to the value so many rows later (psi weights; the first is 1). */
int fc_arima_weights(const fc_arima_model *model, int horizon, double *weight, nn_error *error);

/* Limits of an automatic choice. */
typedef struct fc_arima_choice {
    int period;                           /* 1: no season */
    int most_p, most_q;                   /* usually 5 */
    int most_seasonal_p, most_seasonal_q; /* usually 2 */
    bool thorough;                        /* for the least AICc rather than for forecasts */
} fc_arima_choice;

/* Orders and coefficients of a small AICc: D by the strength of the season, d by KPSS
 * (statistics/unit_root.h), the others stepwise (Hyndman & Khandakar 2008), each model by its exact
 * likelihood. No root may lie inside the circle of 1.01: models whose best coefficients have one are passed
 * over. A thorough search holds them there instead, and goes on from the next best models too: a lower AICc
 * in twice the time, and on M3 no better forecasts. */
int fc_arima_choose(fc_arima_model *model, const fc_arima_choice *choice, const double *y, size_t n,
                    const fc_regressors *x, nn_error *error);

/* "ARIMA(1,1,2)(0,1,1)[12] with drift" */
void fc_arima_name(const fc_arima_order *order, char *text, size_t size);

#endif
