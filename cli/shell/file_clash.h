/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No result may take the place of what it is made from. */
#ifndef CLI_APART_H
#define CLI_APART_H

#include "cli/shell/command.h"

/* NN_USAGE when a file to write is one that is read, also by another name, or is named for two results. */
int cli_check_apart(const cli_run *run, nn_error *error);

#endif
