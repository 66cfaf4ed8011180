/* SPDX-License-Identifier: GPL-3.0-or-later */
/* y = project(silu(gate x) * value x) (Shazeer 2020, arXiv 2002.05202, eq. 6). */
#include "lib/parts/ffns/gated_unit.h"

static nn_tensor *act(nn_plan *plan, nn_tensor *x)
{
    return nn_silu(plan, x);
}

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x)
{
    return nn_gated_build(plan, name, block, settings, x, act);
}

static const nn_option options[] = {NN_GATED_OPTIONS, {0}};

const nn_ffn_kind nn_ffn_swiglu = {{"swiglu", "silu(gate) times value (Shazeer 2020, arXiv 2002.05202)",
                                    "3dF", 0, options, sizeof(nn_gated_unit)},
                                   build};
