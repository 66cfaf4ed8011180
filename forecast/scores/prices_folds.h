/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a backtest of prices has beyond that of a table: paths of closes, and reports on every ticker. */
#ifndef FC_PRICES_FOLDS_H
#define FC_PRICES_FOLDS_H

#include "forecast/scores/gather.h"
#include "forecast/scores/prices.h"

enum { FC_TICKER_SCORES = 10 };

typedef struct fc_prices_folds {
    int tickers, seeds;        /* tickers: the targets; 0: not of prices */
    fc_paths *paths;           /* seeds x tickers, of the model */
    fc_market_report *reports; /* seeds x tickers */
    struct fc_ticker *ticker;  /* tickers: the mean over the seeds, and what is told of it */
    fc_metric metrics[FC_TICKER_SCORES + 1];
} fc_prices_folds;

/* Scores one training on its test windows, and in the first run of a fold the naive forecasts, which are the
 * entries from `naive` on. */
int fc_prices_folds_take(fc_prices_folds *self, const fc_gathered *gathered, int naive, const fc_model *model,
                         const fc_request *request, const ds_windows *windows, nn_error *error);
/* Of prices. */
int fc_prices_folds_finish(fc_prices_folds *self, const fc_rounds *rounds, nn_error *error);
/* Of prices. Fills 1 + seeds x tickers tables: what people see of all tickers, and for JSON each report;
 * returns how many. */
int fc_prices_folds_tables(const fc_prices_folds *self, const fc_walk *walk, fc_score_table *tables);
void fc_prices_folds_clear(fc_prices_folds *self);

#endif
