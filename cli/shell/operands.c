/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Standard input as an operand. */
#include "cli/shell/operands.h"

#include <string.h>
#include <unistd.h>

int cli_check_input(const char *path, nn_error *error)
{
    if (strcmp(path, "-") != 0 || !isatty(STDIN_FILENO))
        return NN_OK;
    return nn_fail(error, NN_USAGE, "standard input is a terminal; name a file, or send data through a pipe");
}
