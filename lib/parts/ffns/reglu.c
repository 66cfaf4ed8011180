/* SPDX-License-Identifier: GPL-3.0-or-later */
/* y = project(relu(gate x) * value x) (Shazeer 2020, arXiv 2002.05202, eq. 6). */
#include "lib/parts/ffns/gated_unit.h"

static nn_tensor *act(nn_plan *plan, nn_tensor *x)
{
    return nn_activation(plan, x, NN_RELU, 0);
}

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x)
{
    return nn_gated_build(plan, name, block, settings, x, act);
}

static const nn_option options[] = {NN_GATED_OPTIONS, {0}};

const nn_ffn_kind nn_ffn_reglu = {{"reglu", "relu(gate) times value (Shazeer 2020, arXiv 2002.05202)", "3dF",
                                   0, options, sizeof(nn_gated_unit)},
                                  build};
