/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records operations, checks shapes, and replays them forward and backward. */
#include "lib/files/text_stream.h"
#include "lib/plan_internal.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- recording --- */

nn_plan *nn_plan_new(nn_params *params, int batch, bool training)
{
    nn_plan *plan = calloc(1, sizeof *plan);
    if (plan)
        *plan = (nn_plan){.params = params,
                          .batch = batch,
                          .training = training,
                          .parts = 1,
                          .precision = training ? NN_FLOAT : params->precision,
                          .keeps_packed = !training && params->precision != NN_FLOAT};
    return plan;
}

void nn_plan_free(nn_plan *plan)
{
    if (!plan)
        return;
    for (int i = 0; i < plan->op_count; i++)
        free(plan->ops[i]);
    for (int i = 0; i < plan->node_count; i++) {
        free(plan->nodes[i]->initial);
        free(plan->nodes[i]);
    }
    for (int i = 0; i < plan->ragged_count; i++) {
        free(plan->ragged[i]->offsets);
        free(plan->ragged[i]);
    }
    for (int i = 0; i < plan->name_count; i++)
        free(plan->names[i]);
    free(plan->ops);
    free(plan->nodes);
    free(plan->ragged);
    free(plan->names);
    free(plan->buffers);
    free(plan->arena);
    free(plan);
}

void nn_plan_fail(nn_plan *plan, const char *format, ...)
{
    if (plan->error.code)
        return;
    char text[sizeof plan->error.text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    nn_fail(&plan->error, NN_USAGE, "%s", text);
}

static void no_memory(nn_plan *plan)
{
    if (plan->error.code)
        return;
    nn_plan_fail(plan, "no memory");
    plan->error.code = NN_FAILED;
}

/* Appends item to a growing list of pointers; on failure frees nothing and returns false. */
static bool append(nn_plan *plan, void *list, int *count, void *item)
{
    void ***items = list;
    if (item && (*count & (*count - 1)) == 0) {
        size_t room = *count ? 2 * (size_t)*count : 1;
        void **grown = realloc(*items, room * sizeof *grown);
        if (!grown)
            item = NULL;
        else
            *items = grown;
    }
    if (!item) {
        no_memory(plan);
        return false;
    }
    (*items)[(*count)++] = item;
    return true;
}

const char *nn_name(nn_plan *plan, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    if (append(plan, &plan->names, &plan->name_count, text))
        return text;
    free(text);
    return "";
}

const char *nn_shape_text(const nn_tensor *x, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "(");
    for (int i = 0; i < x->rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, i ? ",%d" : "%d", x->shape[i]);
    if (used < size)
        snprintf(text + used, size - used, ")");
    return text;
}

bool nn_plan_ready(nn_plan *plan, const char *operation, int count, nn_tensor *const *tensors)
{
    for (int i = 0; i < count; i++)
        if (!tensors[i]) {
            nn_plan_fail(plan, "%s: an input is missing", operation);
            return false;
        }
    return plan->error.code == 0;
}

/* Kernels count the elements of one sample, and rows, in int; half of its range leaves room for padding. */
static bool fits_kernels(int rank, const int *shape, double elements, const nn_ragged *ragged)
{
    const double most = INT_MAX / 2;
    double sample = ragged ? (double)ragged->longest * shape[rank - 1] : elements / shape[0];
    return sample <= most && elements / shape[rank - 1] <= most;
}

nn_tensor *nn_plan_tensor(nn_plan *plan, int rank, const int *shape, nn_ragged *ragged)
{
    if (plan->error.code)
        return NULL;
    double elements = 1;
    for (int i = 0; i < rank; i++) {
        if (shape[i] < 1)
            nn_plan_fail(plan, "a tensor of rank %d has %d entries in dimension %d", rank, shape[i], i);
        elements *= shape[i];
    }
    if (rank < 1 || rank > NN_MAX_RANK || elements > 0x1p40)
        nn_plan_fail(plan, "a tensor of rank %d with %.0f elements is out of range", rank, elements);
    else if (!fits_kernels(rank, shape, elements, ragged))
        nn_plan_fail(plan, "a tensor of %.0f elements has too many of them in one sample or too many rows",
                     elements);
    if (plan->error.code)
        return NULL;
    nn_node *node = calloc(1, sizeof *node);
    if (!append(plan, &plan->nodes, &plan->node_count, node)) {
        free(node);
        return NULL;
    }
    *node = (nn_node){.producer = -1, .last_use = -1, .data_buffer = -1, .grad_buffer = -1};
    node->tensor = (nn_tensor){.rank = rank, .ragged = ragged, .node = node};
    node->root = &node->tensor;
    node->lead = shape[0] / plan->batch;
    memcpy(node->tensor.shape, shape, (size_t)rank * sizeof *shape);
    return &node->tensor;
}

nn_op *nn_plan_record(nn_plan *plan, const nn_op *op)
{
    if (plan->error.code)
        return NULL;
    nn_op *own = malloc(sizeof *own);
    if (!append(plan, &plan->ops, &plan->op_count, own)) {
        free(own);
        return NULL;
    }
    *own = *op;
    own->plan = plan;
    own->index = plan->op_count - 1;
    own->packed = plan->packed_elements;
    plan->packed_elements += own->packed_elements;
    own->saved_buffer = own->forward_buffer = own->backward_buffer = -1;
    bool wants = own->has_params;
    for (int k = 0; k < NN_MAX_OP_INPUTS; k++)
        if (own->in[k]) {
            own->in[k]->node->root->node->last_use = own->index;
            wants |= nn_wants_grad(own->in[k]);
        }
    own->differentiates = plan->training && wants;
    for (int k = 0; k < NN_MAX_OP_OUTPUTS; k++)
        if (own->out[k]) {
            own->out[k]->node->producer = own->index;
            own->out[k]->node->op = own;
            own->out[k]->node->wants_grad = own->differentiates;
        }
    plan->has_loss |= !own->out[0];
    return own;
}

nn_tensor *nn_plan_record_map(nn_plan *plan, const nn_op *op)
{
    nn_tensor *x = op->in[0];
    if (!nn_plan_ready(plan, op->kind->name, 1, &x))
        return NULL;
    nn_op own = *op;
    own.out[0] = nn_plan_tensor(plan, x->rank, x->shape, x->ragged);
    return nn_plan_record(plan, &own) ? own.out[0] : NULL;
}

const void *nn_plan_own(nn_plan *plan, const void *record, size_t size)
{
    if (plan->error.code)
        return NULL;
    void *own = malloc(size ? size : 1);
    if (own && size)
        memcpy(own, record, size);
    if (append(plan, &plan->names, &plan->name_count, own))
        return own;
    free(own);
    return NULL;
}

const nn_param *nn_plan_param(nn_plan *plan, const char *name, nn_init init, double bound, int rank,
                              const int *shape)
{
    if (plan->error.code)
        return NULL;
    const nn_param *param = nn_params_want(plan->params, name, init, bound, rank, shape);
    if (!param && nn_params_find(plan->params, name))
        nn_plan_fail(plan, "parameter %s: its shape differs from that of the parameter of the same name",
                     name);
    else if (!param && !nn_params_fit(plan->params, rank, shape))
        nn_plan_fail(plan, "parameter %s: it has a shape that no parameter can have, or too many elements",
                     name);
    else if (!param)
        no_memory(plan);
    return param;
}

static nn_tensor *new_input(nn_plan *plan, int inner_rank, const int *inner_shape, bool gradient)
{
    int shape[NN_MAX_RANK] = {plan->batch};
    if (inner_rank > NN_MAX_RANK - 1) {
        nn_plan_fail(plan, "input: rank %d is too large", inner_rank + 1);
        return NULL;
    }
    memcpy(shape + 1, inner_shape, (size_t)inner_rank * sizeof *shape);
    nn_tensor *x = nn_plan_tensor(plan, inner_rank + 1, shape, NULL);
    if (x) {
        x->node->persistent = true;
        x->node->wants_grad = gradient && plan->training;
    }
    return x;
}

nn_tensor *nn_input(nn_plan *plan, int inner_rank, const int *inner_shape)
{
    return new_input(plan, inner_rank, inner_shape, false);
}

nn_tensor *nn_input_with_gradient(nn_plan *plan, int inner_rank, const int *inner_shape)
{
    return new_input(plan, inner_rank, inner_shape, true);
}

nn_ragged *nn_plan_ragged(nn_plan *plan, int most_tokens, int longest)
{
    nn_ragged *ragged = calloc(1, sizeof *ragged);
    int *offsets = calloc((size_t)plan->batch + 1, sizeof *offsets);
    if (!offsets || !append(plan, &plan->ragged, &plan->ragged_count, ragged)) {
        no_memory(plan);
        free(offsets);
        free(ragged);
        return NULL;
    }
    *ragged =
        (nn_ragged){.offsets = offsets, .most_tokens = most_tokens, .longest = longest, .reserved = longest};
    return ragged;
}

nn_tensor *nn_input_ragged(nn_plan *plan, int most_tokens, int longest, int width, bool gradient)
{
    nn_ragged *ragged = nn_plan_ragged(plan, most_tokens, longest);
    nn_tensor *x = ragged ? nn_plan_tensor(plan, 2, (int[]){most_tokens, width}, ragged) : NULL;
    if (x) {
        ragged->reserved = 0;
        x->node->persistent = true;
        x->node->wants_grad = gradient && plan->training;
    }
    return x;
}

nn_tensor *nn_constant(nn_plan *plan, int rows, int columns)
{
    nn_tensor *x = nn_plan_tensor(plan, 2, (int[]){rows, columns}, NULL);
    if (x)
        x->node->persistent = true;
    return x;
}

nn_tensor *nn_constant_of(nn_plan *plan, int rows, int columns, const nn_real *values)
{
    nn_tensor *x = nn_constant(plan, rows, columns);
    size_t bytes = x ? nn_capacity(x) * sizeof *values : 0;
    if (!x)
        return NULL;
    if (!(x->node->initial = malloc(bytes))) {
        no_memory(plan);
        return NULL;
    }
    memcpy(x->node->initial, values, bytes);
    return x;
}

nn_tensor *nn_keep(nn_plan *plan, nn_tensor *x)
{
    if (!nn_plan_ready(plan, "output", 1, &x))
        return NULL;
    x->node->root->node->persistent = x->node->root->node->output = true;
    return x;
}

nn_tensor *nn_reshape(nn_plan *plan, nn_tensor *x, int rank, const int *shape)
{
    if (!nn_plan_ready(plan, "reshape", 1, &x))
        return NULL;
    size_t from = nn_inner(x) * (size_t)x->shape[0], to = 1;
    for (int i = 0; i < rank && i < NN_MAX_RANK; i++)
        to *= (size_t)shape[i];
    char text[64];
    if (x->ragged || rank < 1 || rank > NN_MAX_RANK || from != to || shape[0] % plan->batch) {
        nn_plan_fail(plan, "reshape: %s cannot become a tensor of rank %d with %zu elements in whole samples",
                     nn_shape_text(x, text, sizeof text), rank, to);
        return NULL;
    }
    nn_tensor *view = nn_plan_tensor(plan, rank, shape, NULL);
    if (view) {
        view->node->root = x->node->root;
        view->node->wants_grad = x->node->wants_grad;
    }
    return view;
}

void nn_plan_divide(nn_plan *plan, int parts)
{
    plan->parts = parts;
}

int nn_plan_set_rank(nn_plan *plan, int rank)
{
    const int before = plan->rank;
    plan->rank = rank;
    return before;
}

void nn_plan_set_watched(nn_plan *plan)
{
    plan->watched = true;
}

void nn_plan_keep_all(nn_plan *plan)
{
    plan->keep_all = true;
}

int nn_plan_check(const nn_plan *plan, nn_error *error)
{
    return plan->error.code ? nn_fail(error, plan->error.code, "%s", plan->error.text) : NN_OK;
}

/* --- questions --- */

size_t nn_plan_bytes(const nn_plan *plan)
{
    return plan->arena_elements * sizeof(nn_real);
}

double nn_plan_macs(const nn_plan *plan)
{
    double sum = 0;
    for (int i = 0; i < plan->op_count; i++)
        sum += plan->ops[i]->macs;
    return sum;
}

bool nn_plan_keeps(const nn_plan *plan)
{
    return plan->training || plan->keep_all;
}

bool nn_plan_training(const nn_plan *plan)
{
    return plan->training;
}

int nn_plan_batch(const nn_plan *plan)
{
    return plan->batch;
}

char *nn_plan_report(const nn_plan *plan)
{
    nn_text_stream text;
    if (!nn_text_open(&text))
        return NULL;
    FILE *stream = text.out;
    fprintf(stream, "%-22s %-20s %12s %14s %12s\n", "operation", "output", "bytes", "multiply-adds",
            "parameters");
    for (int i = 0; i < plan->op_count; i++) {
        const nn_op *op = plan->ops[i];
        char shape[64] = "";
        size_t bytes = op->saved_elements * sizeof(nn_real);
        if (op->out[0]) {
            nn_shape_text(op->out[0], shape, sizeof shape);
            bytes += nn_capacity(op->out[0]) * sizeof(nn_real);
        }
        fprintf(stream, "%-22s %-20s %12zu %14.0f %12zu\n", op->kind->name, shape, bytes, op->macs,
                op->parameters);
    }
    fprintf(stream, "%-22s %-20s %12zu %14.0f %12zu\n", "together", "", nn_plan_bytes(plan),
            nn_plan_macs(plan), plan->params->size);
    return nn_text_close(&text) ? text.text : NULL;
}
