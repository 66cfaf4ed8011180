/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations that make fewer tokens of many: windows laid side by side, and their largest values. */
#include "lib/graph.h"
#include "lib/plan_internal.h"

#include <stdlib.h>
#include <string.h>

/* Tokens that windows over n of them come to. */
static int windows_of(const nn_window *w, int n)
{
    if (w->padding == NN_WINDOWS_TO_END)
        return n < 1 ? 0 : n <= w->size ? 1 : (n - w->size + w->stride - 1) / w->stride + 1;
    const int room = n + 2 * w->padding - w->size;
    return room < 0 ? 0 : room / w->stride + 1;
}

/* Where a window over n tokens begins; below 0 it is outside. */
static int begin_of(const nn_window *w, int n, int window)
{
    return w->padding == NN_WINDOWS_TO_END ? n - w->size - (windows_of(w, n) - 1 - window) * w->stride
                                           : window * w->stride - w->padding;
}

/* The lengths of the output's sequences. */
static void set_offsets(const nn_op *op, const nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    if (!x->ragged)
        return;
    y->ragged->offsets[0] = 0;
    for (int s = 0; s < run->batch; s++) {
        const int n = x->ragged->offsets[s + 1] - x->ragged->offsets[s];
        y->ragged->offsets[s + 1] = y->ragged->offsets[s] + windows_of(op->own, n);
    }
}

/* The tokens of all windows, one after another: (B,windows size,d), zeros outside. outside: what is added
 * there. */
static int gather(const nn_op *op, nn_graph *graph, double outside)
{
    const nn_window *w = op->own;
    const int n = op->in[0]->shape[1], rows = windows_of(w, n) * w->size;
    nn_real *m = calloc((size_t)rows * (size_t)n, sizeof *m), *more = calloc((size_t)rows, sizeof *more);
    for (int r = 0; m && more && r < rows; r++) {
        const int t = begin_of(w, n, r / w->size) + r % w->size;
        if (t >= 0 && t < n)
            m[(size_t)r * (size_t)n + (size_t)t] = 1;
        else
            more[r] = (nn_real)outside;
    }
    int y = nn_graph_mix(graph, nn_graph_of(graph, op->in[0]), more ? m : NULL, rows, n);
    if (more && outside < 0)
        y = nn_graph_two(graph, "Add", y, nn_graph_reals(graph, more, 2, (int[]){rows, 1}));
    free(m);
    free(more);
    return nn_graph_reshape(graph, y, 4, (int[]){0, rows / w->size, w->size, nn_width(op->in[0])});
}

static nn_tensor *record(nn_plan *plan, const nn_op_kind *kind, nn_tensor *x, nn_window w, int columns)
{
    if (!nn_plan_ready(plan, kind->name, 1, &x))
        return NULL;
    char text[64];
    const int longest = x->ragged ? x->ragged->longest : x->shape[1];
    if ((!x->ragged && x->rank != 3) || w.size < 1 || w.stride < 1 || w.padding < NN_WINDOWS_TO_END ||
        w.padding >= w.size || windows_of(&w, longest) < 1) {
        nn_plan_fail(plan, "%s: no windows of %d, %d apart and %d beyond the ends, over %s", kind->name,
                     w.size, w.stride, w.padding, nn_shape_text(x, text, sizeof text));
        return NULL;
    }
    nn_op op = {.kind = kind, .in = {x}, .own = nn_plan_own(plan, &w, sizeof w)};
    const int batch = nn_plan_batch(plan), most = windows_of(&w, longest);
    if (x->ragged) {
        nn_ragged *ragged = nn_plan_ragged(plan, batch * most, most);
        op.out[0] = ragged ? nn_plan_tensor(plan, 2, (int[]){batch * most, columns}, ragged) : NULL;
    } else
        op.out[0] = nn_plan_tensor(plan, 3, (int[]){x->shape[0], most, columns}, NULL);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

/* --- side by side --- */

/* Copies, or adds back, the elements of all windows of n tokens: channel by channel, places within. */
static void unfold(const nn_window *w, int n, int channels, nn_real *x, nn_real *y, bool back)
{
    const int windows = windows_of(w, n);
    for (int window = 0; window < windows; window++)
        for (int c = 0, begin = begin_of(w, n, window); c < channels; c++)
            for (int k = 0; k < w->size; k++, y++) {
                const int t = begin + k;
                const bool inside = t >= 0 && t < n;
                if (back && inside)
                    x[(size_t)t * (size_t)channels + (size_t)c] += *y;
                else if (!back)
                    *y = inside ? x[(size_t)t * (size_t)channels + (size_t)c] : 0;
            }
}

static void unfold_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    set_offsets(op, run);
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first, to;
        const int n = nn_tokens(x, s, &first);
        nn_tokens(y, s, &to);
        unfold(op->own, n, nn_width(x), x->data + first * (size_t)nn_width(x),
               y->data + to * (size_t)nn_width(y), false);
    }
}

static void unfold_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first, to;
        const int n = nn_tokens(x, s, &first);
        nn_tokens(y, s, &to);
        unfold(op->own, n, nn_width(x), x->grad + first * (size_t)nn_width(x),
               y->grad + to * (size_t)nn_width(y), true);
    }
}

static void unfold_spell(const nn_op *op, nn_graph *graph)
{
    const nn_tensor *y = op->out[0];
    const int v = nn_graph_transpose(graph, gather(op, graph, 0), 4, (int[]){0, 1, 3, 2});
    nn_graph_is(graph, y, nn_graph_reshape(graph, v, 3, (int[]){0, y->shape[1], y->shape[2]}));
}

static const nn_op_kind unfold_kind = {
    .name = "unfold", .spell = unfold_spell, .forward = unfold_forward, .backward = unfold_backward};

nn_tensor *nn_unfold(nn_plan *plan, nn_tensor *x, nn_window window)
{
    return record(plan, &unfold_kind, x, window, x ? window.size * nn_width(x) : 0);
}

/* --- the largest --- */

/* The token of a window with the largest value of channel c, the first of equal ones; -1: it has none. */
static int largest(const nn_window *w, const nn_real *x, int n, int channels, int window, int c)
{
    int best = -1;
    const int begin = begin_of(w, n, window);
    for (int k = 0; k < w->size; k++) {
        const int t = begin + k;
        if (t >= 0 && t < n &&
            (best < 0 ||
             x[(size_t)t * (size_t)channels + (size_t)c] > x[(size_t)best * (size_t)channels + (size_t)c]))
            best = t;
    }
    return best;
}

static void max_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const int d = nn_width(x);
    set_offsets(op, run);
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first, to;
        const int n = nn_tokens(x, s, &first), windows = nn_tokens(y, s, &to);
        const nn_real *from = x->data + first * (size_t)d;
        nn_real *row = y->data + to * (size_t)d;
        for (int window = 0; window < windows; window++, row += d)
            for (int c = 0; c < d; c++) {
                const int t = largest(op->own, from, n, d, window, c);
                row[c] = t < 0 ? 0 : from[(size_t)t * (size_t)d + (size_t)c];
            }
    }
}

static void max_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const int d = nn_width(x);
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first, to;
        const int n = nn_tokens(x, s, &first), windows = nn_tokens(y, s, &to);
        const nn_real *from = x->data + first * (size_t)d, *dy = y->grad + to * (size_t)d;
        for (int window = 0; window < windows; window++, dy += d)
            for (int c = 0; c < d; c++) {
                const int t = largest(op->own, from, n, d, window, c);
                if (t >= 0)
                    x->grad[(first + (size_t)t) * (size_t)d + (size_t)c] += dy[c];
            }
    }
}

static void max_spell(const nn_op *op, nn_graph *graph)
{
    const nn_graph_attribute attributes[] = {
        {.name = "axes", .type = NN_GRAPH_WHOLES, .count = 1, .whole = {2}},
        {.name = "keepdims", .type = NN_GRAPH_WHOLE, .whole = {0}},
        {0}};
    const int x = gather(op, graph, -1e30);
    nn_graph_is(graph, op->out[0], nn_graph_apply(graph, "ReduceMax", 1, &x, attributes));
}

static const nn_op_kind max_kind = {.name = "max pool",
                                    .spell = max_spell,
                                    .forward = max_forward,
                                    .backward = max_backward,
                                    .keeps_input = {true}};

nn_tensor *nn_max_pool(nn_plan *plan, nn_tensor *x, nn_window window)
{
    return record(plan, &max_kind, x, window, x ? nn_width(x) : 0);
}
