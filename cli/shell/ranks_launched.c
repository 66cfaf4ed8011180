/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What launchers of MPI leave in the environment of those that they start. */
#include "cli/shell/ranks.h"

#include <stdlib.h>

bool cli_ranks_launched(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMI_RANK", "PMIX_RANK",
                                        "MPI_LOCALRANKID"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]))
            return true;
    return false;
}
