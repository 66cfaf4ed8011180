/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranks of a run on several machines: found at the beginning, parted at the end. */
#ifndef CLI_RANKS_H
#define CLI_RANKS_H

#include "lib/base/error.h"

/* Joins the other ranks where a launcher such as mpirun or srun started this process; others than rank 0 are
 * silent from then on. */
void cli_ranks_begin(int *argc, char ***argv);
/* Parts from them, all of which ended with this status. Where they go on without this rank, what went wrong
 * is said, and all are ended. Returns rank 0's status. */
int cli_ranks_end(int status, const nn_error *error);

#endif
