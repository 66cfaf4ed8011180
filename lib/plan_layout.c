/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where everything of a plan lies: one arena, shared by buffers that are never in use at the same time. */
#include "lib/base/slab.h"
#include "lib/plan_internal.h"

#include <stdlib.h>
#include <string.h>

static int new_buffer(nn_plan *plan, size_t elements, int birth, int death)
{
    size_t whole_lines = (elements + 15) / 16 * 16;
    plan->buffers[plan->buffer_count] = (nn_buffer){.elements = whole_lines, .birth = birth, .death = death};
    return plan->buffer_count++;
}

static void later(int *death, int time)
{
    if (*death < time)
        *death = time;
}

/* Whether a backward pass reads the data of a tensor, of which the node is the root. */
static bool is_read_backward(const nn_plan *plan, const nn_node *root)
{
    for (int i = 0; i < plan->op_count; i++) {
        const nn_op *op = plan->ops[i];
        for (int k = 0; op->differentiates && k < NN_MAX_OP_INPUTS; k++)
            if (op->in[k] && op->kind->keeps_input[k] && op->in[k]->node->root == &root->tensor)
                return true;
        for (int k = 0; op->differentiates && k < NN_MAX_OP_OUTPUTS; k++)
            if (op->out[k] && op->kind->keeps_output[k] && op->out[k]->node->root == &root->tensor)
                return true;
    }
    return false;
}

/* Puts the output of an operation in the place of its input where nobody else will read that. */
static bool place_over_input(nn_plan *plan, nn_node *node)
{
    const nn_op *op = node->op;
    if (!op || !op->kind->replaces_input || op->out[0] != &node->tensor || !plan->training || plan->keep_all)
        return false;
    const nn_node *from = op->in[0]->node->root->node;
    if (from->persistent || from->last_use != op->index || is_read_backward(plan, from))
        return false;
    node->data_buffer = from->data_buffer;
    return true;
}

/* Data lives from its producer to its last reader, which in training may be a backward pass. */
static void place_data(nn_plan *plan)
{
    int end = 2 * plan->op_count;
    for (int i = 0; i < plan->node_count; i++) {
        nn_node *node = plan->nodes[i];
        if (node->root != &node->tensor)
            continue;
        if (place_over_input(plan, node)) {
            later(&plan->buffers[node->data_buffer].death, node->persistent ? end
                                                           : node->last_use < node->producer
                                                               ? node->producer
                                                               : node->last_use);
            continue;
        }
        int birth = node->producer < 0 ? 0 : node->producer;
        int death = node->persistent || plan->keep_all ? end
                    : node->last_use < birth           ? birth
                                                       : node->last_use;
        node->data_buffer = new_buffer(plan, nn_capacity(&node->tensor), birth, death);
    }
    for (int i = 0; i < plan->op_count; i++) {
        nn_op *op = plan->ops[i];
        if (!op->differentiates)
            continue;
        int back = end - 1 - i;
        for (int k = 0; k < NN_MAX_OP_INPUTS; k++)
            if (op->in[k] && op->kind->keeps_input[k])
                later(&plan->buffers[op->in[k]->node->root->node->data_buffer].death, back);
        for (int k = 0; k < NN_MAX_OP_OUTPUTS; k++)
            if (op->out[k] && op->kind->keeps_output[k])
                later(&plan->buffers[op->out[k]->node->root->node->data_buffer].death, back);
    }
}

/* The gradient of one input of an operation, met in backward order: the first meeting gives it memory. */
static void place_input_gradient(nn_plan *plan, nn_op *op, int k)
{
    nn_node *node = op->in[k]->node->root->node;
    int end = 2 * plan->op_count;
    if (!nn_wants_grad(op->in[k]))
        return;
    if (node->grad_buffer >= 0) {
        op->accumulate[k] = true;
        return;
    }
    int birth = end - 1 - op->index, death = node->producer < 0 ? end : end - 1 - node->producer;
    const bool shares =
        op->kind->passes_gradient || op->kind->replaces_gradient || (op->kind->begins && op->in[1]);
    const nn_node *out = shares ? op->out[0]->node : NULL;
    const nn_tensor *other = op->in[1 - op->passing];
    bool alone = k == op->passing && (!other || other->node->root != &node->tensor);
    if (out && alone && out->last_use >= 0 && !out->output) {
        node->grad_buffer = out->grad_buffer;
        later(&plan->buffers[node->grad_buffer].death, death);
        op->shared_gradient = true;
        return;
    }
    node->grad_buffer = new_buffer(plan, nn_capacity(&node->tensor), birth, death);
}

static void place_gradients(nn_plan *plan)
{
    int n = plan->op_count;
    if (!plan->has_loss)
        for (int i = 0; i < plan->node_count; i++) {
            nn_node *node = plan->nodes[i];
            if (node->output && node->wants_grad)
                node->grad_buffer = new_buffer(plan, nn_capacity(&node->tensor), n,
                                               node->producer < 0 ? 2 * n : 2 * n - 1 - node->producer);
        }
    for (int i = n - 1; i >= 0; i--) {
        nn_op *op = plan->ops[i];
        if (!op->differentiates)
            continue;
        for (int k = 0; k < NN_MAX_OP_OUTPUTS; k++) {
            nn_node *node = op->out[k] ? op->out[k]->node->root->node : NULL;
            if (node && node->grad_buffer < 0) /* nobody uses it: its gradient is a zero that stays */
                node->grad_buffer = new_buffer(plan, nn_capacity(&node->tensor), 0, 2 * n);
        }
        for (int k = 0; k < NN_MAX_OP_INPUTS; k++)
            if (op->in[k])
                place_input_gradient(plan, op, k);
    }
}

static void place_work(nn_plan *plan)
{
    for (int i = 0; i < plan->op_count; i++) {
        nn_op *op = plan->ops[i];
        int back = 2 * plan->op_count - 1 - i;
        if (op->saved_elements)
            op->saved_buffer =
                new_buffer(plan, op->saved_elements, i, plan->training || plan->keep_all ? back : i);
        if (op->scratch_forward)
            op->forward_buffer = new_buffer(plan, op->scratch_forward * (size_t)plan->parts, i, i);
        if (op->scratch_backward && op->differentiates)
            op->backward_buffer = new_buffer(plan, op->scratch_backward, back, back);
    }
}

static int by_size(const void *a, const void *b)
{
    const nn_buffer *x = *(nn_buffer *const *)a, *y = *(nn_buffer *const *)b;
    if (x->elements != y->elements)
        return x->elements < y->elements ? 1 : -1;
    return x < y ? -1 : x > y;
}

/* The lowest place for a buffer among those already placed whose life overlaps its own. */
static size_t lowest_place(nn_buffer *const *placed, int count, const nn_buffer *buffer)
{
    size_t offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int i = 0; i < count; i++) {
            const nn_buffer *other = placed[i];
            bool same_time = other->birth <= buffer->death && buffer->birth <= other->death;
            bool same_place =
                other->offset < offset + buffer->elements && offset < other->offset + other->elements;
            if (same_time && same_place) {
                offset = other->offset + other->elements;
                moved = true;
            }
        }
    }
    return offset;
}

/* Largest first, each at the lowest place that is free during its life. */
static bool place_all(nn_plan *plan)
{
    nn_buffer **order = malloc(((size_t)plan->buffer_count + 1) * sizeof *order);
    if (!order)
        return false;
    for (int i = 0; i < plan->buffer_count; i++)
        order[i] = &plan->buffers[i];
    qsort(order, (size_t)plan->buffer_count, sizeof *order, by_size);
    for (int i = 0; i < plan->buffer_count; i++) {
        order[i]->offset = lowest_place(order, i, order[i]);
        size_t end = order[i]->offset + order[i]->elements;
        if (end > plan->arena_elements)
            plan->arena_elements = end;
    }
    free(order);
    return true;
}

static nn_real *at(const nn_plan *plan, int buffer)
{
    return buffer < 0 ? NULL : plan->arena + plan->buffers[buffer].offset;
}

static void bind(nn_plan *plan)
{
    for (int i = 0; i < plan->node_count; i++) {
        nn_node *root = plan->nodes[i]->root->node;
        plan->nodes[i]->tensor.data = at(plan, root->data_buffer);
        plan->nodes[i]->tensor.grad = at(plan, root->grad_buffer);
        if (plan->nodes[i]->initial)
            memcpy(plan->nodes[i]->tensor.data, plan->nodes[i]->initial,
                   nn_capacity(&plan->nodes[i]->tensor) * sizeof(nn_real));
    }
    for (int i = 0; i < plan->op_count; i++) {
        nn_op *op = plan->ops[i];
        op->saved = at(plan, op->saved_buffer);
        op->scratch_f = at(plan, op->forward_buffer);
        op->scratch_b = at(plan, op->backward_buffer);
    }
}

int nn_plan_lay_out(nn_plan *plan, nn_error *error)
{
    if (nn_plan_check(plan, error))
        return plan->error.code;
    size_t most = 2 * (size_t)plan->node_count + 3 * (size_t)plan->op_count + 1;
    plan->buffers = calloc(most, sizeof *plan->buffers);
    if (!plan->buffers)
        return nn_no_memory(error);
    if (plan->training && !plan->keep_all)
        nn_plan_join(plan);
    place_data(plan);
    if (plan->training)
        place_gradients(plan);
    place_work(plan);
    return place_all(plan) ? NN_OK : nn_no_memory(error);
}

int nn_plan_compile(nn_plan *plan, nn_error *error)
{
    const int code = nn_plan_lay_out(plan, error);
    if (code)
        return code;
    const size_t bytes = plan->arena_elements * sizeof(nn_real);
    plan->arena = nn_slab_new(bytes);
    if (!plan->arena)
        return nn_fail(error, NN_FAILED,
                       "no memory for the model's activations: %.0f MB are needed; a smaller batch "
                       "needs less",
                       (double)bytes / 1e6);
    bind(plan);
    return nn_plan_find_kept(plan, error);
}
