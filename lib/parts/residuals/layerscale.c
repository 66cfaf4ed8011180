/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x + gain * branch with a learned gain of each column that starts near 0 (Touvron et al. 2021). */
#include "lib/parts/block.h"

typedef struct layerscale {
    double first;
} layerscale;

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        const char *branch_name, nn_tensor *x, nn_tensor *branch)
{
    branch = nn_gain(plan, nn_name(plan, "%s.scale%s", name, branch_name), branch, true,
                     ((const layerscale *)settings)->first);
    return nn_residual(plan, x, branch, block->dropout);
}

static const nn_option options[] = {
    {"first", 0, NN_REAL, offsetof(layerscale, first), "1e-5", "GAIN", 0, 10, "every gain at the start"},
    {0}};

const nn_residual_kind nn_residual_layerscale = {
    {"layerscale",
     "x + a learned gain of each column times the branch (Touvron et al. 2021, arXiv 2103.17239)", "d", 0,
     options, sizeof(layerscale)},
    build};
