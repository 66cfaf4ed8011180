/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps OpenBLAS from starting threads of its own when the program is loaded: this program has its own, and
 * most commands multiply nothing. OpenBLAS asks its function of this name, before main and whatever the
 * environment says, how many it is to start; the program's own definition stands in front of that one. */
int openblas_num_threads_env(void);

int openblas_num_threads_env(void)
{
    return 1;
}
