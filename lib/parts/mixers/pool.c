/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PoolFormer's mixer (arXiv 2111.11418): the mean of the neighbours within a window less the token itself,
 * y_t = mean of x over the part of [t - k/2, t + k/2] that there is, less x_t. */
#include "lib/parts/block.h"
#include "lib/plan_internal.h"

typedef struct pool {
    int window;
} pool;

static void range(int t, int tokens, int half, int *begin, int *end)
{
    *begin = t > half ? t - half : 0;
    *end = t + half + 1 < tokens ? t + half + 1 : tokens;
}

static void average(nn_real *y, const nn_real *x, int tokens, int d, int half)
{
    for (int t = 0; t < tokens; t++) {
        int begin, end;
        range(t, tokens, half, &begin, &end);
        nn_real *row = y + (size_t)t * d;
        const nn_real share = 1 / (nn_real)(end - begin);
        for (int c = 0; c < d; c++)
            row[c] = -x[(size_t)t * d + c];
        for (int i = begin; i < end; i++)
            for (int c = 0; c < d; c++)
                row[c] += share * x[(size_t)i * d + c];
    }
}

static void average_back(nn_real *dx, const nn_real *dy, int tokens, int d, int half)
{
    for (int t = 0; t < tokens; t++) {
        int begin, end;
        range(t, tokens, half, &begin, &end);
        const nn_real *row = dy + (size_t)t * d;
        const nn_real share = 1 / (nn_real)(end - begin);
        for (int c = 0; c < d; c++)
            dx[(size_t)t * d + c] -= row[c];
        for (int i = begin; i < end; i++)
            for (int c = 0; c < d; c++)
                dx[(size_t)i * d + c] += share * row[c];
    }
}

static int half_of(const nn_op *op)
{
    return ((const pool *)op->own)->window / 2;
}

static void forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int tokens = nn_tokens(x, s, &first), d = nn_width(x);
        average(y->data + first * (size_t)d, x->data + first * (size_t)d, tokens, d, half_of(op));
    }
}

static void backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int tokens = nn_tokens(x, s, &first), d = nn_width(x);
        average_back(x->grad + first * (size_t)d, y->grad + first * (size_t)d, tokens, d, half_of(op));
    }
}

static const nn_op_kind kind = {.name = "pool mixer", .forward = forward, .backward = backward};

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    (void)block, (void)memory;
    if (((const pool *)settings)->window % 2 == 0)
        nn_plan_fail(plan, "%s: a pool of an even number of tokens has no middle", name);
    return nn_plan_record_map(
        plan, &(nn_op){.kind = &kind, .in = {x}, .own = nn_plan_own(plan, settings, sizeof(pool))});
}

static const nn_option options[] = {
    {"k", 0, NN_INT, offsetof(pool, window), "3", "N", 1, 4095, "tokens of the window, an odd number"}, {0}};

const nn_mixer_kind nn_mixer_pool = {
    {"pool", "the mean of k neighbours less the token (PoolFormer, arXiv 2111.11418)", "kd", NN_PART_ORDER,
     options, sizeof(pool)},
    build};
