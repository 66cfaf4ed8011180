/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x = x + ffn(LN(mix(LN x))): one residual around both (GFNet, SpectFormer, arXiv 2304.06446). */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    (void)settings, (void)memory;
    nn_tensor *y = nn_block_norm(plan, name, block, NN_NORM_1, x);
    if (nn_block_mixes(block))
        y = nn_block_mix(plan, name, block, y, NULL);
    if (nn_block_feeds(block))
        y = nn_block_feed(plan, name, block, nn_block_norm(plan, name, block, NN_NORM_2, y));
    return nn_block_add(plan, name, block, "2", x, y);
}

const nn_layout_kind nn_layout_fused = {
    {"fused", "x + ffn(norm(mix(norm x))), one residual (SpectFormer, arXiv 2304.06446)", "0", 0, NULL, 0},
    .build = build};
