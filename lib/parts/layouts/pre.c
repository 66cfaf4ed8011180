/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x = x + f(LN(x)) for each sub-layer (Xiong et al. 2020, arXiv 2002.04745). */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    (void)settings;
    x = nn_block_mix_pre(plan, name, block, x, memory);
    if (!nn_block_feeds(block))
        return x;
    nn_tensor *y = nn_block_norm(plan, name, block, NN_NORM_2, x);
    return nn_block_add(plan, name, block, "2", x, nn_block_feed(plan, name, block, y));
}

const nn_layout_kind nn_layout_pre = {
    {"pre", "x = x + f(norm(x)) (Xiong et al. 2020, arXiv 2002.04745)", "0", NN_PART_CROSS, NULL, 0},
    .build = build};
