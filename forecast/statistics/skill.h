/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statistics of an honest evaluation: is a forecast better than a simple one, or was that chance?
 * Functions of plain arrays in time order. Entries with a NaN in any of the arrays are left out; what cannot
 * be computed is NaN. */
#ifndef FC_SKILL_H
#define FC_SKILL_H

#include "lib/base/error.h"

#include <stddef.h>

/* --- equal accuracy: Diebold & Mariano 1995, doi 10.1080/07350015.1995.10524599 --- */

typedef enum fc_dm_alternative {
    FC_DM_TWO_SIDED, /* the losses differ */
    FC_DM_LESS,      /* the first forecast loses less */
    FC_DM_GREATER    /* the first forecast loses more */
} fc_dm_alternative;

typedef struct fc_dm {
    size_t count;      /* pairs used, n */
    double difference; /* mean(d), in the units of the loss; below 0 where the first forecast loses less */
    double statistic;  /* NaN: not defined, for the two losses differ by a constant or n <= h */
    double p;          /* from Student's t with n-1 degrees of freedom; NaN likewise */
} fc_dm;

/* d_t = loss1_t - loss2_t, g_k its autocovariance at lag k (divided by n), h >= 1 the steps ahead of the
 * forecast: V = (g_0 + 2 sum_(k=1)^(h-1) (1 - k/h) g_k) / n                             (Bartlett: never
 * negative) statistic = mean(d) / sqrt(V) sqrt((n + 1 - 2h + h(h-1)/n) / n) with the correction of Harvey,
 * Leybourne & Newbold 1997, doi 10.1016/S0169-2070(96)00719-4; the same numbers as forecast::dm.test(...,
 * varestimator = "bartlett") of R. Takes time linear in count for any h.
 *
 * For windows that overlap the Bartlett weights give V too small: where d is a moving sum of h independent
 * values, 11 tests in a hundred reject at 5 % for n = 50 h, 13 for 10 h, 15 for 5 h (simulated). */
fc_dm fc_dm_losses(const double *loss1, const double *loss2, size_t count, size_t h,
                   fc_dm_alternative alternative);

enum { FC_MOST_TESTS = 64 };
/* p (count, at most FC_MOST_TESTS; NaN allowed and left out) corrected for their number (Holm 1979): p_(i)
 * becomes the largest (m - j + 1) p_(j), j <= i, in rising order, at most 1. */
void fc_holm(double *p, int count);

/* --- directions: Pesaran & Timmermann 1992, doi 10.1080/07350015.1992.10509922 --- */

typedef struct fc_directions {
    size_t count, flat; /* changes scored; changes of exactly 0, which have no direction and are left out */
    double hit_rate;    /* share of right directions */
    double up_rate;     /* share of changes that went up */
    double base_rate;   /* hit rate of always naming the more frequent direction: max(up, 1 - up) */
    double
        balanced_accuracy; /* mean of the hit rates among ups and among downs; a constant forecast has 0.5 */
    double statistic, p;   /* NaN where the forecasts or the changes all have one direction */
} fc_directions;

/* truth and forecast are changes against the value known when the forecast was made; up means above 0. With P
 * the hit rate, Py and Pf the shares of ups among changes and forecasts, P* = Py Pf + (1 - Py)(1 - Pf):
 *     statistic = (P - P*) / sqrt(V(P) - V(P*)),  V(P) = P*(1 - P*) / n,
 *     V(P*) = ((2Py - 1)^2 Pf (1 - Pf) + (2Pf - 1)^2 Py (1 - Py) + 4 Py Pf (1 - Py)(1 - Pf) / n) / n;
 * p is that of a standard normal value at least as large. Independent changes are assumed: not for windows
 * that overlap. */
fc_directions fc_directions_score(const double *truth, const double *forecast, size_t count);

/* --- a strategy by sign --- */

typedef struct fc_strategy_settings {
    double cost;             /* per side, as a fraction of the value traded: 0.0005 is 5 basis points */
    double periods_per_year; /* 252 for trading days; 1: the Sharpe ratio stays per period */
    double level;            /* of the bootstrap interval, such as 0.95 */
    size_t block, resamples; /* periods per block of the bootstrap, 0: the cube root of their number */
    unsigned long seed;
} fc_strategy_settings;

/* 5 basis points, 252 periods, 95 %, blocks by the cube root, 2000 resamples. */
extern const fc_strategy_settings fc_strategy_defaults;

/* Returns are fractions per period (0.01 is 1 %). */
typedef struct fc_strategy {
    size_t periods;
    double gross, net; /* mean return before and after costs */
    double turnover;   /* sides traded per period; from long to short is 2 */
    double break_even; /* cost per side that leaves nothing, gross / turnover; NaN without trades */
    double sharpe, sharpe_low, sharpe_high; /* of the net returns, per year, with its interval */
    double hold, hold_sharpe;               /* mean net return and Sharpe ratio of always being long */
} fc_strategy;

/* Holds +1 where forecast > 0, -1 where below, nothing where 0, for the period of `realised`, a simple
 * return. Each change of the position costs its size times cost; so does closing after the last period.
 * settings NULL: the defaults. Fails without memory, or with settings out of range. */
int fc_sign_strategy(fc_strategy *strategy, const double *forecast, const double *realised, size_t count,
                     const fc_strategy_settings *settings, nn_error *error);

/* mean / standard deviation (n - 1) x sqrt(periods_per_year); NaN for fewer than 2 values or constant ones.
 */
double fc_sharpe(const double *returns, size_t count, double periods_per_year);

/* Percentile interval of the Sharpe ratio by the circular block bootstrap (Politis & Romano 1992). The same
 * seed gives the same interval. NaN where the ratio is not defined. */
int fc_sharpe_interval(double *low, double *high, const double *returns, size_t count,
                       const fc_strategy_settings *settings, nn_error *error);

#endif
