/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether forecasts of a price are worth anything, beside the last value, drift and mean return. */
#ifndef FC_MARKET_REPORT_H
#define FC_MARKET_REPORT_H

#include "forecast/scores/errors.h"
#include "forecast/scores/score.h"
#include "forecast/statistics/skill.h"
#include "forecast/tasks/series/windows.h"

/* A return here is close / last known close - 1, so that of step h spans h days. */
typedef struct fc_market_score {
    fc_entry base;            /* of returns, in its own units of closes; one series; against the last value */
    double r2;                /* 1 - squared errors of returns / those of 0 */
    double r2_mean;           /* the same against the mean return of the days before */
    fc_directions directions; /* of the first step */
    fc_strategy strategy;     /* by the sign of the first step, every row */
} fc_market_score;
extern const fc_metric fc_market_metrics[], fc_directions_metrics[], fc_strategy_metrics[];

typedef struct fc_market_report {
    char *ticker;
    size_t windows;
    int horizon;
    double cost;
    fc_market_score score[FC_PATH_KINDS]; /* FC_BY_MODEL first */
    bool beats_last;
    char verdict[1000];
} fc_market_report;

/* The last value's errors in the training part, rows of the model's table, one row ahead. */
fc_naive fc_market_naive(const fc_model *model, const ds_prices *prices, int target, ds_part train);

/* settings NULL: fc_strategy_defaults; naive NULL: not known. */
int fc_market_score_paths(fc_market_report *report, const fc_paths *paths, const char *ticker,
                          const char *model, const fc_strategy_settings *settings, const fc_naive *naive,
                          nn_error *error);
void fc_market_report_clear(fc_market_report *report);

/* Windows join the sums of a series of a tally, and a share of their losses those from `window` on. */
void fc_paths_add(fc_tally *tally, size_t series, size_t window, double share, const fc_paths *paths,
                  int kind);

/* As fc_score, of a model of prices: every target. */
int fc_prices_score(fc_scores **scores, const fc_score_request *request, nn_error *error);
/* All scores of one ticker; their `about` is the caller's to drop. */
void fc_prices_table(fc_score_table *table, const fc_market_report *report);
void fc_market_reports_free(fc_market_report *reports, int count);

/* Rows of a year, for the Sharpe ratio: 252 trading days, 365 days, 52 weeks ... */
double fc_periods_per_year(ds_frequency frequency);

#endif
