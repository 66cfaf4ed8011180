/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranks of a run on several machines: found at the beginning, parted at the end. */
#ifndef CLI_RANKS_H
#define CLI_RANKS_H

#include "lib/base/error.h"

#include <stdbool.h>

/* Whether a launcher such as mpirun or srun started this process. */
bool cli_ranks_launched(void);

/* Joins the other ranks where there is a launcher; others than rank 0 are silent from then on. The libraries
 * of MPI take as long to load as all others together, so that they are those of a program of their own, which
 * this one becomes where it was launched. */
void cli_ranks_begin(int *argc, char ***argv);
/* Parts from them, all of which ended with this status. Where they go on without this rank, what went wrong
 * is said, and all are ended. Returns rank 0's status. */
int cli_ranks_end(int status, const nn_error *error);

#endif
