/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations that make one row of the tokens of each sequence: by weights, and the first or the last one. */
#include "lib/graph.h"
#include "lib/plan_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static nn_tensor *pooled(nn_plan *plan, const char *operation, const nn_tensor *x)
{
    if (!x->ragged && x->rank != 3) {
        char text[64];
        nn_plan_fail(plan, "%s: %s is no (B,T,d)", operation, nn_shape_text(x, text, sizeof text));
        return NULL;
    }
    const int sequences = x->ragged ? nn_plan_batch(plan) : x->shape[0];
    return nn_plan_tensor(plan, 2, (int[]){sequences, nn_width(x)}, NULL);
}

/* --- by weights --- */

static void softmax(nn_real *weights, const nn_real *scores, int n)
{
    nn_real most = n ? scores[0] : 0;
    double sum = 0;
    for (int t = 1; t < n; t++)
        most = scores[t] > most ? scores[t] : most;
    for (int t = 0; t < n; t++) {
        weights[t] = (nn_real)exp((double)(scores[t] - most));
        sum += (double)weights[t];
    }
    for (int t = 0; t < n; t++)
        weights[t] = (nn_real)((double)weights[t] / sum);
}

static void weighted_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *scores = op->in[1], *y = op->out[0];
    const size_t d = (size_t)nn_width(x);
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int n = nn_tokens(x, s, &first);
        nn_real *row = y->data + s * d, *weights = op->saved + first;
        softmax(weights, scores->data + first, n);
        memset(row, 0, d * sizeof *row);
        for (int t = 0; t < n; t++)
            for (size_t c = 0; c < d; c++)
                row[c] += weights[t] * x->data[(first + (size_t)t) * d + c];
    }
}

/* The gradient of a score: its weight times how much more its token goes along dy than y does. */
static void weighted_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *scores = op->in[1], *y = op->out[0];
    const size_t d = (size_t)nn_width(x);
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int n = nn_tokens(x, s, &first);
        const nn_real *dy = y->grad + s * d, *mean = y->data + s * d;
        for (size_t t = first; t < first + (size_t)n; t++) {
            const nn_real *token = x->data + t * d, weight = op->saved[t];
            nn_real along = 0;
            for (size_t c = 0; c < d; c++)
                along += dy[c] * (token[c] - mean[c]);
            if (nn_wants_grad(scores))
                scores->grad[t] += weight * along;
            for (size_t c = 0; nn_wants_grad(x) && c < d; c++)
                x->grad[t * d + c] += weight * dy[c];
        }
    }
}

static void weighted_spell(const nn_op *op, nn_graph *graph)
{
    int w = nn_graph_transpose(graph, nn_graph_of(graph, op->in[1]), 3, (int[]){0, 2, 1});
    w = nn_graph_two(graph, "MatMul", nn_graph_softmax(graph, w), nn_graph_of(graph, op->in[0]));
    nn_graph_is(graph, op->out[0], nn_graph_reshape(graph, w, 2, (int[]){0, nn_width(op->in[0])}));
}

static const nn_op_kind weighted_kind = {.name = "weighted pool",
                                         .spell = weighted_spell,
                                         .spells_ragged = true,
                                         .forward = weighted_forward,
                                         .backward = weighted_backward,
                                         .keeps_input = {true},
                                         .keeps_output = {true}};

nn_tensor *nn_weighted_pool(nn_plan *plan, nn_tensor *x, nn_tensor *scores)
{
    if (!nn_plan_ready(plan, "weighted pool", 2, (nn_tensor *[]){x, scores}))
        return NULL;
    if (scores->rank != x->rank || scores->ragged != x->ragged || nn_width(scores) != 1 ||
        memcmp(scores->shape, x->shape, (size_t)(x->rank - 1) * sizeof *x->shape)) {
        char a[64], b[64];
        nn_plan_fail(plan, "weighted pool: %s is no score for each token of %s",
                     nn_shape_text(scores, a, sizeof a), nn_shape_text(x, b, sizeof b));
        return NULL;
    }
    nn_op op = {.kind = &weighted_kind, .in = {x, scores}, .saved_elements = nn_row_capacity(x)};
    op.out[0] = pooled(plan, "weighted pool", x);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

/* --- the first and the last token --- */

/* The row of sequence s that is taken; -1: it has none. */
static long row_of(const nn_op *op, size_t s)
{
    size_t first;
    const int n = nn_tokens(op->in[0], s, &first);
    return n > 0 ? (long)first + (*(const bool *)op->own ? n - 1 : 0) : -1;
}

static void end_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t d = (size_t)nn_width(x);
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        const long row = row_of(op, s);
        if (row >= 0)
            memcpy(y->data + s * d, x->data + (size_t)row * d, d * sizeof *y->data);
        else
            memset(y->data + s * d, 0, d * sizeof *y->data);
    }
}

static void end_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t d = (size_t)nn_width(x);
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        const long row = row_of(op, s);
        if (row >= 0)
            nn_add(x->grad + (size_t)row * d, y->grad + s * d, d);
    }
}

static void end_spell(const nn_op *op, nn_graph *graph)
{
    const nn_tensor *x = op->in[0];
    const int row = *(const bool *)op->own ? x->shape[1] - 1 : 0;
    const int y = nn_graph_slice(graph, nn_graph_of(graph, x), 1, row, row + 1);
    nn_graph_is(graph, op->out[0], nn_graph_reshape(graph, y, 2, (int[]){0, nn_width(x)}));
}

static const nn_op_kind
    first_kind = {.name = "first pool", .spell = end_spell, .forward = end_forward, .backward = end_backward},
    last_kind = {.name = "last pool", .spell = end_spell, .forward = end_forward, .backward = end_backward};

static nn_tensor *end_pool(nn_plan *plan, const nn_op_kind *kind, bool last, nn_tensor *x)
{
    if (!nn_plan_ready(plan, kind->name, 1, &x))
        return NULL;
    nn_op op = {.kind = kind, .in = {x}, .own = nn_plan_own(plan, &last, sizeof last)};
    op.out[0] = pooled(plan, kind->name, x);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

nn_tensor *nn_first_pool(nn_plan *plan, nn_tensor *x)
{
    return end_pool(plan, &first_kind, false, x);
}

nn_tensor *nn_last_pool(nn_plan *plan, nn_tensor *x)
{
    return end_pool(plan, &last_kind, true, x);
}

/* --- means of stretches --- */

/* Tokens [begin, end) of n, of stretch k of so many. */
static void stretch(int k, int places, int n, int *begin, int *end)
{
    *begin = (int)((int64_t)k * n / places);
    *end = (int)((((int64_t)k + 1) * n + places - 1) / places);
}

static void even_pass(const nn_op *op, nn_run *run, bool back)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const int places = y->shape[1];
    const size_t d = (size_t)nn_width(x);
    for (size_t s = 0; s < nn_active(y, run); s++) {
        size_t first;
        const int n = nn_tokens(x, s, &first);
        for (int k = 0; k < places; k++) {
            int begin, end;
            const size_t at = (s * (size_t)places + (size_t)k) * d;
            stretch(k, places, n, &begin, &end);
            const nn_real share = 1 / (nn_real)(end > begin ? end - begin : 1);
            if (!back)
                memset(y->data + at, 0, d * sizeof *y->data);
            for (size_t t = first + (size_t)begin; t < first + (size_t)end; t++)
                for (size_t c = 0; c < d; c++)
                    if (back)
                        x->grad[t * d + c] += y->grad[at + c] * share;
                    else
                        y->data[at + c] += x->data[t * d + c] * share;
        }
    }
}

static void even_forward(const nn_op *op, nn_run *run)
{
    even_pass(op, run, false);
}

static void even_backward(const nn_op *op, nn_run *run)
{
    even_pass(op, run, true);
}

static void even_spell(const nn_op *op, nn_graph *graph)
{
    const int n = op->in[0]->shape[1], places = op->out[0]->shape[1];
    nn_real *m = calloc((size_t)n * (size_t)places, sizeof *m);
    for (int k = 0, begin, end; m && k < places; k++) {
        stretch(k, places, n, &begin, &end);
        for (int t = begin; t < end; t++)
            m[(size_t)k * (size_t)n + (size_t)t] = 1 / (nn_real)(end - begin);
    }
    nn_graph_is(graph, op->out[0], nn_graph_mix(graph, nn_graph_of(graph, op->in[0]), m, places, n));
    free(m);
}

static const nn_op_kind even_kind = {
    .name = "even pool", .spell = even_spell, .forward = even_forward, .backward = even_backward};

nn_tensor *nn_even_pool(nn_plan *plan, nn_tensor *x, int places)
{
    char text[64];
    if (!nn_plan_ready(plan, "even pool", 1, &x))
        return NULL;
    if ((!x->ragged && x->rank != 3) || places < 1) {
        nn_plan_fail(plan, "even pool: no %d means of %s", places, nn_shape_text(x, text, sizeof text));
        return NULL;
    }
    const int sequences = x->ragged ? nn_plan_batch(plan) : x->shape[0];
    nn_op op = {.kind = &even_kind, .in = {x}};
    op.out[0] = nn_plan_tensor(plan, 3, (int[]){sequences, places, nn_width(x)}, NULL);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}
