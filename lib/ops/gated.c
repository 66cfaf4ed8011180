/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations of gated attention: half of the channels one token late, heads by gain and bias, attention in
 * chunks beside linear attention, and the gate of two halves. */
#include "lib/graph.h"
#include "lib/plan_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- half of the channels one token late --- */

static void shift_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t d = (size_t)nn_width(x), half = (d + 1) / 2;
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int n = nn_tokens(x, s, &first);
        for (size_t t = first; t < first + (size_t)n; t++) {
            nn_real *to = y->data + t * d;
            memcpy(to, x->data + t * d, d * sizeof *to);
            if (t > first)
                memcpy(to, x->data + (t - 1) * d, half * sizeof *to);
            else
                memset(to, 0, half * sizeof *to);
        }
    }
}

static void shift_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t d = (size_t)nn_width(x), half = (d + 1) / 2;
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int n = nn_tokens(x, s, &first);
        for (size_t t = first; t < first + (size_t)n; t++) {
            if (t > first)
                nn_add(x->grad + (t - 1) * d, y->grad + t * d, half);
            nn_add(x->grad + t * d + half, y->grad + t * d + half, d - half);
        }
    }
}

static const nn_op_kind shift_kind = {.name = "shift", .forward = shift_forward, .backward = shift_backward};

nn_tensor *nn_shift_half(nn_plan *plan, nn_tensor *x)
{
    return nn_plan_record_map(plan, &(nn_op){.kind = &shift_kind, .in = {x}});
}

/* --- silu --- */

static void silu_forward(const nn_op *op, nn_run *run)
{
    const nn_real *x = op->in[0]->data;
    nn_real *y = op->out[0]->data;
    const size_t elements = nn_rows(op->in[0], run) * (size_t)nn_width(op->in[0]);
    for (size_t i = 0; i < elements; i++)
        y[i] = x[i] / (1 + (nn_real)exp(-x[i]));
}

static void silu_backward(const nn_op *op, nn_run *run)
{
    const nn_real *x = op->in[0]->data, *dy = op->out[0]->grad;
    nn_real *dx = op->in[0]->grad;
    const size_t elements = nn_rows(op->in[0], run) * (size_t)nn_width(op->in[0]);
    for (size_t i = 0; i < elements; i++) {
        const nn_real gate = 1 / (1 + (nn_real)exp(-x[i]));
        dx[i] += dy[i] * gate * (1 + x[i] * (1 - gate));
    }
}

static void silu_spell(const nn_op *op, nn_graph *graph)
{
    const int x = nn_graph_of(graph, op->in[0]);
    nn_graph_is(graph, op->out[0], nn_graph_two(graph, "Mul", x, nn_graph_one(graph, "Sigmoid", x)));
}

static const nn_op_kind silu_kind = {.name = "silu",
                                     .spell = silu_spell,
                                     .spells_ragged = true,
                                     .forward = silu_forward,
                                     .backward = silu_backward,
                                     .keeps_input = {true}};

nn_tensor *nn_silu(nn_plan *plan, nn_tensor *x)
{
    return nn_plan_record_map(plan, &(nn_op){.kind = &silu_kind, .in = {x}});
}

/* --- heads by gain and bias, turned by their place --- */

enum { HEADS = 4 };

/* Cosines, then sines, (places,rotary/2) each. */
typedef struct turns {
    int rotary;
    const nn_real *cosines, *sines;
} turns;

/* Pairs of the first columns of x turned by the angles of place t, or back. */
static void turn(nn_real *x, const turns *r, size_t t, bool back)
{
    const size_t half = (size_t)r->rotary / 2;
    for (size_t i = 0; i < half; i++) {
        const nn_real c = r->cosines[t * half + i],
                      s = back ? -r->sines[t * half + i] : r->sines[t * half + i];
        const nn_real a = x[2 * i], b = x[2 * i + 1];
        x[2 * i] = a * c - b * s;
        x[2 * i + 1] = b * c + a * s;
    }
}

static void heads_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t e = (size_t)nn_width(x);
    const nn_real *gain = run->params + op->weight, *bias = run->params + op->bias;
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int n = nn_tokens(x, s, &first);
        for (size_t t = 0; t < (size_t)n; t++)
            for (size_t h = 0; h < HEADS; h++) {
                const nn_real *from = x->data + (first + t) * e;
                nn_real *to = y->data + ((first + t) * HEADS + h) * e;
                for (size_t c = 0; c < e; c++)
                    to[c] = gain[h * e + c] * from[c] + bias[h * e + c];
                turn(to, op->own, t, false);
            }
    }
}

/* Turns the gradient back in its own place. */
static void heads_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t e = (size_t)nn_width(x);
    const nn_real *gain = run->params + op->weight;
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int n = nn_tokens(x, s, &first);
        for (size_t t = 0; t < (size_t)n; t++)
            for (size_t h = 0; h < HEADS; h++) {
                const nn_real *from = x->data + (first + t) * e;
                nn_real *dx = nn_wants_grad(x) ? x->grad + (first + t) * e : NULL;
                nn_real *dy = y->grad + ((first + t) * HEADS + h) * e,
                        *dgain = run->grads + op->weight + h * e;
                turn(dy, op->own, t, true);
                nn_add(run->grads + op->bias + h * e, dy, e);
                for (size_t c = 0; c < e; c++)
                    dgain[c] += dy[c] * from[c];
                for (size_t c = 0; dx && c < e; c++)
                    dx[c] += dy[c] * gain[h * e + c];
            }
    }
}

static const nn_op_kind heads_kind = {
    .name = "affine heads", .forward = heads_forward, .backward = heads_backward, .keeps_input = {true}};

static const turns *turns_of(nn_plan *plan, int places, int rotary)
{
    const size_t half = (size_t)rotary / 2, size = (size_t)places * half;
    nn_real *table = malloc((2 * size + 1) * sizeof *table);
    for (size_t i = 0; table && i < size; i++) {
        const double angle = (double)(i / half) * pow(10000, -2.0 * (double)(i % half) / rotary);
        table[i] = (nn_real)cos(angle);
        table[size + i] = (nn_real)sin(angle);
    }
    const nn_real *own = table ? nn_plan_own(plan, table, 2 * size * sizeof *table) : NULL;
    free(table);
    const turns r = {.rotary = rotary, .cosines = own, .sines = own ? own + size : NULL};
    if (!own)
        nn_plan_fail(plan, "no memory");
    return nn_plan_own(plan, &r, sizeof r);
}

nn_tensor *nn_affine_heads(nn_plan *plan, const char *name, nn_tensor *x, int rotary)
{
    if (!nn_plan_ready(plan, "affine heads", 1, &x))
        return NULL;
    const int e = nn_width(x), shape[] = {HEADS, e};
    const nn_param *w = nn_plan_param(plan, nn_name(plan, "%s.gamma", name), NN_INIT_UNIFORM, 1, 2, shape);
    nn_op op = {.kind = &heads_kind, .in = {x}, .has_params = true, .weight = w ? w->offset : 0};
    w = nn_plan_param(plan, nn_name(plan, "%s.beta", name), NN_INIT_ZERO, 0, 2, shape);
    op.bias = w ? w->offset : 0;
    op.parameters = w ? 2 * w->count : 0;
    op.own = turns_of(plan, x->ragged ? x->ragged->longest : x->shape[1], rotary);
    int out[NN_MAX_RANK];
    memcpy(out, x->shape, sizeof out);
    out[x->rank - 1] = HEADS * e;
    op.out[0] = nn_plan_tensor(plan, x->rank, out, x->ragged);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

/* --- attention in chunks, and linear --- */

/* One sequence: heads (n,4e), values (n,hidden). */
typedef struct chunks {
    int n, chunk, e, hidden;
    const nn_real *heads, *values;
} chunks;
/* Columns of the heads: quadratic and linear queries, quadratic and linear keys. */
enum { QUADRATIC_Q, LINEAR_Q, QUADRATIC_K, LINEAR_K };

static const nn_real *head(const chunks *c, int which, int token)
{
    return c->heads + ((size_t)token * HEADS + (size_t)which) * (size_t)c->e;
}

/* a (m,m) = relu(q k' / chunk), of the chunk's own tokens. */
static void scores(nn_real *a, const chunks *c, int token, int m)
{
    nn_gemm(false, true, m, m, c->e, head(c, QUADRATIC_Q, token), HEADS * c->e, head(c, QUADRATIC_K, token),
            HEADS * c->e, 0, a, m);
    const nn_real factor = 1 / (nn_real)c->chunk;
    for (size_t i = 0; i < (size_t)m * (size_t)m; i++)
        a[i] = a[i] > 0 ? a[i] * factor : 0;
}

/* state (e,hidden) = k' values / n */
static void gather(nn_real *state, const chunks *c)
{
    nn_gemm(true, false, c->e, c->hidden, c->n, head(c, LINEAR_K, 0), HEADS * c->e, c->values, c->hidden, 0,
            state, c->hidden);
    for (size_t i = 0; i < (size_t)c->e * (size_t)c->hidden; i++)
        state[i] /= (nn_real)c->n;
}

static void attend(nn_real *y, const chunks *c, nn_real *work)
{
    gather(work, c);
    nn_gemm(false, false, c->n, c->hidden, c->e, head(c, LINEAR_Q, 0), HEADS * c->e, work, c->hidden, 0, y,
            c->hidden);
    for (int t = 0; t < c->n; t += c->chunk) {
        const int m = c->n - t < c->chunk ? c->n - t : c->chunk;
        const size_t at = (size_t)t * (size_t)c->hidden;
        scores(work, c, t, m);
        for (size_t i = 0; i < (size_t)m * (size_t)m; i++)
            work[i] *= work[i];
        nn_gemm(false, false, m, c->hidden, m, work, m, c->values + at, c->hidden, 1, y + at, c->hidden);
    }
}

/* dhead (.,4e) += */
static void attend_back_linear(nn_real *dheads, nn_real *dvalues, const nn_real *dy, const chunks *c,
                               nn_real *work)
{
    const size_t size = (size_t)c->e * (size_t)c->hidden;
    nn_real *state = work, *dstate = work + size;
    const int ld = HEADS * c->e;
    gather(state, c);
    nn_gemm(true, false, c->e, c->hidden, c->n, head(c, LINEAR_Q, 0), ld, dy, c->hidden, 0, dstate,
            c->hidden);
    for (size_t i = 0; i < size; i++)
        dstate[i] /= (nn_real)c->n;
    nn_gemm(false, true, c->n, c->e, c->hidden, dy, c->hidden, state, c->hidden, 1, dheads + LINEAR_Q * c->e,
            ld);
    nn_gemm(false, true, c->n, c->e, c->hidden, c->values, c->hidden, dstate, c->hidden, 1,
            dheads + LINEAR_K * c->e, ld);
    nn_gemm(false, false, c->n, c->hidden, c->e, head(c, LINEAR_K, 0), ld, dstate, c->hidden, 1, dvalues,
            c->hidden);
}

static void attend_back_chunk(nn_real *dheads, nn_real *dvalues, const nn_real *dy, const chunks *c, int t,
                              int m, nn_real *work)
{
    const size_t size = (size_t)m * (size_t)m, at = (size_t)t * (size_t)c->hidden;
    nn_real *a = work, *da = work + size;
    const int ld = HEADS * c->e;
    nn_real *dhead = dheads + (size_t)t * (size_t)ld;
    scores(a, c, t, m);
    nn_gemm(false, true, m, m, c->hidden, dy + at, c->hidden, c->values + at, c->hidden, 0, da, m);
    for (size_t i = 0; i < size; i++) {
        da[i] *= 2 * a[i] / (nn_real)c->chunk;
        a[i] *= a[i];
    }
    nn_gemm(true, false, m, c->hidden, m, a, m, dy + at, c->hidden, 1, dvalues + at, c->hidden);
    nn_gemm(false, false, m, c->e, m, da, m, head(c, QUADRATIC_K, t), ld, 1, dhead + QUADRATIC_Q * c->e, ld);
    nn_gemm(true, false, m, c->e, m, da, m, head(c, QUADRATIC_Q, t), ld, 1, dhead + QUADRATIC_K * c->e, ld);
}

static chunks chunks_of(const nn_op *op, size_t s, size_t *first)
{
    const nn_tensor *heads = op->in[0], *values = op->in[1];
    chunks c = {.n = nn_tokens(values, s, first),
                .chunk = *(const int *)op->own,
                .e = nn_width(heads) / HEADS,
                .hidden = nn_width(values)};
    c.heads = heads->data + *first * (size_t)nn_width(heads);
    c.values = values->data + *first * (size_t)c.hidden;
    return c;
}

static void chunk_forward(const nn_op *op, nn_run *run)
{
    for (size_t s = 0; s < nn_sequences(op->in[1], run); s++) {
        size_t first;
        const chunks c = chunks_of(op, s, &first);
        attend(op->out[0]->data + first * (size_t)c.hidden, &c, op->scratch_f);
    }
}

static void chunk_backward(const nn_op *op, nn_run *run)
{
    for (size_t s = 0; s < nn_sequences(op->in[1], run); s++) {
        size_t first;
        const chunks c = chunks_of(op, s, &first);
        nn_real *dheads = op->in[0]->grad + first * (size_t)(HEADS * c.e);
        nn_real *dvalues = op->in[1]->grad + first * (size_t)c.hidden;
        const nn_real *dy = op->out[0]->grad + first * (size_t)c.hidden;
        attend_back_linear(dheads, dvalues, dy, &c, op->scratch_b);
        for (int t = 0; t < c.n; t += c.chunk)
            attend_back_chunk(dheads, dvalues, dy, &c, t, c.n - t < c.chunk ? c.n - t : c.chunk,
                              op->scratch_b);
    }
}

static const nn_op_kind chunk_kind = {.name = "chunk attention",
                                      .forward = chunk_forward,
                                      .backward = chunk_backward,
                                      .keeps_input = {true, true}};

nn_tensor *nn_chunk_attention(nn_plan *plan, nn_tensor *heads, nn_tensor *values, int chunk)
{
    if (!nn_plan_ready(plan, "chunk attention", 2, (nn_tensor *[]){heads, values}))
        return NULL;
    const int longest = values->ragged ? values->ragged->longest : values->shape[1],
              m = longest < chunk ? longest : chunk;
    const size_t e = (size_t)nn_width(heads) / HEADS, state = e * (size_t)nn_width(values),
                 square = (size_t)m * (size_t)m;
    nn_op op = {.kind = &chunk_kind, .in = {heads, values}, .own = nn_plan_own(plan, &chunk, sizeof chunk)};
    op.scratch_forward = state > square ? state : square;
    op.scratch_backward = 2 * op.scratch_forward;
    op.out[0] = nn_plan_tensor(plan, values->rank, values->shape, values->ragged);
    op.macs =
        (double)nn_row_capacity(values) * (double)(state * 2 + (size_t)m * (e + (size_t)nn_width(values)));
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

/* --- the gate --- */

static void gate_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *y = op->out[0];
    const size_t half = (size_t)nn_width(y), rows = nn_rows(y, run);
    for (size_t r = 0; r < rows; r++) {
        const nn_real *mv = op->in[0]->data + 2 * r * half, *mu = mv + half;
        const nn_real *v = op->in[1]->data + 2 * r * half, *u = v + half;
        for (size_t c = 0; c < half; c++)
            y->data[r * half + c] = mu[c] * v[c] / (1 + (nn_real)exp(-mv[c] * u[c]));
    }
}

static void gate_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *y = op->out[0];
    const size_t half = (size_t)nn_width(y), rows = nn_rows(y, run);
    for (size_t r = 0; r < rows; r++) {
        const nn_real *mv = op->in[0]->data + 2 * r * half, *mu = mv + half;
        const nn_real *v = op->in[1]->data + 2 * r * half, *u = v + half, *dy = y->grad + r * half;
        nn_real *dmv = op->in[0]->grad + 2 * r * half, *dmu = dmv + half;
        nn_real *dv = op->in[1]->grad + 2 * r * half, *du = dv + half;
        for (size_t c = 0; c < half; c++) {
            const nn_real gate = 1 / (1 + (nn_real)exp(-mv[c] * u[c])),
                          slope = dy[c] * mu[c] * v[c] * gate * (1 - gate);
            dmu[c] += dy[c] * v[c] * gate;
            dv[c] += dy[c] * mu[c] * gate;
            dmv[c] += slope * u[c];
            du[c] += slope * mv[c];
        }
    }
}

static const nn_op_kind gate_kind = {
    .name = "gate", .forward = gate_forward, .backward = gate_backward, .keeps_input = {true, true}};

nn_tensor *nn_cross_gate(nn_plan *plan, nn_tensor *mixed, nn_tensor *vu)
{
    if (!nn_plan_ready(plan, "gate", 2, (nn_tensor *[]){mixed, vu}))
        return NULL;
    int shape[NN_MAX_RANK];
    memcpy(shape, vu->shape, sizeof shape);
    if (nn_width(vu) % 2)
        nn_plan_fail(plan, "gate: %d columns have no halves", nn_width(vu));
    shape[vu->rank - 1] /= 2;
    nn_op op = {.kind = &gate_kind, .in = {mixed, vu}};
    op.out[0] = nn_plan_tensor(plan, vu->rank, shape, vu->ragged);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}
