/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program without MPI is alone, unless a launcher started it and auspex-mpi lies beside it: that it
 * becomes. */
#include "cli/shell/ranks.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

void cli_ranks_begin(int *argc, char ***argv)
{
    static const char name[] = "auspex-mpi";
    char path[PATH_MAX + sizeof name];
    (void)argc;
    if (!cli_ranks_launched())
        return;
    const ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);
    char *slash = length > 0 ? memrchr(path, '/', (size_t)length) : NULL;
    if (!slash)
        return;
    memcpy(slash + 1, name, sizeof name);
    execv(path, *argv);
}

int cli_ranks_end(int status, const nn_error *error)
{
    (void)error;
    return status;
}
