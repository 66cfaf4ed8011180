/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations on sequences of unlike lengths that put tokens of two tensors one after another. */
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
