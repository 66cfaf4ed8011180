/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by backtest.c, which trains, and backtest_score.c, which keeps the losses. */
#ifndef FC_BACKTEST_INTERNAL_H
#define FC_BACKTEST_INTERNAL_H

#include "forecast/fit.h"
#include "forecast/scores/backtest.h"
#include "forecast/tasks/series.h"

typedef struct bt {
    fc_walk walk;
    const fc_recipe *recipe;
    const fc_folds *folds;
    const ds_table *all;
    const ds_prices *prices;
    fc_prepared prepared; /* of the fold and variant in hand */
    fc_backtest *out;
    size_t at;       /* windows of the folds before this one */
    size_t series;   /* room for that many in each fold */
    fc_tally *tally; /* score_count x seeds (naive forecasts: the first only), of folds x series */
    fc_naive *naive; /* folds x series: in training */
    int rivals;      /* of tables: naive forecasts that differ */
    fc_paths *paths; /* seeds x tickers, of the model */
} bt;

int bt_begin(bt *self, nn_error *error);
/* Scores what one training of a fold gave on its test windows. */
int bt_take(bt *self, const fc_model *model, const ds_windows *windows, nn_error *error);
int bt_finish(bt *self, nn_error *error);
void bt_clear(bt *self);

#endif
