/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two branches with patches of two lengths that tell each other through their class tokens (CrossViT, Chen et
 * al. 2021, arXiv 2103.14899): the class tokens of both are what comes out. */
#include "lib/parts/branches.h"
#include "lib/parts/tokens.h"

typedef struct dual {
    int lengths[2];
} dual;

/* A class token and patches of `length` tokens, the last one ending with the last token. */
static nn_tensor *branch(nn_plan *plan, const char *name, nn_tensor *x, int length)
{
    const int d = x->shape[x->rank - 1];
    nn_tensor *patches = x->ragged ? nn_unfold(plan, x, (nn_window){length, length, NN_WINDOWS_TO_END})
                                   : nn_tokens_patches(plan, x, length, length);
    nn_tensor *y = nn_linear(plan, nn_name(plan, "%s.patch", name), patches, d);
    return nn_concat(plan, nn_learned_tokens(plan, nn_name(plan, "%s.cls", name), 1, d, y), y);
}

static nn_tensor *stack_layers(nn_plan *plan, const nn_stack *stack, const void *settings, nn_tensor *x,
                               nn_tensor *memory)
{
    const dual *own = settings;
    (void)memory;
    if (!x)
        return NULL;
    nn_tensor *y[2];
    for (int i = 0; i < 2; i++)
        y[i] = branch(plan, nn_name(plan, "%sbranch%d", stack->prefix, i), x, own->lengths[i]);
    for (int i = 0; i < stack->layers; i++) {
        nn_block block = nn_stack_block(stack, i);
        block.layout = (nn_part){.kind = &nn_layout_pre.part};
        nn_dual(plan, nn_stack_name(plan, stack, i), y, (nn_block[]){block, block}, y);
    }
    return nn_concat(plan, nn_slice(plan, y[0], 0, 1), nn_slice(plan, y[1], 0, 1));
}

static const nn_option options[] = {
    {"a", 0, NN_INT, offsetof(dual, lengths[0]), "4", "N", 1, 65536, "tokens of a patch of the one branch"},
    {"b", 0, NN_INT, offsetof(dual, lengths[1]), "16", "N", 1, 65536, "and of the other"},
    {0}};

const nn_layout_kind nn_layout_dual = {
    {"dual", "two branches with patches of two lengths (CrossViT, arXiv 2103.14899)", "4d^2 (1/a + 1/b)",
     NN_PART_STACKED | NN_PART_ORDER | NN_PART_FEWER | NN_PART_CROSSES, options, sizeof(dual)},
    .stack = stack_layers};
