/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns of tokens turned in pairs by the token's place. */
#include "lib/graph.h"
#include "lib/plan_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct rotary {
    int heads, width;
    double base;
    bool halves; /* a pair's columns lie half a head apart */
} rotary;

/* Turns, or with sign -1 turns back, the heads of a token at place t: adds to y, or sets it. */
static void turn(const rotary *r, nn_real *y, const nn_real *x, int t, const double *rates, int sign,
                 bool adds)
{
    const int apart = r->halves ? r->width / 2 : 1;
    for (int i = 0; 2 * i + 1 < r->width; i++) {
        const double angle = r->halves ? (double)((float)t * (float)rates[i]) : t * rates[i];
        const nn_real c = (nn_real)cos(angle), s = (nn_real)(sign * sin(angle));
        for (int h = 0; h < r->heads; h++) {
            const int at = h * r->width + (r->halves ? i : 2 * i), to = at + apart;
            const nn_real a = c * x[at] - s * x[to], b = s * x[at] + c * x[to];
            y[at] = adds ? y[at] + a : a;
            y[to] = adds ? y[to] + b : b;
        }
    }
}

enum { MOST_PAIRS = 2048 };

static void fill_rates(double *rates, const rotary *r)
{
    for (int i = 0; 2 * i + 1 < r->width; i++)
        rates[i] = r->halves ? (double)(1 / powf((float)r->base, (float)(2 * i) / (float)r->width))
                             : pow(r->base, -2.0 * i / r->width);
}

static void forward(const nn_op *op, nn_run *run)
{
    const rotary *r = op->own;
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t d = (size_t)nn_width(x);
    double rates[MOST_PAIRS];
    fill_rates(rates, r);
    memcpy(y->data, x->data, nn_rows(x, run) * d * sizeof *y->data);
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int n = nn_tokens(x, s, &first);
        for (int t = 1; t < n; t++)
            turn(r, y->data + (first + (size_t)t) * d, x->data + (first + (size_t)t) * d, t, rates, 1, false);
    }
}

/* The columns behind the heads, and of a head of odd width the last, are as they were. */
static void add_rest(const rotary *r, nn_real *dx, const nn_real *dy, int d)
{
    for (int h = 0; r->width % 2 && h < r->heads; h++)
        dx[(h + 1) * r->width - 1] += dy[(h + 1) * r->width - 1];
    for (int c = r->heads * r->width; c < d; c++)
        dx[c] += dy[c];
}

static void backward(const nn_op *op, nn_run *run)
{
    const rotary *r = op->own;
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t d = (size_t)nn_width(x);
    double rates[MOST_PAIRS];
    fill_rates(rates, r);
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int n = nn_tokens(x, s, &first);
        for (int t = 0; t < n; t++) {
            nn_real *dx = x->grad + (first + (size_t)t) * d;
            const nn_real *dy = y->grad + (first + (size_t)t) * d;
            turn(r, dx, dy, t, rates, -1, true);
            add_rest(r, dx, dy, (int)d);
        }
    }
}

/* y = x cosines + (x P) sines, where P puts the partner of each pair in its place, one of them negative. */
static void spell(const nn_op *op, nn_graph *graph)
{
    const rotary *r = op->own;
    const int d = nn_width(op->in[0]), n = op->in[0]->shape[1], apart = r->halves ? r->width / 2 : 1;
    const size_t size = (size_t)n * (size_t)d;
    nn_real *m = calloc((size_t)d * (size_t)d + 2 * size, sizeof *m);
    double rates[MOST_PAIRS];
    if (!m) {
        nn_graph_no_memory(graph);
        return;
    }
    nn_real *cosines = m + (size_t)d * (size_t)d, *sines = cosines + size;
    fill_rates(rates, r);
    for (size_t i = 0; i < size; i++)
        cosines[i] = 1;
    for (int h = 0; h < r->heads; h++)
        for (int i = 0; 2 * i + 1 < r->width; i++) {
            const int at = h * r->width + (r->halves ? i : 2 * i), to = at + apart;
            m[(size_t)to * (size_t)d + (size_t)at] = -1;
            m[(size_t)at * (size_t)d + (size_t)to] = 1;
            for (int t = 0; t < n; t++) {
                const double angle = r->halves ? (double)((float)t * (float)rates[i]) : t * rates[i];
                const size_t row = (size_t)t * (size_t)d;
                cosines[row + (size_t)at] = cosines[row + (size_t)to] = (nn_real)cos(angle);
                sines[row + (size_t)at] = sines[row + (size_t)to] = (nn_real)sin(angle);
            }
        }
    const int x = nn_graph_of(graph, op->in[0]),
              partner = nn_graph_two(graph, "MatMul", x, nn_graph_reals(graph, m, 2, (int[]){d, d}));
    const int shape[] = {n, d},
              turned = nn_graph_two(graph, "Mul", partner, nn_graph_reals(graph, sines, 2, shape)),
              kept = nn_graph_two(graph, "Mul", x, nn_graph_reals(graph, cosines, 2, shape));
    nn_graph_is(graph, op->out[0], nn_graph_two(graph, "Add", kept, turned));
    free(m);
}

static const nn_op_kind kind = {.name = "rotary", .spell = spell, .forward = forward, .backward = backward};

static nn_tensor *build(nn_plan *plan, nn_tensor *x, int heads, int width, double base, bool halves)
{
    if (!nn_plan_ready(plan, "rotary", 1, &x))
        return NULL;
    if (heads < 1 || width < 1 || width > 2 * MOST_PAIRS || heads > nn_width(x) / width || !(base > 0) ||
        (halves && width % 2)) {
        char text[64];
        nn_plan_fail(plan, "rotary: %d heads of %d columns do not lie in %s", heads, width,
                     nn_shape_text(x, text, sizeof text));
        return NULL;
    }
    const rotary own = {heads, width, base, halves};
    nn_op op = {.kind = &kind, .in = {x}, .own = nn_plan_own(plan, &own, sizeof own)};
    op.macs = 2.0 * (double)nn_row_capacity(x) * heads * width;
    return nn_plan_record_map(plan, &op);
}

nn_tensor *nn_rotary(nn_plan *plan, nn_tensor *x, int heads, int width)
{
    return build(plan, x, heads, width, 10000, false);
}

nn_tensor *nn_rotary_halves(nn_plan *plan, nn_tensor *x, int heads, int width, double base)
{
    return build(plan, x, heads, width, base, true);
}
