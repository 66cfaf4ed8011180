/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every subcommand, each defined in the file of its name. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

extern const cli_command cli_backtest, cli_bench, cli_correlate, cli_inspect, cli_train, cli_evaluate,
    cli_forecast, cli_plot, cli_import, cli_models, cli_help;

/* NN_USAGE with the nearest name there is. */
int cli_command_unknown(const char *name, nn_error *error);

#endif
