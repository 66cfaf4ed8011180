/* SPDX-License-Identifier: GPL-3.0-or-later */
/* n = LN(x); x = x + mix(n) + ffn(n): both sub-layers read one norm. */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    (void)settings, (void)memory;
    nn_tensor *n = nn_block_norm(plan, name, block, NN_NORM_1, x), *y = x;
    if (nn_block_mixes(block))
        y = nn_block_add(plan, name, block, "1", y, nn_block_mix(plan, name, block, n, NULL));
    return nn_block_feeds(block)
               ? nn_block_add(plan, name, block, "2", y, nn_block_feed(plan, name, block, n))
               : y;
}

const nn_layout_kind nn_layout_parallel = {
    {"parallel", "x + mix(norm x) + ffn(norm x), one norm (GPT-J; beside Ladder, arXiv 2501.06589)", "0", 0,
     NULL, 0},
    .build = build};
