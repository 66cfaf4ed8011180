/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ladder residual: each sub-layer reads the stream one sub-layer late, r += a; a = mix(LN r); r += m;
 * m = ffn(LN r); at the end r + a + m (arXiv 2501.06589). */
#include "lib/parts/block.h"

static nn_tensor *stack_layers(nn_plan *plan, const nn_stack *stack, const void *settings, nn_tensor *x,
                               nn_tensor *memory)
{
    (void)settings, (void)memory;
    nn_tensor *mixed = NULL, *fed = NULL;
    const char *last = NULL;
    for (int i = 0; i < stack->layers; i++) {
        const nn_block block = nn_stack_block(stack, i);
        const char *name = nn_stack_name(plan, stack, i);
        if (mixed)
            x = nn_block_add(plan, last, &block, "1", x, mixed);
        mixed = nn_block_mixes(&block)
                    ? nn_block_mix(plan, name, &block, nn_block_norm(plan, name, &block, NN_NORM_1, x), NULL)
                    : NULL;
        if (fed)
            x = nn_block_add(plan, last, &block, "2", x, fed);
        fed = nn_block_feeds(&block)
                  ? nn_block_feed(plan, name, &block, nn_block_norm(plan, name, &block, NN_NORM_2, x))
                  : NULL;
        last = name;
    }
    const nn_block block = nn_stack_block(stack, stack->layers - 1);
    if (mixed)
        x = nn_block_add(plan, last, &block, "1", x, mixed);
    return fed ? nn_block_add(plan, last, &block, "2", x, fed) : x;
}

const nn_layout_kind nn_layout_ladder = {
    {"ladder", "sub-layers read the stream one sub-layer late (Ladder Residual 2025, arXiv 2501.06589)", "0",
     NN_PART_STACKED, NULL, 0},
    .stack = stack_layers};
