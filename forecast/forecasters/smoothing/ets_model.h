/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exponential smoothing of one series as a model of states (Hyndman, Koehler, Ord & Snyder 2008): level l,
 * growth b and season s, each additive (A), multiplicative (M) or absent (N), with an additive or
 * multiplicative error. With q = l + phi b (or l b^phi, or l), forecast f = q, q + s or q s, and d = (y
 * without its season) - q: l <- q + alpha d      b <- phi b + beta d (M: b^phi + beta d / l)      s <- s +
 * gamma (y without q - s) beta and gamma are those of this form, as in R's forecast. */
#ifndef FC_ETS_MODEL_H
#define FC_ETS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FC_ETS_FORMS = 15, FC_ETS_PERIOD = 24, FC_ETS_PARAMETERS = 4 + 2 + FC_ETS_PERIOD };

typedef struct fc_ets_form {
    char error, trend, season; /* 'A', 'M' or 'N'; the error is A or M */
    bool damped;
    int period; /* rows of a season, 2 to FC_ETS_PERIOD; 1 without */
} fc_ets_form;

typedef struct fc_ets_state {
    double level, growth;
    double season[FC_ETS_PERIOD]; /* by phase: [t % period] holds for value t */
    size_t phase;                 /* of the value that comes next */
} fc_ets_state;

typedef struct fc_ets_model {
    fc_ets_form form;
    double alpha, beta, gamma, phi; /* phi 1 where not damped */
    fc_ets_state start, last;       /* before the first value and behind the last one */
    size_t count;                   /* values that are there */
    int parameters;                 /* smoothing parameters and free initial states, without the variance */
    double squares;                 /* sum of squared errors; relative errors where they are multiplicative */
    double log_likelihood; /* -1/2 (n log squares + 2 sum log |f|), the sum for multiplicative errors */
    double sigma2;         /* squares / (count - parameters) */
    double aic, aicc, bic; /* with one parameter more for the variance */
} fc_ets_model;

/* Runs the recursion over y, NaN where a value is missing (its own forecast stands for it), from state on,
 * which it leaves behind the last value. sum of squares and of log |f| are added to *squares and *logs, and
 * the values that are there to *count. False where a multiplicative error met a forecast of 0 or below. */
bool fc_ets_filter(const fc_ets_model *model, fc_ets_state *state, const double *y, size_t n, double *squares,
                   double *logs, size_t *count);

/* Filters y from model->start at the model's parameters and sets everything behind them. */
void fc_ets_evaluate(fc_ets_model *model, const double *y, size_t n);

/* Smoothing parameters and free initial states of the form. */
int fc_ets_count(fc_ets_form form);

/* The largest likelihood of the form over y (n values, NaN where missing) with 1e-4 <= beta <= alpha, 1e-4 <=
 * gamma <= 1 - alpha, .8 <= phi <= .98. False where the form has too many parameters for y, or a
 * multiplicative one met a value of 0 or below. */
bool fc_ets_fit(fc_ets_model *model, fc_ets_form form, const double *y, size_t n);

/* The form of the smallest AICc among all that are stable: errors A and M, trends N and A, damped or not,
 * seasons N, A and M, without the A errors of M seasons; only additive ones where a value is 0 or below, none
 * with a season where period is 1 or above FC_ETS_PERIOD. False where even the simplest has too many
 * parameters. */
bool fc_ets_choose(fc_ets_model *model, int period, const double *y, size_t n);

/* The same forms with their Akaike weights (proportional to exp(-AICc / 2), of sum 1; Kolassa 2011): those
 * that have more than a fiftieth of the best one's, which comes first. Returns how many, 0 where
 * fc_ets_choose fails. */
int fc_ets_weigh(fc_ets_model models[FC_ETS_FORMS], double weight[FC_ETS_FORMS], int period, const double *y,
                 size_t n);

/* Means of the next horizon values: the recursion continued without errors. */
void fc_ets_forecast(const fc_ets_model *model, const fc_ets_state *state, int horizon, double *mean);

/* Variances of the next horizon values, and expected, their exact means: other than the recursion only where
 * error and season are multiplicative (chapter 6 of the book, its classes 1 to 3). False for other forms. */
bool fc_ets_variance(const fc_ets_model *model, const fc_ets_state *state, int horizon, double *expected,
                     double *variance);

/* A future (horizon) with normal errors drawn by key; multiplicative ones are no less than -1. */
void fc_ets_simulate(const fc_ets_model *model, const fc_ets_state *state, int horizon, uint64_t key,
                     double *path);

#endif
