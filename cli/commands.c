/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands of the program. */
#include "cli/shell/list.h"

#include <string.h>

const cli_command *const cli_commands[] = {&cli_inspect,  &cli_correlate, &cli_train,     &cli_evaluate,
                                           &cli_compare,  &cli_compress,  &cli_prune,     &cli_slice,
                                           &cli_export,   &cli_fuse,      &cli_backtest,  &cli_update,
                                           &cli_forecast, &cli_calibrate, &cli_classify,  &cli_explain,
                                           &cli_query,    &cli_early,     &cli_features,  &cli_period,
                                           &cli_plot,     &cli_select,    &cli_anomalies, &cli_report_command,
                                           &cli_simulate, &cli_import,    &cli_models,    &cli_blocks,
                                           &cli_search,   &cli_bench,     &cli_help,      NULL};

const cli_command *cli_command_find(const char *name)
{
    for (int i = 0; cli_commands[i]; i++)
        if (strcmp(cli_commands[i]->name, name) == 0)
            return cli_commands[i];
    return NULL;
}
