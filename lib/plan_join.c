/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joins operations of a plan that trains: a map whose output is only added to something begins its sums with
 * that, so that neither the map's own output nor its gradient is ever written. What is joined computes the
 * same but for the order of sums. Plans that infer stay as they were recorded, for those who look at them. */
#include "lib/plan_internal.h"

/* How many inputs of operations are this tensor or a view of it; its last reader in *last. */
static int readers(const nn_plan *plan, const nn_tensor *root, int *last)
{
    int count = 0;
    *last = -1;
    for (int i = 0; i < plan->op_count; i++)
        for (int k = 0; k < NN_MAX_OP_INPUTS; k++)
            if (plan->ops[i]->in[k] && plan->ops[i]->in[k]->node->root == root) {
                *last = i;
                count++;
            }
    return count;
}

/* Whether the map that made input k of a plain sum may make the sum itself: nobody else sees its output, and
 * the other input was there before it. */
static bool may_begin(const nn_plan *plan, const nn_op *sum, int k)
{
    const nn_node *own = sum->in[k]->node, *other = sum->in[1 - k]->node->root->node;
    const nn_op *map = own->op;
    int last;
    return map && map->kind->begins && !map->in[1] && own->root == &own->tensor && !own->persistent &&
           &other->tensor != &own->tensor && other->producer < map->index &&
           readers(plan, &own->tensor, &last) == 1;
}

/* The map takes over the sum's output; its own becomes a view of that, and the sum has nothing left to do. */
static void join(nn_plan *plan, nn_op *sum, int k)
{
    nn_tensor *begin = sum->in[1 - k], *y = sum->out[0];
    nn_node *own = sum->in[k]->node;
    nn_op *map = plan->ops[own->producer];
    map->in[1] = begin;
    map->out[0] = y;
    map->passing = 1;
    y->node->producer = map->index;
    y->node->op = map;
    y->node->wants_grad |= map->differentiates;
    own->root = y;
    sum->in[0] = sum->in[1] = sum->out[0] = NULL;
    sum->joined = true;
    sum->differentiates = false;
    readers(plan, begin->node->root, &begin->node->root->node->last_use);
}

void nn_plan_join(nn_plan *plan)
{
    for (int i = 0; i < plan->op_count; i++) {
        nn_op *sum = plan->ops[i];
        if (!sum->plain_sum)
            continue;
        if (may_begin(plan, sum, 1))
            join(plan, sum, 1);
        else if (may_begin(plan, sum, 0))
            join(plan, sum, 0);
    }
}
