/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The right word for a wrong one: options and commands as other programs call them, and misspelt ones. */
#ifndef CLI_HINTS_H
#define CLI_HINTS_H

#include "cli/shell/command.h"

/* NN_USAGE for an option that the command does not take, saying which it may be; tables: those that it takes
 * here, the kind's settings among them. */
int cli_option_unknown(const cli_run *run, const nn_option *const *tables, int count, const char *name,
                       nn_error *error);

/* NN_USAGE for a word that is no command, with the command that it may stand for. */
int cli_command_unknown(const char *name, nn_error *error);

#endif
