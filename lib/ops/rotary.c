/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns of tokens turned in pairs by the token's place. */
#include "lib/plan_internal.h"

#include <math.h>
#include <string.h>

typedef struct rotary {
    int heads, width;
} rotary;

/* Turns, or with sign -1 turns back, the heads of a token at place t: adds to y, or sets it. */
static void turn(const rotary *r, nn_real *y, const nn_real *x, int t, const double *rates, int sign,
                 bool adds)
{
    for (int i = 0; 2 * i + 1 < r->width; i++) {
        const nn_real c = (nn_real)cos(t * rates[i]), s = (nn_real)(sign * sin(t * rates[i]));
        for (int h = 0; h < r->heads; h++) {
            const int at = h * r->width + 2 * i;
            const nn_real a = c * x[at] - s * x[at + 1], b = s * x[at] + c * x[at + 1];
            y[at] = adds ? y[at] + a : a;
            y[at + 1] = adds ? y[at + 1] + b : b;
        }
    }
}

enum { MOST_PAIRS = 2048 };

static void fill_rates(double *rates, int width)
{
    for (int i = 0; 2 * i + 1 < width; i++)
        rates[i] = pow(10000, -2.0 * i / width);
}

static void forward(const nn_op *op, nn_run *run)
{
    const rotary *r = op->own;
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t d = (size_t)nn_width(x);
    double rates[MOST_PAIRS];
    fill_rates(rates, r->width);
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
    fill_rates(rates, r->width);
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

static const nn_op_kind kind = {.name = "rotary", .forward = forward, .backward = backward};

nn_tensor *nn_rotary(nn_plan *plan, nn_tensor *x, int heads, int width)
{
    if (!nn_plan_ready(plan, "rotary", 1, &x))
        return NULL;
    if (heads < 1 || width < 1 || width > 2 * MOST_PAIRS || heads > nn_width(x) / width) {
        char text[64];
        nn_plan_fail(plan, "rotary: %d heads of %d columns do not lie in %s", heads, width,
                     nn_shape_text(x, text, sizeof text));
        return NULL;
    }
    const rotary own = {heads, width};
    nn_op op = {.kind = &kind, .in = {x}, .own = nn_plan_own(plan, &own, sizeof own)};
    op.macs = 2.0 * (double)nn_row_capacity(x) * heads * width;
    return nn_plan_record_map(plan, &op);
}
