/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AlgoFormer's loop (2024, arXiv 2402.13572): `pre` layers, then the next `loop` layers `turns` times with
 * the same weights, then the rest. inject=1 adds the loop's input every turn to a state that starts at zero
 * (Yang et al. 2023, arXiv 2311.12424). The layers are placed as pre does. */
#include "lib/parts/block.h"

typedef struct looped {
    int pre, loop, turns, inject;
} looped;

static nn_tensor *layers(nn_plan *plan, const nn_stack *stack, int first, int end, nn_tensor *x)
{
    for (int i = first; i < end; i++) {
        nn_block block = nn_stack_block(stack, i);
        block.layout = (nn_part){.kind = &nn_layout_pre.part};
        x = nn_encoder_block(plan, nn_stack_name(plan, stack, i), x, NULL, &block);
    }
    return x;
}

static nn_tensor *stack_layers(nn_plan *plan, const nn_stack *stack, const void *settings, nn_tensor *x,
                               nn_tensor *memory)
{
    (void)memory;
    const looped *own = settings;
    const int pre = own->pre, loop = own->loop;
    if (pre + loop > stack->layers) {
        nn_plan_fail(plan, "looped: pre=%d and loop=%d take %d layers, and there %s %d", pre, loop,
                     pre + loop, stack->layers == 1 ? "is" : "are", stack->layers);
        return NULL;
    }
    x = layers(plan, stack, 0, pre, x);
    nn_tensor *z = x;
    for (int t = 0; t < own->turns; t++) {
        if (own->inject && t > 0)
            z = nn_residual(plan, z, x, 0);
        z = layers(plan, stack, pre, pre + loop, z);
    }
    return layers(plan, stack, pre + loop, stack->layers, z);
}

static const nn_option options[] = {
    {"turns", 0, NN_INT, offsetof(looped, turns), "3", "N", 1, 64, "times that the loop is gone through"},
    {"pre", 0, NN_INT, offsetof(looped, pre), "0", "N", 0, 64, "layers before the loop"},
    {"loop", 0, NN_INT, offsetof(looped, loop), "1", "N", 1, 64, "layers of the loop"},
    {"inject", 0, NN_INT, offsetof(looped, inject), "0", "0|1", 0, 1, "1: its input is added every turn"},
    {0}};

const nn_layout_kind nn_layout_looped = {
    {"looped", "layers gone through several times with the same weights (AlgoFormer 2024, arXiv 2402.13572)",
     "0", NN_PART_STACKED, options, sizeof(looped)},
    .stack = stack_layers};
