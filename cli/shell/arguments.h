/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line of one subcommand, parsed over all its option tables. */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include "cli/shell/command.h"

/* Parses arguments[0..count), the words after the subcommand. Sets every setting to its default first.
 * NN_USAGE with a teaching message; a request for help is no error: look at cli_common.help before anything
 * else. */
int cli_arguments_parse(cli_run *run, const cli_command *command, char **arguments, int count,
                        nn_error *error);

/* Whether the command line set this option (rather than its default standing). */
bool cli_given(const char *name);
/* The name of the first option of a table that the command line set; NULL: none. */
const char *cli_given_of(const nn_option *table);

void cli_run_clear(cli_run *run);

#endif
