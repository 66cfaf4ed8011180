/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gathers the primitive operations of a plan. */
#include "lib/graph.h"

#include "lib/base/memory.h"
#include "lib/plan_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void nn_graph_fail(nn_graph *graph, const char *format, ...)
{
    if (graph->error.code)
        return;
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    nn_fail(&graph->error, NN_USAGE, "%s", text);
}

void nn_graph_no_memory(nn_graph *graph)
{
    if (!graph->error.code)
        nn_no_memory(&graph->error);
}

void nn_graph_clear(nn_graph *graph)
{
    for (int i = 0; i < graph->constant_count; i++) {
        free(graph->constants[i].real);
        free(graph->constants[i].whole);
    }
    free(graph->constants);
    free(graph->nodes);
    free(graph->known);
    *graph = (nn_graph){0};
}

/* Room for one more of an array; false with the graph's error. */
static bool room(nn_graph *graph, void *array, int count, int *have, size_t size)
{
    void **at = array;
    if (graph->error.code)
        return false;
    if (count < *have)
        return true;
    const int wanted = *have ? 2 * *have : 64;
    void *more = reallocarray(*at, (size_t)wanted, size);
    if (!more) {
        nn_no_memory(&graph->error);
        return false;
    }
    *at = more;
    *have = wanted;
    return true;
}

/* --- values --- */

void nn_graph_is(nn_graph *graph, const nn_tensor *tensor, int value)
{
    if (value >= 0 &&
        room(graph, &graph->known, graph->known_count, &graph->known_room, sizeof *graph->known))
        graph->known[graph->known_count++] = (struct nn_graph_known){tensor, value};
}

static int find(const nn_graph *graph, const nn_tensor *tensor)
{
    for (int i = graph->known_count - 1; i >= 0; i--)
        if (graph->known[i].tensor == tensor)
            return graph->known[i].value;
    return -1;
}

/* Tokens (N,d) as one sequence (1,N,d). */
static int one_sequence(nn_graph *graph, int x, const nn_tensor *tensor)
{
    return nn_graph_reshape(graph, x, 3, (int[]){1, -1, tensor->shape[tensor->rank - 1]});
}

int nn_graph_of(nn_graph *graph, const nn_tensor *tensor)
{
    const nn_node *node = tensor->node;
    int value = find(graph, tensor);
    if (value >= 0 || graph->error.code)
        return value;
    if (node->root != tensor) {
        int shape[NN_MAX_RANK];
        memcpy(shape, tensor->shape, sizeof shape);
        shape[0] = -1; /* as many samples as come */
        value = tensor->ragged ? one_sequence(graph, nn_graph_of(graph, node->root), tensor)
                               : nn_graph_reshape(graph, nn_graph_of(graph, node->root), tensor->rank, shape);
    } else if (node->initial)
        value = nn_graph_reals(graph, node->initial, tensor->rank, tensor->shape);
    else
        nn_graph_fail(graph, "a tensor is filled from outside of the network");
    nn_graph_is(graph, tensor, value);
    return value;
}

static int constant(nn_graph *graph, nn_graph_constant c)
{
    if (!room(graph, &graph->constants, graph->constant_count, &graph->constant_room,
              sizeof *graph->constants) ||
        (!c.real && !c.whole)) {
        free(c.real);
        free(c.whole);
        if (!graph->error.code)
            nn_no_memory(&graph->error);
        return -1;
    }
    c.value = graph->values++;
    graph->constants[graph->constant_count++] = c;
    return c.value;
}

int nn_graph_reals(nn_graph *graph, const nn_real *values, int rank, const int *shape)
{
    nn_graph_constant c = {.rank = rank, .count = 1};
    for (int i = 0; i < rank; i++) {
        c.shape[i] = shape[i];
        c.count *= (size_t)shape[i];
    }
    c.real = nn_resize(NULL, c.count, sizeof *c.real, 1);
    for (size_t i = 0; c.real && i < c.count; i++)
        c.real[i] = (float)values[i];
    return constant(graph, c);
}

int nn_graph_param(nn_graph *graph, size_t offset, int rank, const int *shape)
{
    return nn_graph_reals(graph, graph->params->data + offset, rank, shape);
}

int nn_graph_real(nn_graph *graph, double value)
{
    return nn_graph_reals(graph, &(nn_real){(nn_real)value}, 0, NULL);
}

int nn_graph_wholes(nn_graph *graph, int count, const int64_t *values)
{
    nn_graph_constant c = {.rank = 1, .shape = {count}, .count = (size_t)count};
    c.whole = nn_resize(NULL, c.count, sizeof *c.whole, 1);
    if (c.whole)
        memcpy(c.whole, values, c.count * sizeof *c.whole);
    return constant(graph, c);
}

/* --- operations --- */

int nn_graph_apply(nn_graph *graph, const char *op, int count, const int *inputs,
                   const nn_graph_attribute *attributes)
{
    for (int i = 0; i < count && !graph->error.code; i++)
        if (inputs[i] < 0) /* a value that there was no memory for */
            nn_no_memory(&graph->error);
    if (!room(graph, &graph->nodes, graph->node_count, &graph->node_room, sizeof *graph->nodes))
        return -1;
    nn_graph_node node = {.op = op, .count = count};
    memcpy(node.inputs, inputs, (size_t)count * sizeof *inputs);
    for (int i = 0; attributes && attributes[i].name && i < 2; i++)
        node.attributes[i] = attributes[i];
    node.output = graph->values++;
    graph->nodes[graph->node_count++] = node;
    return node.output;
}

int nn_graph_one(nn_graph *graph, const char *op, int x)
{
    return nn_graph_apply(graph, op, 1, &x, NULL);
}

int nn_graph_two(nn_graph *graph, const char *op, int x, int y)
{
    return nn_graph_apply(graph, op, 2, (int[]){x, y}, NULL);
}

int nn_graph_reshape(nn_graph *graph, int x, int rank, const int *shape)
{
    int64_t sizes[NN_GRAPH_LIST];
    for (int i = 0; i < rank; i++)
        sizes[i] = shape[i];
    return nn_graph_two(graph, "Reshape", x, nn_graph_wholes(graph, rank, sizes));
}

int nn_graph_transpose(nn_graph *graph, int x, int rank, const int *order)
{
    nn_graph_attribute attributes[] = {{.name = "perm", .type = NN_GRAPH_WHOLES, .count = rank}, {0}};
    for (int i = 0; i < rank; i++)
        attributes[0].whole[i] = order[i];
    return nn_graph_apply(graph, "Transpose", 1, &x, attributes);
}

int nn_graph_slice(nn_graph *graph, int x, int axis, int begin, int end)
{
    const int inputs[] = {x, nn_graph_wholes(graph, 1, (int64_t[]){begin}),
                          nn_graph_wholes(graph, 1, (int64_t[]){end}),
                          nn_graph_wholes(graph, 1, (int64_t[]){axis})};
    return nn_graph_apply(graph, "Slice", 4, inputs, NULL);
}

static int along(nn_graph *graph, const char *op, int axis, int count, const int *inputs)
{
    const nn_graph_attribute attributes[] = {{.name = "axis", .type = NN_GRAPH_WHOLE, .whole = {axis}}, {0}};
    return nn_graph_apply(graph, op, count, inputs, attributes);
}

int nn_graph_concat(nn_graph *graph, int axis, int count, const int *parts)
{
    return along(graph, "Concat", axis, count, parts);
}

int nn_graph_softmax(nn_graph *graph, int x)
{
    return along(graph, "Softmax", -1, 1, &x);
}

int nn_graph_softmax_along(nn_graph *graph, int x, int axis)
{
    return along(graph, "Softmax", axis, 1, &x);
}

int nn_graph_sum(nn_graph *graph, int x, int axis)
{
    return nn_graph_two(graph, "ReduceSum", x, nn_graph_wholes(graph, 1, (int64_t[]){axis}));
}

int nn_graph_mix(nn_graph *graph, int x, const nn_real *m, int out, int in)
{
    if (!m)
        nn_graph_no_memory(graph);
    return m ? nn_graph_two(graph, "MatMul", nn_graph_reals(graph, m, 2, (int[]){out, in}), x) : -1;
}

int nn_graph_heads(nn_graph *graph, const nn_tensor *x, int column, int heads, int width)
{
    int v = nn_graph_of(graph, x);
    if (column || heads * width < x->shape[x->rank - 1])
        v = nn_graph_slice(graph, v, 2, column, column + heads * width);
    v = nn_graph_reshape(graph, v, 4, (int[]){0, 0, heads, width});
    return nn_graph_transpose(graph, v, 4, (int[]){0, 2, 1, 3});
}

int nn_graph_unheads(nn_graph *graph, int x, int heads, int width)
{
    return nn_graph_reshape(graph, nn_graph_transpose(graph, x, 4, (int[]){0, 2, 1, 3}), 3,
                            (int[]){0, 0, heads * width});
}

int nn_graph_mean(nn_graph *graph, int x, int axis, bool keeps)
{
    const nn_graph_attribute attributes[] = {
        {.name = "axes", .type = NN_GRAPH_WHOLES, .count = 1, .whole = {axis}},
        {.name = "keepdims", .type = NN_GRAPH_WHOLE, .whole = {keeps}},
        {0}};
    return nn_graph_apply(graph, "ReduceMean", 1, &x, attributes);
}

/* --- a whole plan --- */

static void spell_operation(nn_graph *graph, const nn_op *op)
{
    bool ragged = false;
    for (int i = 0; i < NN_MAX_OP_OUTPUTS; i++)
        ragged = ragged || (op->out[i] && op->out[i]->ragged);
    for (int i = 0; i < NN_MAX_OP_INPUTS; i++)
        ragged = ragged || (op->in[i] && op->in[i]->ragged);
    if (ragged && op->kind->spell && !op->kind->spells_ragged)
        nn_graph_fail(graph, "the operation '%s' has no form in ONNX for sequences of different lengths",
                      op->kind->name);
    else if (op->kind->spell)
        op->kind->spell(op, graph);
    else
        nn_graph_fail(graph, "the operation '%s' has no form in ONNX", op->kind->name);
}

/* Which operations a tensor is made of: needed (plan->op_count). */
static void find_needed(const nn_plan *plan, const nn_tensor *tensor, bool *needed)
{
    if (tensor->node->root->node->producer >= 0)
        needed[tensor->node->root->node->producer] = true;
    for (int i = plan->op_count - 1; i >= 0; i--)
        for (int k = 0; needed[i] && k < NN_MAX_OP_INPUTS; k++) {
            const nn_tensor *in = plan->ops[i]->in[k];
            if (in && in->node->root->node->producer >= 0)
                needed[in->node->root->node->producer] = true;
        }
}

int nn_graph_spell(nn_graph *graph, const nn_plan *plan, nn_tensor *const *inputs, int count,
                   const nn_tensor *tensor, int *output, nn_error *error)
{
    *graph = (nn_graph){.params = plan->params};
    *output = -1;
    bool *needed = calloc((size_t)plan->op_count + 1, sizeof *needed);
    if (!needed)
        return nn_no_memory(error);
    find_needed(plan, tensor, needed);
    for (int i = 0; i < count; i++)
        nn_graph_is(graph, inputs[i], graph->values++);
    for (int i = 0; i < count; i++)
        if (inputs[i]->ragged)
            nn_graph_is(graph, inputs[i], one_sequence(graph, i, inputs[i]));
    for (int i = 0; i < plan->op_count && !graph->error.code; i++)
        if (needed[i])
            spell_operation(graph, plan->ops[i]);
    if (!graph->error.code)
        *output = nn_graph_of(graph, tensor);
    free(needed);
    return graph->error.code ? nn_fail(error, graph->error.code, "%s", graph->error.text) : NN_OK;
}
