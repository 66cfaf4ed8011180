/* SPDX-License-Identifier: GPL-3.0-or-later */
/* As post, but the feed-forward's residual adds the block's input: x = LN(input + ffn(x)), as in arXiv
 * 2504.13801. */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    (void)settings;
    nn_tensor *input = x;
    x = nn_block_mix_post(plan, name, block, x, memory);
    if (!nn_block_feeds(block))
        return x;
    x = nn_block_add(plan, name, block, "2", input, nn_block_feed(plan, name, block, x));
    return nn_block_norm(plan, name, block, NN_NORM_2, x);
}

const nn_layout_kind nn_layout_paper = {
    {"paper", "post whose feed-forward adds to the block's input (arXiv 2504.13801)", "0", NN_PART_CROSS,
     NULL, 0},
    .build = build};
