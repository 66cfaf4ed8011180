/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x = x + f(LN(x)) for each sub-layer (Xiong et al. 2020, arXiv 2002.04745). */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    (void)settings;
    nn_tensor *y;
    if (nn_block_mixes(block)) {
        y = nn_block_norm(plan, name, block, NN_NORM_1, x);
        x = nn_block_add(plan, name, block, "1", x, nn_block_mix(plan, name, block, y, NULL));
    }
    if (memory) {
        y = nn_block_norm(plan, name, block, NN_NORM_CROSS, x);
        x = nn_block_add(plan, name, block, "cross", x, nn_block_mix(plan, name, block, y, memory));
    }
    if (!nn_block_feeds(block))
        return x;
    y = nn_block_norm(plan, name, block, NN_NORM_2, x);
    return nn_block_add(plan, name, block, "2", x, nn_block_feed(plan, name, block, y));
}

const nn_layout_kind nn_layout_pre = {
    {"pre", "x = x + f(norm(x)) (Xiong et al. 2020, arXiv 2002.04745)", "0", NN_PART_CROSS, NULL, 0},
    .build = build};
