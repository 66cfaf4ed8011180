/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every subcommand, each defined in the file of its name. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/shell/command.h"

extern const cli_command cli_anomalies, cli_blocks, cli_backtest, cli_bench, cli_calibrate, cli_classify,
    cli_compare, cli_compress, cli_correlate, cli_early, cli_evaluate, cli_explain, cli_export, cli_features,
    cli_forecast, cli_fuse, cli_help, cli_import, cli_inspect, cli_models, cli_period, cli_plot, cli_prune,
    cli_query, cli_report_command, cli_search, cli_select, cli_simulate, cli_slice, cli_train, cli_update;

#endif
