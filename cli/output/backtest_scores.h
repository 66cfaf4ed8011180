/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scores of `auspex backtest` in their three forms. */
#ifndef CLI_BACKTEST_SCORES_H
#define CLI_BACKTEST_SCORES_H

#include "forecast/scores/backtest.h"

typedef struct cli_backtested {
    const fc_backtest *backtest;
    const fc_recipe *recipe;
    const ds_table *table;
    const char *data; /* name of the file */
} cli_backtested;

void cli_backtest_print(const cli_backtested *b);
int cli_backtest_json(const cli_backtested *b, nn_error *error);
/* One line per forecast over all folds, then one per forecast and fold. */
int cli_backtest_csv(const cli_backtested *b, const char *path, nn_error *error);

#endif
