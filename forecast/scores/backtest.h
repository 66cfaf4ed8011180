/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walk-forward evaluation: folds in time order, everything fitted anew inside each of them. */
#ifndef FC_BACKTEST_H
#define FC_BACKTEST_H

#include "forecast/scores/folds.h"
#include "forecast/scores/prices.h"

/* A model to be trained again and again. */
typedef struct fc_recipe {
    fc_request model; /* without data; the seed of its training is the first run's, the others count on */
    fc_preparation preparation;
    fc_strategy_settings strategy; /* prices */
} fc_recipe;

enum { FC_BACKTEST_MOST = 6 };

typedef struct fc_backtest_fold {
    fc_errors errors; /* mean over the seeds */
    size_t windows;
} fc_backtest_fold;

/* Over all test windows of all folds; every value weighs the same. Errors are of values scaled as the fold's
 * training part asks, or of returns since the last known close. */
typedef struct fc_backtest_score {
    fc_entry base;            /* mean over the seeds, also of the losses; dm and p of this one against the
                                 reference */
    double spread;            /* standard deviation over the seeds of the MSE; 0: one run, NaN: not trained */
    double least, most;       /* MSE of the seeds */
    double r2;                /* 1 - MSE / that of the reference */
    double model_dm, model_p; /* the model (entry 0) against this one */
    fc_backtest_fold *fold;   /* folds */
    size_t windows;
    bool trained;
} fc_backtest_score;
/* Of fc_backtest_score: of tables or of prices, then of both; and of fc_backtest_fold. */
extern const fc_metric fc_backtest_table_metrics[], fc_backtest_price_metrics[], fc_backtest_metrics[],
    fc_backtest_fold_metrics[];

typedef struct fc_backtest {
    int folds, seeds, horizon, gap;
    int season; /* of tables: rows; 1: none. Found in the rows of the last fold where the calendar has none */
    bool season_found;
    size_t windows;
    ds_split *split;            /* folds */
    size_t *fold_windows;       /* folds */
    ds_time *begin, *end;       /* folds: stamps of the first and last test row */
    char **columns;             /* folds: what the model saw, comma-separated */
    int score_count, reference; /* reference: the last value, or of a table the best naive forecast */
    fc_backtest_score score[FC_BACKTEST_MOST];
    int tickers;               /* of prices: the targets; 0 otherwise */
    fc_market_report *reports; /* seeds x tickers */
    double seconds;
    bool beats_reference;
    char verdict[600];
} fc_backtest;

/* Rows left out between training, validation and test: as asked for, or as smoothed targets overlap. */
int fc_backtest_gap(const fc_recipe *recipe, const fc_folds *folds);

/* all: the table before anything is chosen, of prices ds_returns_table's. */
int fc_backtest_run(fc_backtest **out, const fc_recipe *recipe, const fc_folds *folds, const ds_table *all,
                    const ds_prices *prices, fc_backtest_progress progress, void *context, nn_error *error);
void fc_backtest_free(fc_backtest *backtest);

#endif
