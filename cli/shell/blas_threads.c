/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps OpenBLAS from starting threads of its own when it is loaded: this program has its own. OpenBLAS asks
 * its function of this name, whatever the environment says, how many it is to start; the program's own
 * definition, which the linker is told to show, stands in front of that one. */
int openblas_num_threads_env(void);

int openblas_num_threads_env(void)
{
    return 1;
}
