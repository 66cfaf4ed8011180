/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x + gain * branch with one learned gain that starts at 0 (Bachlechner et al. 2020). */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        const char *branch_name, nn_tensor *x, nn_tensor *branch)
{
    (void)settings;
    branch = nn_gain(plan, nn_name(plan, "%s.scale%s", name, branch_name), branch, false, 0);
    return nn_residual(plan, x, branch, block->dropout);
}

const nn_residual_kind nn_residual_rezero = {
    {"rezero", "x + a learned number, first 0, times the branch (Bachlechner et al. 2020, arXiv 2003.04887)",
     "d", 0, NULL, 0},
    build};
