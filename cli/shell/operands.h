/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked of operands before anything is read. */
#ifndef CLI_OPERANDS_H
#define CLI_OPERANDS_H

#include "lib/base/error.h"

/* NN_USAGE when standard input is asked for and is a terminal: nobody types a CSV file. */
int cli_check_input(const char *path, nn_error *error);

#endif
