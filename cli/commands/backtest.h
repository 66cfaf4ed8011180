/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the forms of `auspex backtest` share. */
#ifndef CLI_BACKTEST_H
#define CLI_BACKTEST_H

#include "cli/input/stations.h"
#include "cli/shell/command.h"
#include "forecast/scores/folds.h"

typedef struct cli_fold_output {
    char *csv;
    int json, require_skill;
} cli_fold_output;

/* NN_USAGE for --split, and for two documents on standard output. */
int cli_backtest_check(const cli_fold_output *output, nn_error *error);
int cli_backtest_progress(void *context, int run, int runs, const fc_progress *progress);
int cli_backtest_stopped(nn_error *error);
/* Through all folds, and gives the scores. */
int cli_backtest_rounds(fc_rounds *rounds, const char *data, const cli_fold_output *output, nn_error *error);

/* --- panels of stations --- */

typedef struct cli_panel_folds {
    cli_panel_settings panel;
    int stride, order;
    double floor;
} cli_panel_folds;
extern const nn_option cli_panel_folds_options[]; /* --stride, --order, --floor */

/* Whether any option says that the file is a panel. */
bool cli_panel_folds_asked(const cli_panel_folds *settings);
int cli_backtest_panel(const cli_run *run, fc_rounds *rounds, const cli_panel_folds *settings,
                       const cli_reading *reading, const cli_fold_output *output, nn_error *error);

#endif
