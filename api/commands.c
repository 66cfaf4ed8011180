/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands of the library: those of the program that give data for data. */
#include "cli/shell/list.h"

#include <string.h>

const cli_command *const cli_commands[] = {
    &cli_inspect,  &cli_correlate, &cli_train,    &cli_evaluate, &cli_compare, &cli_backtest,  &cli_update,
    &cli_forecast, &cli_classify,  &cli_features, &cli_period,   &cli_select,  &cli_anomalies, NULL};

const cli_command *cli_command_find(const char *name)
{
    for (int i = 0; cli_commands[i]; i++)
        if (strcmp(cli_commands[i]->name, name) == 0)
            return cli_commands[i];
    return NULL;
}
