/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations along the tokens of each sequence, channel by channel: moving averages and depthwise
 * convolutions; and tokens that are learned. */
#include "lib/graph.h"
#include "lib/plan_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- moving averages --- */

typedef struct average {
    int window;
    bool remainder; /* x less its average */
} average;

/* Tokens [begin, end) of n within half of token t. */
static void neighbours(int t, int n, int half, int *begin, int *end)
{
    *begin = t > half ? t - half : 0;
    *end = t + half + 1 < n ? t + half + 1 : n;
}

/* y += sign * x for d elements */
static void add_times(nn_real *y, const nn_real *x, nn_real factor, int d)
{
    for (int c = 0; c < d; c++)
        y[c] += factor * x[c];
}

static void average_forward(const nn_op *op, nn_run *run)
{
    const average *a = op->own;
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const int d = nn_width(x);
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int n = nn_tokens(x, s, &first);
        const nn_real *from = x->data + first * (size_t)d;
        nn_real *to = y->data + first * (size_t)d;
        for (int t = 0, begin, end; t < n; t++, to += d) {
            neighbours(t, n, a->window / 2, &begin, &end);
            const nn_real share = (a->remainder ? -1 : 1) / (nn_real)(end - begin);
            for (int c = 0; c < d; c++)
                to[c] = a->remainder ? from[(size_t)t * (size_t)d + (size_t)c] : 0;
            for (int i = begin; i < end; i++)
                add_times(to, from + (size_t)i * (size_t)d, share, d);
        }
    }
}

static void average_backward(const nn_op *op, nn_run *run)
{
    const average *a = op->own;
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const int d = nn_width(x);
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int n = nn_tokens(x, s, &first);
        const nn_real *from = y->grad + first * (size_t)d;
        nn_real *to = x->grad + first * (size_t)d;
        for (int t = 0, begin, end; t < n; t++, from += d) {
            neighbours(t, n, a->window / 2, &begin, &end);
            const nn_real share = (a->remainder ? -1 : 1) / (nn_real)(end - begin);
            if (a->remainder)
                add_times(to + (size_t)t * (size_t)d, from, 1, d);
            for (int i = begin; i < end; i++)
                add_times(to + (size_t)i * (size_t)d, from, share, d);
        }
    }
}

static void average_spell(const nn_op *op, nn_graph *graph)
{
    const average *a = op->own;
    const int n = op->in[0]->shape[1];
    nn_real *m = calloc((size_t)n * (size_t)n, sizeof *m);
    for (int t = 0, begin, end; m && t < n; t++) {
        nn_real *row = m + (size_t)t * (size_t)n;
        neighbours(t, n, a->window / 2, &begin, &end);
        for (int i = begin; i < end; i++)
            row[i] = (a->remainder ? -1 : 1) / (nn_real)(end - begin);
        row[t] += a->remainder ? 1 : 0;
    }
    nn_graph_is(graph, op->out[0], nn_graph_mix(graph, nn_graph_of(graph, op->in[0]), m, n, n));
    free(m);
}

static const nn_op_kind average_kind = {.name = "moving average",
                                        .spell = average_spell,
                                        .forward = average_forward,
                                        .backward = average_backward};

nn_tensor *nn_moving_average(nn_plan *plan, nn_tensor *x, int window, bool remainder)
{
    if (window < 1 || window % 2 == 0)
        nn_plan_fail(plan, "a moving average of %d tokens has no middle", window);
    const average a = {window, remainder};
    return nn_plan_record_map(
        plan, &(nn_op){.kind = &average_kind, .in = {x}, .own = nn_plan_own(plan, &a, sizeof a)});
}

/* --- depthwise convolutions --- */

typedef struct depthwise {
    int kernel;
    nn_depthwise_options options;
} depthwise;

/* Rows of taps: to (kernel,d) from (d,kernel). */
static void turn(nn_real *to, const nn_real *from, int kernel, int d)
{
    for (int c = 0; c < d; c++)
        for (int j = 0; j < kernel; j++)
            to[(size_t)j * (size_t)d + (size_t)c] = from[(size_t)c * (size_t)kernel + (size_t)j];
}

/* Taps j that meet tokens: t + j - kernel/2 within [0, n). */
static void taps(int t, int n, int kernel, int *begin, int *end)
{
    const int first = t - kernel / 2;
    *begin = first < 0 ? -first : 0;
    *end = n - first < kernel ? n - first : kernel;
}

static void depthwise_forward(const nn_op *op, nn_run *run)
{
    const depthwise *w = op->own;
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const int d = nn_width(x);
    const nn_real *bias = op->has_bias ? run->params + op->bias : NULL;
    turn(op->scratch_f, run->params + op->weight, w->kernel, d);
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int n = nn_tokens(x, s, &first);
        const nn_real *from = x->data + first * (size_t)d;
        nn_real *to = y->data + first * (size_t)d;
        for (int t = 0, begin, end; t < n; t++, to += d) {
            taps(t, n, w->kernel, &begin, &end);
            for (int c = 0; c < d; c++)
                to[c] = (bias ? bias[c] : 0) +
                        (w->options.residual ? from[(size_t)t * (size_t)d + (size_t)c] : 0);
            for (int j = begin; j < end; j++) {
                const nn_real *row = from + (size_t)(t + j - w->kernel / 2) * (size_t)d,
                              *tap = op->scratch_f + (size_t)j * (size_t)d;
                for (int c = 0; c < d; c++)
                    to[c] += tap[c] * row[c];
            }
        }
    }
}

/* Gradients of one sequence; dx NULL: not wanted. */
static void depthwise_back(nn_real *dx, nn_real *dtaps, const nn_real *dy, const nn_real *x,
                           const nn_real *tap, int n, int kernel, int d)
{
    for (int t = 0, begin, end; t < n; t++, dy += d) {
        taps(t, n, kernel, &begin, &end);
        for (int j = begin; j < end; j++) {
            const size_t at = (size_t)(t + j - kernel / 2) * (size_t)d, of = (size_t)j * (size_t)d;
            for (int c = 0; c < d; c++)
                dtaps[of + (size_t)c] += dy[c] * x[at + (size_t)c];
            for (int c = 0; dx && c < d; c++)
                dx[at + (size_t)c] += dy[c] * tap[of + (size_t)c];
        }
    }
}

static void depthwise_backward(const nn_op *op, nn_run *run)
{
    const depthwise *w = op->own;
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const int d = nn_width(x);
    const size_t size = (size_t)w->kernel * (size_t)d, elements = nn_rows(x, run) * (size_t)d;
    nn_real *tap = op->scratch_b, *dtaps = tap + size, *dw = run->grads + op->weight;
    turn(tap, run->params + op->weight, w->kernel, d);
    memset(dtaps, 0, size * sizeof *dtaps);
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int n = nn_tokens(x, s, &first);
        const size_t at = first * (size_t)d;
        depthwise_back(nn_wants_grad(x) ? x->grad + at : NULL, dtaps, y->grad + at, x->data + at, tap, n,
                       w->kernel, d);
    }
    for (int c = 0; c < d; c++)
        for (int j = 0; j < w->kernel; j++)
            dw[(size_t)c * (size_t)w->kernel + (size_t)j] += dtaps[(size_t)j * (size_t)d + (size_t)c];
    for (size_t i = 0; op->has_bias && i < elements; i += (size_t)d)
        add_times(run->grads + op->bias, y->grad + i, 1, d);
    if (w->options.residual && nn_wants_grad(x))
        nn_add(x->grad, y->grad, elements);
}

static void depthwise_spell(const nn_op *op, nn_graph *graph)
{
    const depthwise *w = op->own;
    const int d = nn_width(op->in[0]), x = nn_graph_of(graph, op->in[0]), side = w->kernel / 2;
    const nn_graph_attribute attributes[] = {
        {.name = "group", .type = NN_GRAPH_WHOLE, .whole = {d}},
        {.name = "pads", .type = NN_GRAPH_WHOLES, .count = 2, .whole = {side, side}},
        {0}};
    const int inputs[] = {nn_graph_transpose(graph, x, 3, (int[]){0, 2, 1}),
                          nn_graph_param(graph, op->weight, 3, (int[]){d, 1, w->kernel}),
                          op->has_bias ? nn_graph_param(graph, op->bias, 1, &d) : 0};
    int y = nn_graph_apply(graph, "Conv", op->has_bias ? 3 : 2, inputs, attributes);
    y = nn_graph_transpose(graph, y, 3, (int[]){0, 2, 1});
    nn_graph_is(graph, op->out[0], w->options.residual ? nn_graph_two(graph, "Add", y, x) : y);
}

static const nn_op_kind depthwise_kind = {.name = "depthwise convolution",
                                          .spell = depthwise_spell,
                                          .forward = depthwise_forward,
                                          .backward = depthwise_backward,
                                          .keeps_input = {true}};

nn_tensor *nn_depthwise(nn_plan *plan, const char *name, nn_tensor *x, int kernel,
                        nn_depthwise_options options)
{
    if (!nn_plan_ready(plan, "depthwise convolution", 1, &x))
        return NULL;
    if (kernel < 1 || kernel % 2 == 0)
        nn_plan_fail(plan, "%s: a convolution over %d tokens has no middle", name, kernel);
    const int d = nn_width(x);
    const double bound = 1 / sqrt(kernel);
    const nn_param *w =
        nn_plan_param(plan, nn_name(plan, "%s.weight", name), NN_INIT_UNIFORM, bound, 2, (int[]){d, kernel});
    nn_op op = {.kind = &depthwise_kind, .in = {x}, .has_params = true, .has_bias = options.bias};
    op.weight = w ? w->offset : 0;
    op.parameters = w ? w->count + (options.bias ? (size_t)d : 0) : 0;
    if (options.bias) {
        w = nn_plan_param(plan, nn_name(plan, "%s.bias", name), NN_INIT_UNIFORM, bound, 1, &d);
        op.bias = w ? w->offset : 0;
    }
    const depthwise own = {kernel, options};
    op.own = nn_plan_own(plan, &own, sizeof own);
    op.scratch_forward = (size_t)kernel * (size_t)d;
    op.scratch_backward = 2 * op.scratch_forward;
    op.macs = (double)nn_row_capacity(x) * d * kernel;
    return nn_plan_record_map(plan, &op);
}

/* --- learned tokens, the same for every sequence --- */

static void learned_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *z = op->out[0];
    const int count = *(const int *)op->own;
    const size_t size = (size_t)count * (size_t)nn_width(z);
    for (int s = 0; z->ragged && s <= run->batch; s++)
        z->ragged->offsets[s] = s * count;
    for (size_t s = 0; s < nn_sequences(z, run); s++)
        memcpy(z->data + s * size, run->params + op->weight, size * sizeof *z->data);
}

static void learned_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *z = op->out[0];
    const size_t size = (size_t) * (const int *)op->own * (size_t)nn_width(z);
    for (size_t s = 0; s < nn_sequences(z, run); s++)
        nn_add(run->grads + op->weight, z->grad + s * size, size);
}

/* As many times as there are sequences, which are so many of each sample of the network's first input. */
static void learned_spell(const nn_op *op, nn_graph *graph)
{
    const nn_tensor *z = op->out[0];
    const int count = *(const int *)op->own, d = nn_width(z), each = z->shape[0] / nn_plan_batch(op->plan);
    int samples = nn_graph_one(graph, "Shape", graph->known[0].value);
    samples = nn_graph_slice(graph, samples, 0, 0, 1);
    const int sequences = nn_graph_two(graph, "Mul", samples, nn_graph_wholes(graph, 1, (int64_t[]){each}));
    const int shape =
        nn_graph_concat(graph, 0, 2, (int[]){sequences, nn_graph_wholes(graph, 2, (int64_t[]){count, d})});
    nn_graph_is(
        graph, z,
        nn_graph_two(graph, "Expand", nn_graph_param(graph, op->weight, 3, (int[]){1, count, d}), shape));
}

static const nn_op_kind learned_kind = {.name = "learned tokens",
                                        .spell = learned_spell,
                                        .forward = learned_forward,
                                        .backward = learned_backward};

nn_tensor *nn_learned_tokens(nn_plan *plan, const char *name, int count, int width, const nn_tensor *like)
{
    const int batch = nn_plan_batch(plan), shape[] = {count, width};
    if (!like)
        return NULL;
    const nn_param *w = nn_plan_param(plan, name, NN_INIT_UNIFORM, 1, 2, shape);
    nn_ragged *ragged = like->ragged ? nn_plan_ragged(plan, batch * count, count) : NULL;
    nn_op op = {.kind = &learned_kind, .has_params = true};
    op.weight = w ? w->offset : 0;
    op.parameters = w ? w->count : 0;
    op.own = nn_plan_own(plan, &count, sizeof count);
    op.out[0] = ragged ? nn_plan_tensor(plan, 2, (int[]){batch * count, width}, ragged)
                       : nn_plan_tensor(plan, 3, (int[]){like->shape[0], count, width}, NULL);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}
