/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two towers on the same window, of its times and of its columns, whose means one map joins, or a gate weighs
 * (TraHGR, Zabihi et al. 2022, arXiv 2203.16336): one token comes out. */
#include "lib/parts/branches.h"

typedef struct two_view {
    int gated, places;
} two_view;

static nn_tensor *stack_layers(nn_plan *plan, const nn_stack *stack, const void *settings, nn_tensor *x,
                               nn_tensor *memory)
{
    (void)memory;
    if (!x)
        return NULL;
    const two_view *own = settings;
    const int d = x->shape[x->rank - 1];
    nn_two_view_options options = {.width = d, .outputs = d, .gated = own->gated, .stack = *stack};
    nn_tensor *columns = nn_transpose(plan, own->places ? nn_even_pool(plan, x, own->places) : x);
    options.stack.block.layout = (nn_part){.kind = &nn_layout_pre.part};
    nn_tensor *y = nn_two_view(plan, nn_name(plan, "%sviews", stack->prefix), x, columns, options);
    return y ? nn_reshape(plan, y, 3, (int[]){y->shape[0], 1, d}) : NULL;
}

static const nn_option options[] = {
    {"gated", 0, NN_INT, offsetof(two_view, gated), "0", "0|1", 0, 1, "1: a gate weighs the towers"},
    {"places", 0, NN_INT, offsetof(two_view, places), "0", "N", 0, 65536,
     "what a column of the second tower is: the means of so many stretches of the tokens, however many these "
     "are; 0: the tokens themselves, as many in every sequence"},
    {0}};

unsigned nn_two_view_flags(const void *settings)
{
    const two_view *own = settings;
    return NN_PART_STACKED | NN_PART_ORDER | NN_PART_FEWER | (own->places ? 0 : NN_PART_FIXED);
}

const nn_layout_kind nn_layout_two_view = {
    {"two-view", "a tower of times and a tower of columns (TraHGR, arXiv 2203.16336)", "2d^2",
     NN_PART_STACKED | NN_PART_ORDER | NN_PART_FIXED | NN_PART_FEWER, options, sizeof(two_view)},
    .stack = stack_layers};
