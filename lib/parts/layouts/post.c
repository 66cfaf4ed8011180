/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x = LN(x + f(x)) for each sub-layer (Vaswani et al. 2017). */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    (void)settings;
    x = nn_block_mix_post(plan, name, block, x, memory);
    if (!nn_block_feeds(block))
        return x;
    x = nn_block_add(plan, name, block, "2", x, nn_block_feed(plan, name, block, x));
    return nn_block_norm(plan, name, block, NN_NORM_2, x);
}

const nn_layout_kind nn_layout_post = {
    {"post", "x = norm(x + f(x)) (Vaswani et al. 2017, arXiv 1706.03762)", "0", NN_PART_CROSS, NULL, 0},
    .build = build};
