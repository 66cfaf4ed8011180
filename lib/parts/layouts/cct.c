/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x = x + mix(LN x); n = LN x; x = n + ffn(n): the feed-forward's residual starts from the normed value
 * (CCT, arXiv 2104.05704, as its authors' code has it). */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    (void)settings, (void)memory;
    x = nn_block_mix_pre(plan, name, block, x, NULL);
    if (!nn_block_feeds(block))
        return x;
    x = nn_block_norm(plan, name, block, NN_NORM_2, x);
    return nn_block_add(plan, name, block, "2", x, nn_block_feed(plan, name, block, x));
}

const nn_layout_kind nn_layout_cct = {
    {"cct", "pre, but the feed-forward's residual starts from the normed value (CCT, arXiv 2104.05704)", "0",
     0, NULL, 0},
    .build = build};
