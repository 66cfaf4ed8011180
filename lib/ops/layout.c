/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations that move elements: transpose, concatenation, slice; and the mean over tokens. */
#include "lib/graph.h"
#include "lib/kernels/vector.h"
#include "lib/plan_internal.h"

#include <limits.h>
#include <string.h>

/* y (n,m) = x' [+ y], x (m,n), in square tiles that both fit the first-level cache. */
NN_CLONES static void transpose(nn_real *restrict y, const nn_real *restrict x, int m, int n, bool accumulate)
{
    enum { TILE = 16 };
    for (int i0 = 0; i0 < m; i0 += TILE)
        for (int j0 = 0; j0 < n; j0 += TILE) {
            int i1 = i0 + TILE < m ? i0 + TILE : m, j1 = j0 + TILE < n ? j0 + TILE : n;
            for (int j = j0; j < j1; j++)
                for (int i = i0; i < i1; i++)
                    y[(size_t)j * (size_t)m + (size_t)i] =
                        x[(size_t)i * (size_t)n + (size_t)j] +
                        (accumulate ? y[(size_t)j * (size_t)m + (size_t)i] : 0);
        }
}

static void transpose_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0];
    size_t size = nn_inner(x);
    for (size_t b = 0; b < nn_active(x, run); b++)
        transpose(op->out[0]->data + b * size, x->data + b * size, x->shape[1], x->shape[2], false);
}

static void transpose_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0];
    size_t size = nn_inner(x);
    for (size_t b = 0; b < nn_active(x, run); b++)
        transpose(x->grad + b * size, op->out[0]->grad + b * size, x->shape[2], x->shape[1],
                  op->accumulate[0]);
}

static void transpose_spell(const nn_op *op, nn_graph *graph)
{
    nn_graph_is(graph, op->out[0],
                nn_graph_transpose(graph, nn_graph_of(graph, op->in[0]), 3, (int[]){0, 2, 1}));
}

static const nn_op_kind transpose_kind = {.name = "transpose",
                                          .spell = transpose_spell,
                                          .forward = transpose_forward,
                                          .backward = transpose_backward,
                                          .sets_gradient = true};

static bool dense3(nn_plan *plan, const char *operation, const nn_tensor *x)
{
    char text[64];
    bool fits = x->rank == 3 && !x->ragged;
    if (!fits)
        nn_plan_fail(plan, "%s: %s is not a dense tensor of rank 3", operation,
                     nn_shape_text(x, text, sizeof text));
    return fits;
}

nn_tensor *nn_transpose(nn_plan *plan, nn_tensor *x)
{
    if (!nn_plan_ready(plan, "transpose", 1, &x) || !dense3(plan, "transpose", x))
        return NULL;
    nn_op op = {.kind = &transpose_kind, .in = {x}};
    op.out[0] = nn_plan_tensor(plan, 3, (int[]){x->shape[0], x->shape[2], x->shape[1]}, NULL);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

/* --- concat, slice: samples of `size` elements, of which `count` from `begin` belong to the part --- */

static void copy_parts(nn_real *to, size_t to_size, const nn_real *from, size_t from_size, size_t count,
                       size_t samples)
{
    for (size_t b = 0; b < samples; b++)
        memcpy(to + b * to_size, from + b * from_size, count * sizeof *to);
}

static void add_parts(nn_real *to, size_t to_size, const nn_real *from, size_t from_size, size_t count,
                      size_t samples)
{
    for (size_t b = 0; b < samples; b++)
        nn_add(to + b * to_size, from + b * from_size, count);
}

static void concat_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *a = op->in[0], *b = op->in[1], *y = op->out[0];
    copy_parts(y->data, nn_inner(y), a->data, nn_inner(a), nn_inner(a), nn_active(a, run));
    copy_parts(y->data + nn_inner(a), nn_inner(y), b->data, nn_inner(b), nn_inner(b), nn_active(b, run));
}

static void concat_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *a = op->in[0], *b = op->in[1], *y = op->out[0];
    if (nn_wants_grad(a))
        add_parts(a->grad, nn_inner(a), y->grad, nn_inner(y), nn_inner(a), nn_active(a, run));
    if (nn_wants_grad(b))
        add_parts(b->grad, nn_inner(b), y->grad + nn_inner(a), nn_inner(y), nn_inner(b), nn_active(b, run));
}

static void concat_spell(const nn_op *op, nn_graph *graph)
{
    const int parts[] = {nn_graph_of(graph, op->in[0]), nn_graph_of(graph, op->in[1])};
    nn_graph_is(graph, op->out[0], nn_graph_concat(graph, 1, 2, parts));
}

static const nn_op_kind concat_kind = {
    .name = "concat", .spell = concat_spell, .forward = concat_forward, .backward = concat_backward};

nn_tensor *nn_concat(nn_plan *plan, nn_tensor *a, nn_tensor *b)
{
    if (!nn_plan_ready(plan, "concat", 2, (nn_tensor *[]){a, b}))
        return NULL;
    if (a->ragged && b->ragged)
        return nn_concat_ragged(plan, a, b);
    if (!dense3(plan, "concat", a) || !dense3(plan, "concat", b))
        return NULL;
    if (a->shape[0] != b->shape[0] || a->shape[2] != b->shape[2]) {
        char s[64], t[64];
        nn_plan_fail(plan, "concat: %s and %s differ beside dimension 1", nn_shape_text(a, s, sizeof s),
                     nn_shape_text(b, t, sizeof t));
        return NULL;
    }
    if (a->shape[1] > INT_MAX - b->shape[1]) {
        nn_plan_fail(plan, "concat: %d and %d entries of dimension 1 are too many", a->shape[1], b->shape[1]);
        return NULL;
    }
    nn_op op = {.kind = &concat_kind, .in = {a, b}};
    op.out[0] = nn_plan_tensor(plan, 3, (int[]){a->shape[0], a->shape[1] + b->shape[1], a->shape[2]}, NULL);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

static void slice_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    size_t begin = (size_t)op->as.slice.begin * (size_t)x->shape[2];
    copy_parts(y->data, nn_inner(y), x->data + begin, nn_inner(x), nn_inner(y), nn_active(x, run));
}

static void slice_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    size_t begin = (size_t)op->as.slice.begin * (size_t)x->shape[2];
    add_parts(x->grad + begin, nn_inner(x), y->grad, nn_inner(y), nn_inner(y), nn_active(x, run));
}

static void slice_spell(const nn_op *op, nn_graph *graph)
{
    const int begin = op->as.slice.begin;
    nn_graph_is(graph, op->out[0],
                nn_graph_slice(graph, nn_graph_of(graph, op->in[0]), 1, begin, begin + op->out[0]->shape[1]));
}

static const nn_op_kind slice_kind = {
    .name = "slice", .spell = slice_spell, .forward = slice_forward, .backward = slice_backward};

nn_tensor *nn_slice(nn_plan *plan, nn_tensor *x, int begin, int count)
{
    if (!nn_plan_ready(plan, "slice", 1, &x))
        return NULL;
    if (x->ragged)
        return nn_slice_ragged(plan, x, begin, count);
    if (!dense3(plan, "slice", x))
        return NULL;
    if (begin < 0 || count < 1 || begin > x->shape[1] - count) {
        char text[64];
        nn_plan_fail(plan, "slice: entries %d to %d do not lie in dimension 1 of %s", begin,
                     begin + count - 1, nn_shape_text(x, text, sizeof text));
        return NULL;
    }
    if (begin == 0 && count == x->shape[1])
        return x;
    nn_op op = {.kind = &slice_kind, .in = {x}, .as.slice = {begin}};
    op.out[0] = nn_plan_tensor(plan, 3, (int[]){x->shape[0], count, x->shape[2]}, NULL);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

/* --- mean over tokens --- */

static void mean_pool_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    size_t d = (size_t)nn_width(x), first;
    for (size_t s = 0; s < nn_active(y, run); s++) {
        int tokens = nn_tokens(x, s, &first);
        nn_real *row = y->data + s * d, share = 1 / (nn_real)(tokens > 0 ? tokens : 1);
        memset(row, 0, d * sizeof *row);
        for (int t = 0; t < tokens; t++)
            for (size_t j = 0; j < d; j++)
                row[j] += x->data[(first + (size_t)t) * d + j] * share;
    }
}

static void mean_pool_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    size_t d = (size_t)nn_width(x), first;
    for (size_t s = 0; s < nn_active(y, run); s++) {
        int tokens = nn_tokens(x, s, &first);
        nn_real share = 1 / (nn_real)(tokens > 0 ? tokens : 1);
        for (int t = 0; t < tokens; t++)
            for (size_t j = 0; j < d; j++)
                x->grad[(first + (size_t)t) * d + j] += y->grad[s * d + j] * share;
    }
}

static void mean_pool_spell(const nn_op *op, nn_graph *graph)
{
    nn_graph_is(graph, op->out[0], nn_graph_mean(graph, nn_graph_of(graph, op->in[0]), 1, false));
}

static const nn_op_kind mean_pool_kind = {.name = "mean pool",
                                          .spell = mean_pool_spell,
                                          .spells_ragged = true,
                                          .forward = mean_pool_forward,
                                          .backward = mean_pool_backward};

nn_tensor *nn_mean_pool(nn_plan *plan, nn_tensor *x)
{
    if (!nn_plan_ready(plan, "mean pool", 1, &x))
        return NULL;
    if (!x->ragged && !dense3(plan, "mean pool", x))
        return NULL;
    nn_op op = {.kind = &mean_pool_kind, .in = {x}};
    int sequences = x->ragged ? nn_plan_batch(plan) : x->shape[0];
    op.out[0] = nn_plan_tensor(plan, 2, (int[]){sequences, nn_width(x)}, NULL);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}
