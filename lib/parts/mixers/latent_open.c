/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attention between few tokens and many without maps of the many (latent.h): scores are q (x W_k)' =
 * (q W_k) x', and what is gathered is P (x W_v') = (P x) W_v', head by head. */
#include "lib/parts/mixers/latent.h"

#include "lib/kernels/vector.h"
#include "lib/parts/core.h"
#include "lib/plan_internal.h"

#include <string.h>

static int tokens_of(const nn_tensor *x)
{
    return x->ragged ? x->ragged->longest : x->shape[1];
}

bool nn_latent_opens(const nn_plan *plan, const nn_projection *maps, const nn_tensor *few,
                     const nn_tensor *many)
{
    const int span = maps->heads * maps->width, d = nn_width(many), others = nn_width(few);
    const double n = tokens_of(many), m = tokens_of(few);
    return nn_linear_is_open(plan, maps->query, d, span) && nn_linear_is_open(plan, maps->key, d, span) &&
           nn_linear_is_open(plan, maps->value, d, span) && nn_linear_is_open(plan, maps->out, span, d) &&
           d == others && n * m * maps->heads * d + m * d * span < n * d * span + n * m * span;
}

static nn_heads_map heads_map(const nn_projection *maps, nn_linear_place at, int wide)
{
    return (nn_heads_map){.heads = maps->heads,
                          .width = maps->width,
                          .wide = wide,
                          .weight = at.weight,
                          .bias = at.bias,
                          .has_bias = at.has_bias,
                          .by_columns = at.by_columns};
}

nn_tensor *nn_latent_gather(nn_plan *plan, const nn_projection *maps, nn_tensor *few, nn_tensor *many,
                            double dropout, nn_tensor *seen, double scale)
{
    const int span = maps->heads * maps->width, d = nn_width(many);
    nn_linear_place at[2];
    nn_tensor *none, *q = nn_linear_with(plan, maps->query, few, span, maps->form);
    if (!nn_linear_want(plan, (const char *[]){maps->key, maps->value}, 2, d, span, maps->form, at))
        return NULL;
    at[0].has_bias = false; /* it adds the same to all scores of a query */
    const nn_heads_map keys = heads_map(maps, at[0], d), values = heads_map(maps, at[1], d);
    q = nn_heads_widen(plan, q, 0, &keys, &none);
    nn_tensor *gathered =
        nn_attention(plan, q, many,
                     (nn_attention_options){.heads = maps->heads,
                                            .width = d,
                                            .dropout = dropout,
                                            .scale = scale > 0 ? scale : 1 / sqrt(maps->width),
                                            .shared = true,
                                            .seen = seen});
    return nn_linear_with(plan, maps->out, nn_heads_narrow(plan, gathered, &values), nn_width(few),
                          maps->out_form);
}

/* --- the weights of the many among the few: softmax over j of scale (x . key_jh + bias_jh) --- */

/* What both operations know. */
typedef struct sending {
    int heads, few; /* few: of the longest sequence */
    nn_real scale;
    size_t bias; /* of the output */
    bool has_bias;
} sending;

/* One sequence, and of its tokens this caller's share. */
typedef struct stretch {
    size_t first, few_first;
    int tokens, few, columns; /* columns: few heads */
} stretch;

static stretch stretch_of(const nn_tensor *many, const nn_tensor *few, const sending *own, size_t s,
                          const nn_run *run)
{
    stretch at;
    size_t begin, end;
    const int tokens = nn_tokens(many, s, &at.first);
    at.few = nn_tokens(few, s, &at.few_first);
    at.columns = at.few * own->heads;
    nn_share((size_t)tokens, run, &begin, &end);
    at.first += begin;
    at.tokens = (int)(end - begin);
    return at;
}

/* In place; the row's columns are j heads + h. most, sum: (heads). */
NN_CLONES static void softmax_few(nn_real *scores, const nn_real *biases, nn_real scale, int rows, int few,
                                  int heads, nn_real *most, nn_real *sum)
{
    const nn_real least = -64; /* as far as the vector exp is fast */
    for (int r = 0; r < rows; r++, scores += few * heads) {
        for (int h = 0; h < heads; h++) {
            most[h] = -NN_INF;
            sum[h] = 0;
        }
        for (int j = 0; j < few * heads; j += heads)
            for (int h = 0; h < heads; h++) {
                scores[j + h] = scale * (scores[j + h] + (biases ? biases[j + h] : 0));
                most[h] = scores[j + h] > most[h] ? scores[j + h] : most[h];
            }
        for (int j = 0; j < few * heads; j += heads)
            for (int h = 0; h < heads; h++) {
                const nn_real x = scores[j + h] - most[h];
                scores[j + h] = NN_EXP(x > least ? x : least);
                sum[h] += scores[j + h];
            }
        for (int h = 0; h < heads; h++)
            sum[h] = 1 / sum[h];
        for (int j = 0; j < few * heads; j += heads)
            for (int h = 0; h < heads; h++)
                scores[j + h] *= sum[h];
    }
}

/* ds = scale p (dp - sum over j of p dp), in the place of dp. dots: (heads). */
NN_CLONES static void softmax_few_back(nn_real *restrict dp, const nn_real *restrict p, nn_real scale,
                                       int rows, int few, int heads, nn_real *restrict dots)
{
    for (int r = 0; r < rows; r++, dp += few * heads, p += few * heads) {
        for (int h = 0; h < heads; h++)
            dots[h] = 0;
        for (int j = 0; j < few * heads; j += heads)
            for (int h = 0; h < heads; h++)
                dots[h] += p[j + h] * dp[j + h];
        for (int j = 0; j < few * heads; j += heads)
            for (int h = 0; h < heads; h++)
                dp[j + h] = scale * p[j + h] * (dp[j + h] - dots[h]);
    }
}

static void weights_forward(const nn_op *op, nn_run *run)
{
    const sending *own = op->own;
    const nn_tensor *x = op->in[0], *keys = op->in[1], *biases = op->in[2], *p = op->out[0];
    const int d = nn_width(x);
    nn_real *place = nn_scratch(op, run);
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        const stretch at = stretch_of(x, keys, own, s, run);
        nn_real *rows = p->data + at.first * (size_t)nn_width(p);
        nn_gemm(false, true, at.tokens, at.columns, d, x->data + at.first * (size_t)d, d,
                keys->data + at.few_first * (size_t)nn_width(keys), d, 0, rows, at.columns);
        softmax_few(rows, biases ? biases->data + at.few_first * (size_t)own->heads : NULL, own->scale,
                    at.tokens, at.few, own->heads, place, place + own->heads);
    }
}

static void weights_backward(const nn_op *op, nn_run *run)
{
    const sending *own = op->own;
    const nn_tensor *x = op->in[0], *keys = op->in[1], *biases = op->in[2], *p = op->out[0];
    const int d = nn_width(x);
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        const stretch at = stretch_of(x, keys, own, s, run);
        const size_t row = at.first * (size_t)nn_width(p), key = at.few_first * (size_t)nn_width(keys);
        nn_real *ds = p->grad + row;
        softmax_few_back(ds, p->data + row, own->scale, at.tokens, at.few, own->heads, op->scratch_b);
        if (nn_wants_grad(x))
            nn_gemm(false, false, at.tokens, d, at.columns, ds, at.columns, keys->data + key, d, 1,
                    x->grad + at.first * (size_t)d, d);
        nn_gemm(true, false, at.columns, d, at.tokens, ds, at.columns, x->data + at.first * (size_t)d, d, 1,
                keys->grad + key, d);
        for (int r = 0; biases && r < at.tokens; r++)
            nn_add(biases->grad + at.few_first * (size_t)own->heads, ds + (size_t)r * (size_t)at.columns,
                   (size_t)at.columns);
    }
}

static const nn_op_kind weights_kind = {.name = "weights among few",
                                        .forward = weights_forward,
                                        .backward = weights_backward,
                                        .divides = true,
                                        .keeps_input = {true, true, true},
                                        .keeps_output = {true}};

/* --- what is sent: y = sum over j, h of p_jh value_jh + bias --- */

static void send_forward(const nn_op *op, nn_run *run)
{
    const sending *own = op->own;
    const nn_tensor *p = op->in[0], *values = op->in[1], *y = op->out[0];
    const size_t d = (size_t)nn_width(y);
    for (size_t s = 0; s < nn_sequences(p, run); s++) {
        const stretch at = stretch_of(p, values, own, s, run);
        nn_real *rows = y->data + at.first * d;
        for (size_t r = 0; own->has_bias && r < (size_t)at.tokens; r++)
            memcpy(rows + r * d, run->params + own->bias, d * sizeof *rows);
        nn_gemm(false, false, at.tokens, (int)d, at.columns, p->data + at.first * (size_t)nn_width(p),
                at.columns, values->data + at.few_first * (size_t)nn_width(values), (int)d, own->has_bias,
                rows, (int)d);
    }
}

static void send_backward(const nn_op *op, nn_run *run)
{
    const sending *own = op->own;
    const nn_tensor *p = op->in[0], *values = op->in[1], *y = op->out[0];
    const int d = nn_width(y);
    for (size_t s = 0; s < nn_sequences(p, run); s++) {
        const stretch at = stretch_of(p, values, own, s, run);
        const size_t row = at.first * (size_t)nn_width(p), value = at.few_first * (size_t)nn_width(values);
        const nn_real *dy = y->grad + at.first * (size_t)d;
        nn_gemm(false, true, at.tokens, at.columns, d, dy, d, values->data + value, d, 1, p->grad + row,
                at.columns);
        nn_gemm(true, false, at.columns, d, at.tokens, p->data + row, at.columns, dy, d, 1,
                values->grad + value, d);
        for (int r = 0; own->has_bias && r < at.tokens; r++)
            nn_add(run->grads + own->bias, dy + (size_t)r * (size_t)d, (size_t)d);
    }
}

static const nn_op_kind send_kind = {.name = "sent from few",
                                     .forward = send_forward,
                                     .backward = send_backward,
                                     .divides = true,
                                     .keeps_input = {true, true}};

static nn_tensor *record(nn_plan *plan, nn_op op, const sending *own, int columns, int multiplied)
{
    nn_tensor *x = op.in[0];
    int shape[NN_MAX_RANK];
    if (!nn_plan_ready(plan, op.kind->name, 2, op.in))
        return NULL;
    memcpy(shape, x->shape, sizeof shape);
    shape[x->rank - 1] = columns;
    op.out[0] = nn_plan_tensor(plan, x->rank, shape, x->ragged);
    op.own = nn_plan_own(plan, own, sizeof *own);
    op.macs = (double)nn_row_capacity(x) * columns * multiplied;
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

nn_tensor *nn_latent_send(nn_plan *plan, const nn_projection *maps, nn_tensor *few, nn_tensor *many,
                          double dropout)
{
    const int span = maps->heads * maps->width, d = nn_width(many), columns = tokens_of(few) * maps->heads;
    nn_linear_place query, out;
    nn_tensor *biases, *none;
    if (!nn_linear_want(plan, &maps->query, 1, d, span, maps->form, &query))
        return NULL;
    nn_tensor *kv =
        nn_linear_several(plan, (const char *[]){maps->key, maps->value}, 2, few, span, maps->form);
    if (!kv || !nn_linear_want(plan, &maps->out, 1, span, d, maps->out_form, &out))
        return NULL;
    const sending own = {maps->heads, tokens_of(few), (nn_real)(1 / sqrt(maps->width)), out.bias,
                         out.has_bias};
    nn_heads_map sent = heads_map(maps, out, d);
    sent.by_columns = !out.by_columns; /* its rows are the output's columns */
    sent.has_bias = false;
    const nn_heads_map asked = heads_map(maps, query, d);
    nn_tensor *keys = nn_heads_widen(plan, kv, 0, &asked, &biases),
              *values = nn_heads_widen(plan, kv, span, &sent, &none);
    nn_tensor *p = record(plan,
                          (nn_op){.kind = &weights_kind,
                                  .in = {many, keys, biases},
                                  .scratch_forward = 2 * (size_t)maps->heads,
                                  .scratch_backward = (size_t)maps->heads},
                          &own, columns, d);
    if (dropout > 0)
        p = nn_dropout(plan, p, dropout);
    return record(plan,
                  (nn_op){.kind = &send_kind,
                          .in = {p, values},
                          .has_params = own.has_bias,
                          .weight = own.bias,
                          .parameters = own.has_bias ? (size_t)d : 0},
                  &own, d, columns);
}
