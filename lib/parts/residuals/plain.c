/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x + dropout(branch) (He et al. 2016). */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        const char *branch_name, nn_tensor *x, nn_tensor *branch)
{
    (void)name, (void)settings, (void)branch_name;
    return nn_residual(plan, x, branch, block->dropout);
}

const nn_residual_kind nn_residual_plain = {
    {"plain", "x + branch (He et al. 2016, arXiv 1512.03385)", "0", 0, NULL, 0}, build};
