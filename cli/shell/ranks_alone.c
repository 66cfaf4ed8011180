/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program without MPI is alone. */
#include "cli/shell/ranks.h"

void cli_ranks_begin(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
}

int cli_ranks_end(int status, const nn_error *error)
{
    (void)error;
    return status;
}
