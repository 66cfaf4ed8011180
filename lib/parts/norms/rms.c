/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x / sqrt(mean of squares + epsilon) times a learned gain, of each token (Zhang & Sennrich 2019, eq. 4). */
#include "lib/graph.h"
#include "lib/kernels/vector.h"
#include "lib/parts/block.h"
#include "lib/plan_internal.h"

#include <math.h>

enum { LANES = 8 };

/* Sums of every eighth product, then of these in pairs: an order of its own, which vectors of any width keep.
 * Products of floats are exact in double, so that it is no matter whether they are fused with their sums. */
NN_CLONES static double dot_of(const nn_real *restrict x, const nn_real *restrict y, size_t d)
{
    double sum[LANES] = {0};
    size_t c = 0;
    for (; c + LANES <= d; c += LANES)
        for (size_t l = 0; l < LANES; l++)
            sum[l] += (double)x[c + l] * (double)y[c + l];
    for (size_t l = 0; c + l < d; l++)
        sum[l] += (double)x[c + l] * (double)y[c + l];
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

static nn_real scale_of(const nn_real *x, size_t d, double epsilon)
{
    return (nn_real)(1 / sqrt(dot_of(x, x, d) / (double)d + epsilon));
}

static void forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t rows = nn_rows(x, run), d = (size_t)nn_width(x);
    const double epsilon = *(const double *)op->own;
    for (size_t r = 0; r < rows; r++) {
        const nn_real s = scale_of(x->data + r * d, d, epsilon);
        for (size_t c = 0; c < d; c++)
            y->data[r * d + c] = s * x->data[r * d + c];
    }
}

/* With s the scale: dx = s dy - s^3 x (x . dy) / d. */
static void backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t rows = nn_rows(x, run), d = (size_t)nn_width(x);
    const double epsilon = *(const double *)op->own;
    for (size_t r = 0; r < rows; r++) {
        const nn_real *from = x->data + r * d, *dy = y->grad + r * d;
        const nn_real s = scale_of(from, d, epsilon);
        const nn_real pull = s * s * s * (nn_real)(dot_of(from, dy, d) / (double)d);
        for (size_t c = 0; c < d; c++)
            x->grad[r * d + c] += s * dy[c] - pull * from[c];
    }
}

static void spell(const nn_op *op, nn_graph *graph)
{
    const int x = nn_graph_of(graph, op->in[0]);
    int s = nn_graph_mean(graph, nn_graph_two(graph, "Mul", x, x), -1, true);
    s = nn_graph_two(graph, "Add", s, nn_graph_real(graph, *(const double *)op->own));
    nn_graph_is(graph, op->out[0], nn_graph_two(graph, "Div", x, nn_graph_one(graph, "Sqrt", s)));
}

static const nn_op_kind kind = {.name = "rms norm",
                                .spell = spell,
                                .spells_ragged = true,
                                .forward = forward,
                                .backward = backward,
                                .keeps_input = {true}};

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x)
{
    (void)settings;
    const double epsilon = block->norm_epsilon > 0 ? block->norm_epsilon : 1e-5;
    nn_tensor *y = nn_plan_record_map(
        plan, &(nn_op){.kind = &kind, .in = {x}, .own = nn_plan_own(plan, &epsilon, sizeof epsilon)});
    return block->norm_plain ? y : nn_gain(plan, nn_name(plan, "%s.weight", name), y, true, 1);
}

const nn_norm_kind nn_norm_rms = {
    {"rms", "the root of the mean square of each token (Zhang & Sennrich 2019, arXiv 1910.07467)", "d", 0,
     NULL, 0},
    build};
