/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations on sequences of unlike lengths: tokens of two tensors one after another, and some of each
 * sequence's. */
#include "lib/plan_internal.h"

#include <limits.h>
#include <string.h>

static void concat_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *y = op->out[0];
    const size_t d = (size_t)nn_width(y);
    y->ragged->offsets[0] = 0;
    for (size_t s = 0; s < nn_sequences(y, run); s++) {
        size_t at = (size_t)y->ragged->offsets[s];
        for (int i = 0; i < 2; i++) {
            size_t first;
            const size_t n = (size_t)nn_tokens(op->in[i], s, &first);
            memcpy(y->data + at * d, op->in[i]->data + first * d, n * d * sizeof *y->data);
            at += n;
        }
        y->ragged->offsets[s + 1] = (int)at;
    }
}

static void concat_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *y = op->out[0];
    const size_t d = (size_t)nn_width(y);
    for (size_t s = 0; s < nn_sequences(y, run); s++) {
        size_t at = (size_t)y->ragged->offsets[s];
        for (int i = 0; i < 2; i++) {
            size_t first;
            const size_t n = (size_t)nn_tokens(op->in[i], s, &first);
            if (nn_wants_grad(op->in[i]))
                nn_add(op->in[i]->grad + first * d, y->grad + at * d, n * d);
            at += n;
        }
    }
}

static const nn_op_kind concat_kind = {
    .name = "concat", .forward = concat_forward, .backward = concat_backward};

nn_tensor *nn_concat_ragged(nn_plan *plan, nn_tensor *a, nn_tensor *b)
{
    char s[64], t[64];
    if (nn_width(a) != nn_width(b) || a->ragged->most_tokens > INT_MAX - b->ragged->most_tokens) {
        nn_plan_fail(plan, "concat: %s and %s differ in columns or are too many",
                     nn_shape_text(a, s, sizeof s), nn_shape_text(b, t, sizeof t));
        return NULL;
    }
    const int most = a->ragged->most_tokens + b->ragged->most_tokens;
    nn_ragged *ragged = nn_plan_ragged(plan, most, a->ragged->longest + b->ragged->longest);
    nn_op op = {.kind = &concat_kind, .in = {a, b}};
    op.out[0] = ragged ? nn_plan_tensor(plan, 2, (int[]){most, nn_width(a)}, ragged) : NULL;
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

/* --- some of the tokens --- */

typedef struct slice {
    int begin, count;
} slice;

/* How many tokens of n are in the slice. */
static int taken(const slice *own, int n)
{
    const int there = n - own->begin;
    return there < 0 ? 0 : there < own->count ? there : own->count;
}

static void slice_forward(const nn_op *op, nn_run *run)
{
    const slice *own = op->own;
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t d = (size_t)nn_width(y);
    int *offsets = y->ragged->offsets;
    offsets[0] = 0;
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int n = taken(own, nn_tokens(x, s, &first));
        memcpy(y->data + (size_t)offsets[s] * d, x->data + (first + (size_t)own->begin) * d,
               (size_t)n * d * sizeof *y->data);
        offsets[s + 1] = offsets[s] + n;
    }
}

static void slice_backward(const nn_op *op, nn_run *run)
{
    const slice *own = op->own;
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t d = (size_t)nn_width(y);
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first, from;
        const int n = nn_tokens(y, s, &from);
        nn_tokens(x, s, &first);
        nn_add(x->grad + (first + (size_t)own->begin) * d, y->grad + from * d, (size_t)n * d);
    }
}

static const nn_op_kind slice_kind = {.name = "slice", .forward = slice_forward, .backward = slice_backward};

nn_tensor *nn_slice_ragged(nn_plan *plan, nn_tensor *x, int begin, int count)
{
    char text[64];
    if (begin < 0 || count < 1 || begin > x->ragged->longest - count) {
        nn_plan_fail(plan, "slice: tokens %d to %d of sequences of at most %d, %s", begin, begin + count - 1,
                     x->ragged->longest, nn_shape_text(x, text, sizeof text));
        return NULL;
    }
    const slice own = {begin, count};
    const int64_t all = (int64_t)nn_plan_batch(plan) * count;
    const int most = all < x->ragged->most_tokens ? (int)all : x->ragged->most_tokens;
    nn_ragged *ragged = nn_plan_ragged(plan, most, count);
    nn_op op = {.kind = &slice_kind, .in = {x}, .own = nn_plan_own(plan, &own, sizeof own)};
    op.out[0] = ragged ? nn_plan_tensor(plan, 2, (int[]){most, nn_width(x)}, ragged) : NULL;
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}
