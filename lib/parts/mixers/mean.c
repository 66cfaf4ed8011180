/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mean of all tokens less the token: y_i = mean_j x_j - x_i. Needs no order. */
#include "lib/graph.h"
#include "lib/parts/block.h"
#include "lib/plan_internal.h"

enum { STRETCH = 64 }; /* columns whose sums are kept at once, so that memory is read along rows */

/* The map is its own transpose, so that the gradient takes the same way; adds to where it is asked to. */
static void centre(nn_real *y, const nn_real *x, int tokens, int d, bool adds)
{
    for (int first = 0; first < d; first += STRETCH) {
        double sum[STRETCH] = {0};
        const int count = d - first < STRETCH ? d - first : STRETCH;
        for (int t = 0; t < tokens; t++)
            for (int c = 0; c < count; c++)
                sum[c] += (double)x[(size_t)t * d + first + c];
        for (int t = 0; t < tokens; t++)
            for (int c = 0; c < count; c++) {
                const size_t i = (size_t)t * d + first + c;
                const nn_real v = (nn_real)(sum[c] / tokens) - x[i];
                y[i] = adds ? y[i] + v : v;
            }
    }
}

static void forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int tokens = nn_tokens(x, s, &first), d = nn_width(x);
        centre(y->data + first * (size_t)d, x->data + first * (size_t)d, tokens, d, false);
    }
}

static void backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int tokens = nn_tokens(x, s, &first), d = nn_width(x);
        centre(x->grad + first * (size_t)d, y->grad + first * (size_t)d, tokens, d, true);
    }
}

static void spell(const nn_op *op, nn_graph *graph)
{
    const int x = nn_graph_of(graph, op->in[0]);
    nn_graph_is(graph, op->out[0], nn_graph_two(graph, "Sub", nn_graph_mean(graph, x, 1, true), x));
}

static const nn_op_kind kind = {
    .name = "mean mixer", .spell = spell, .spells_ragged = true, .forward = forward, .backward = backward};

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    (void)name, (void)block, (void)settings, (void)memory;
    return nn_plan_record_map(plan, &(nn_op){.kind = &kind, .in = {x}});
}

const nn_mixer_kind nn_mixer_mean = {
    {"mean", "the mean of all tokens less the token itself (after PoolFormer, arXiv 2111.11418)", "2d", 0,
     NULL, 0},
    .build = build};
