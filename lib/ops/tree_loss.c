/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The operation that adds the loss of classes in a tree. */
#include "lib/plan_internal.h"

static void forward(const nn_op *op, nn_run *run)
{
    run->loss += run->loss_scale * nn_tree_loss_forward(op->in[0]->data, op->in[1]->data,
                                                        op->as.tree_loss.tree, nn_rows(op->in[0], run));
}

static void backward(const nn_op *op, nn_run *run)
{
    nn_tree_loss_backward(op->in[0]->grad, op->in[0]->data, op->in[1]->data, op->as.tree_loss.tree,
                          run->loss_scale, nn_rows(op->in[0], run));
}

static const nn_op_kind tree_loss = {
    .name = "tree loss", .forward = forward, .backward = backward, .keeps_input = {true, true}};

/* Whether every node has its parent behind it, and leaves have nothing below. */
static bool is_tree(const nn_class_tree *tree)
{
    bool whole = tree->leaves >= 1 && tree->nodes >= tree->leaves && tree->nodes <= NN_MOST_NODES;
    for (int n = 0; whole && n < tree->nodes; n++)
        whole = tree->parent[n] == -1 ||
                (tree->parent[n] > n && tree->parent[n] >= tree->leaves && tree->parent[n] < tree->nodes);
    return whole;
}

void nn_tree_loss(nn_plan *plan, const nn_class_tree *tree, nn_tensor *logits, nn_tensor *target)
{
    if (!nn_plan_ready(plan, "tree loss", 2, (nn_tensor *[]){logits, target}))
        return;
    char a[64], b[64];
    if (!is_tree(tree))
        nn_plan_fail(plan, "tree loss: the %d nodes over %d leaves are no tree", tree->nodes, tree->leaves);
    else if (logits->rank != 2 || target->rank != 2 || logits->shape[0] != target->shape[0] ||
             logits->shape[1] != tree->leaves || target->shape[1] != tree->nodes)
        nn_plan_fail(plan, "tree loss: logits %s and target %s are not of %d leaves and %d nodes",
                     nn_shape_text(logits, a, sizeof a), nn_shape_text(target, b, sizeof b), tree->leaves,
                     tree->nodes);
    else if (nn_wants_grad(target))
        nn_plan_fail(plan, "tree loss: the target %s must not want a gradient",
                     nn_shape_text(target, b, sizeof b));
    else
        nn_plan_record(plan, &(nn_op){.kind = &tree_loss, .in = {logits, target}, .as.tree_loss = {tree}});
}
