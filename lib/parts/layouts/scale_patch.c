/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patches of several scales (DuoFormer, 2025): the means of a patch's tokens, of its halves,
 * of its quarters and so on attend to each other, then the patches by the coarsest of them; a class token and
 * a token of each patch come out. */
#include "lib/parts/branches.h"
#include "lib/parts/tokens.h"

typedef struct scale_patch {
    int length, scales;
} scale_patch;

/* (B,R,length,d) -> (B,R,1+2+4+...,d), the coarsest first. */
static nn_tensor *scales_of(nn_plan *plan, const scale_patch *own, nn_tensor *x)
{
    const int sequences = x->shape[0] * x->shape[1], regions = x->shape[1], d = x->shape[3];
    nn_tensor *points = nn_reshape(plan, x, 3, (int[]){sequences, own->length, d}), *all = NULL;
    for (int scale = 0; scale < own->scales; scale++) {
        const int factor = own->length >> scale;
        nn_tensor *means = factor > 1 ? nn_average_pool(plan, points, factor) : points;
        all = scale ? nn_concat(plan, all, means) : means;
    }
    return all ? nn_reshape(plan, all, 4, (int[]){sequences / regions, regions, all->shape[1], d}) : NULL;
}

static nn_tensor *stack_layers(nn_plan *plan, const nn_stack *stack, const void *settings, nn_tensor *x,
                               nn_tensor *memory)
{
    const scale_patch *own = settings;
    (void)memory;
    if (own->length % (1 << (own->scales - 1)) != 0) {
        nn_plan_fail(plan, "--layout scale-patch: %d tokens of a patch cannot be halved %d times",
                     own->length, own->scales - 1);
        return NULL;
    }
    nn_stack inside = *stack;
    inside.block.layout = (nn_part){.kind = &nn_layout_pre.part};
    x = nn_tokens_grid(plan, x, own->length);
    return x ? nn_scale_patch(plan, nn_name(plan, "%sregions", stack->prefix), scales_of(plan, own, x),
                              &inside)
             : NULL;
}

static const nn_option options[] = {
    {"len", 0, NN_INT, offsetof(scale_patch, length), "4", "N", 1, 65536, "tokens of a patch"},
    {"scales", 0, NN_INT, offsetof(scale_patch, scales), "3", "N", 1, 12,
     "its means, of its halves, and so on"},
    {0}};

const nn_layout_kind nn_layout_scale_patch = {
    {"scale-patch", "attention among the scales of a patch, then among patches (DuoFormer, 2025)",
     "4d^2 + 2Nd/len^2", NN_PART_STACKED | NN_PART_ORDER | NN_PART_FIXED | NN_PART_FEWER | NN_PART_CUTS,
     options, sizeof(scale_patch)},
    .stack = stack_layers};
