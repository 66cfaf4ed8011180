/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mean of all tokens less the token: y_i = mean_j x_j - x_i. Needs no order. */
#include "lib/parts/block.h"
#include "lib/plan_internal.h"

/* The map is its own transpose, so that the gradient takes the same way; adds to where it is asked to. */
static void centre(nn_real *y, const nn_real *x, int tokens, int d, bool adds)
{
    for (int c = 0; c < d; c++) {
        double sum = 0;
        for (int t = 0; t < tokens; t++)
            sum += (double)x[(size_t)t * d + c];
        const nn_real mean = (nn_real)(sum / tokens);
        for (int t = 0; t < tokens; t++) {
            const nn_real v = mean - x[(size_t)t * d + c];
            y[(size_t)t * d + c] = adds ? y[(size_t)t * d + c] + v : v;
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

static const nn_op_kind kind = {.name = "mean mixer", .forward = forward, .backward = backward};

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    (void)name, (void)block, (void)settings, (void)memory;
    return nn_plan_record_map(plan, &(nn_op){.kind = &kind, .in = {x}});
}

const nn_mixer_kind nn_mixer_mean = {
    {"mean", "the mean of all tokens less the token itself (after PoolFormer, arXiv 2111.11418)", "2d", 0,
     NULL, 0},
    build};
