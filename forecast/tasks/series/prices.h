/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models of prices: how prices become the columns that a model sees, and its forecasts prices again. */
#ifndef FC_MARKET_H
#define FC_MARKET_H

#include "datasets/prices/returns.h"
#include "datasets/series/correlate.h"
#include "forecast/forecast.h"

/* Part of a model. */
typedef struct fc_market {
    ds_price_settings
        prices;     /* its tickers are those that the model sees, all named; prices 0: not of prices */
    char *targets;  /* comma-separated tickers that are forecast */
    ds_merge merge; /* kind DS_MERGE_NONE: not merged */
} fc_market;

void fc_market_clear(fc_market *market);
int fc_market_copy(fc_market *to, const fc_market *from, nn_error *error);
/* NN_BAD_DATA where the model's columns are not those that the market makes. */
int fc_market_check(const fc_market *market, const fc_model *model, nn_error *error);

/* What comes before a model. */
typedef struct fc_preparation {
    const ds_price_settings *prices;        /* ->prices 0: the table as it is */
    const ds_correlate_settings *selection; /* NULL: every column */
    const char *target;                     /* comma-separated columns or tickers; NULL: all */
} fc_preparation;

/* What a model sees. Everything that is fitted (choice of columns, merging) is so on split->train alone. */
typedef struct fc_prepared {
    ds_table *table;
    fc_market market; /* prices.prices 0: not of prices */
    char *targets;    /* columns, as fc_model_new takes them; NULL: all */
} fc_prepared;

/* all: the table before anything is chosen; of prices ds_returns_table made it, and split cuts it. The result
 * is the caller's to clear; a model may take over the market. */
int fc_prepare(fc_prepared *out, const ds_table *all, const ds_prices *prices, const fc_preparation *how,
               const ds_split *split, nn_error *error);
void fc_prepared_clear(fc_prepared *prepared);

/* The table that a trained model sees, of prices that hold its tickers. */
int fc_market_table(ds_table **table, const fc_market *market, const ds_prices *prices, nn_error *error);

/* Number of tickers forecast; the i-th one's column in prices->close. -1 where it has none. */
int fc_market_targets(const fc_market *market);
int fc_market_target(const fc_market *market, const ds_prices *prices, int i);

/* The return of target i that a merged value stands for. */
double fc_market_member(const fc_market *market, int i, double value);

/* Forecast returns of the model's table become closes: future->columns then index prices->close. */
int fc_market_future(fc_future *future, const fc_market *market, const ds_prices *prices, nn_error *error);

#endif
