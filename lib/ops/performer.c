/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attention by positive random features as T2T-ViT has it: no maximum is taken out of the exponents. */
#include "lib/kernels/vector.h"
#include "lib/plan_internal.h"

#include <math.h>
#include <string.h>

typedef struct performer {
    int features, width;
} performer;

/* Matrices of one sequence of n tokens in scratch. */
typedef struct views {
    nn_real *q, *k;           /* (n,m) features */
    nn_real *sums;            /* (m,w+1): of features times values, and of features */
    nn_real *dq, *dk, *dsums; /* in backward */
} views;

static views views_of(const performer *p, nn_real *scratch, size_t n, bool back)
{
    const size_t nm = n * (size_t)p->features, sums = (size_t)p->features * (size_t)(p->width + 1);
    views v = {.q = scratch, .k = scratch + nm, .sums = scratch + 2 * nm};
    if (back) {
        v.dq = v.sums + sums;
        v.dk = v.dq + nm;
        v.dsums = v.dk + nm;
    }
    return v;
}

static size_t room(const performer *p, int longest, bool back)
{
    return (size_t)(back ? 2 : 1) * (size_t)p->features * (2 * (size_t)longest + (size_t)p->width + 1);
}

/* phi (n,m) = exp(W x - |x|^2 / 2) / sqrt(m) of rows that lie ld apart. */
static void features(const performer *p, nn_real *phi, const nn_real *w, const nn_real *x, int ld, int n)
{
    const nn_real share = 1 / NN_SQRT((nn_real)p->features);
    for (int t = 0; t < n; t++, x += ld, phi += p->features) {
        nn_real half = 0;
        for (int c = 0; c < p->width; c++)
            half += x[c] * x[c] / 2;
        for (int f = 0; f < p->features; f++) {
            nn_real z = -half;
            for (int c = 0; c < p->width; c++)
                z += w[f * p->width + c] * x[c];
            phi[f] = share * NN_EXP(z);
        }
    }
}

/* dx += the gradient of what features made. */
static void features_back(const performer *p, nn_real *dx, const nn_real *dphi, const nn_real *phi,
                          const nn_real *w, const nn_real *x, int ld, int n)
{
    for (int t = 0; t < n; t++, x += ld, dx += ld, phi += p->features, dphi += p->features)
        for (int f = 0; f < p->features; f++)
            for (int c = 0; c < p->width; c++)
                dx[c] += dphi[f] * phi[f] * (w[f * p->width + c] - x[c]);
}

/* sums (m,w+1) of phi (n,m) and [v, 1]. */
static void add_up(const performer *p, nn_real *sums, const nn_real *phi, const nn_real *v, int ld, int n)
{
    const int w = p->width;
    memset(sums, 0, (size_t)p->features * (size_t)(w + 1) * sizeof *sums);
    for (int t = 0; t < n; t++, phi += p->features, v += ld)
        for (int f = 0; f < p->features; f++) {
            for (int c = 0; c < w; c++)
                sums[f * (w + 1) + c] += phi[f] * v[c];
            sums[f * (w + 1) + w] += phi[f];
        }
}

static const nn_real epsilon = (nn_real)1e-8;

static nn_real weight_sum(const performer *p, const nn_real *phi, const nn_real *sums)
{
    nn_real sum = epsilon;
    for (int f = 0; f < p->features; f++)
        sum += phi[f] * sums[f * (p->width + 1) + p->width];
    return sum;
}

static void forward(const nn_op *op, nn_run *run)
{
    const performer *p = op->own;
    const nn_tensor *q = op->in[0], *kv = op->in[1], *y = op->out[0];
    const nn_real *projection = run->params + op->weight;
    const int w = p->width;
    for (size_t s = 0; s < nn_sequences(q, run); s++) {
        size_t first;
        const int n = nn_tokens(q, s, &first);
        const views v = views_of(p, op->scratch_f, (size_t)n, false);
        const nn_real *keys = kv->data + first * 2 * (size_t)w;
        features(p, v.q, projection, q->data + first * (size_t)w, w, n);
        features(p, v.k, projection, keys, 2 * w, n);
        add_up(p, v.sums, v.k, keys + w, 2 * w, n);
        nn_real *row = y->data + first * (size_t)w;
        for (int t = 0; t < n; t++, row += w) {
            const nn_real *phi = v.q + (size_t)t * (size_t)p->features, all = weight_sum(p, phi, v.sums);
            for (int c = 0; c < w; c++) {
                nn_real sum = 0;
                for (int f = 0; f < p->features; f++)
                    sum += phi[f] * v.sums[f * (w + 1) + c];
                row[c] = sum / all;
            }
        }
    }
}

/* dq (n,m) and dsums of dy. */
static void queries_back(const performer *p, const views *v, const nn_real *y, const nn_real *dy, int n)
{
    const int w = p->width, m = p->features;
    memset(v->dsums, 0, (size_t)m * (size_t)(w + 1) * sizeof *v->dsums);
    for (int t = 0; t < n; t++, y += w, dy += w) {
        const nn_real *phi = v->q + (size_t)t * (size_t)m, all = weight_sum(p, phi, v->sums);
        nn_real *dphi = v->dq + (size_t)t * (size_t)m, dall = 0;
        for (int c = 0; c < w; c++)
            dall -= dy[c] * y[c] / all;
        for (int f = 0; f < m; f++) {
            const nn_real *sums = v->sums + f * (w + 1);
            nn_real *dsums = v->dsums + f * (w + 1);
            dphi[f] = dall * sums[w];
            dsums[w] += dall * phi[f];
            for (int c = 0; c < w; c++) {
                dphi[f] += dy[c] / all * sums[c];
                dsums[c] += dy[c] / all * phi[f];
            }
        }
    }
}

/* dk (n,m) and, added, dv of dsums. */
static void keys_back(const performer *p, const views *view, const nn_real *v, nn_real *dv, int n)
{
    const int w = p->width, m = p->features;
    for (int t = 0; t < n; t++, v += 2 * w, dv += 2 * w)
        for (int f = 0; f < m; f++) {
            const nn_real *dsums = view->dsums + f * (w + 1),
                          phi = view->k[(size_t)t * (size_t)m + (size_t)f];
            nn_real sum = dsums[w];
            for (int c = 0; c < w; c++) {
                sum += v[c] * dsums[c];
                dv[c] += phi * dsums[c];
            }
            view->dk[(size_t)t * (size_t)m + (size_t)f] = sum;
        }
}

static void backward(const nn_op *op, nn_run *run)
{
    const performer *p = op->own;
    const nn_tensor *q = op->in[0], *kv = op->in[1], *y = op->out[0];
    const nn_real *projection = run->params + op->weight;
    const int w = p->width;
    for (size_t s = 0; s < nn_sequences(q, run); s++) {
        size_t first;
        const int n = nn_tokens(q, s, &first);
        const views v = views_of(p, op->scratch_b, (size_t)n, true);
        const size_t q_at = first * (size_t)w, k_at = 2 * q_at;
        features(p, v.q, projection, q->data + q_at, w, n);
        features(p, v.k, projection, kv->data + k_at, 2 * w, n);
        add_up(p, v.sums, v.k, kv->data + k_at + w, 2 * w, n);
        queries_back(p, &v, y->data + q_at, y->grad + q_at, n);
        keys_back(p, &v, kv->data + k_at + w, kv->grad + k_at + w, n);
        features_back(p, q->grad + q_at, v.dq, v.q, projection, q->data + q_at, w, n);
        features_back(p, kv->grad + k_at, v.dk, v.k, projection, kv->data + k_at, 2 * w, n);
    }
}

static const nn_op_kind kind = {.name = "performer",
                                .forward = forward,
                                .backward = backward,
                                .keeps_input = {true, true},
                                .keeps_output = {true}};

nn_tensor *nn_performer(nn_plan *plan, const char *name, nn_tensor *q, nn_tensor *kv, int features)
{
    if (!nn_plan_ready(plan, "performer", 2, (nn_tensor *[]){q, kv}))
        return NULL;
    char a[64], b[64];
    const performer own = {features, nn_width(q)};
    if (features < 1 || nn_width(kv) != 2 * own.width || q->ragged != kv->ragged) {
        nn_plan_fail(plan, "performer: %s are no keys and values for %s", nn_shape_text(kv, a, sizeof a),
                     nn_shape_text(q, b, sizeof b));
        return NULL;
    }
    const nn_param *w = nn_plan_param(plan, nn_name(plan, "%s.projection", name), NN_INIT_ORTHOGONAL, 1, 2,
                                      (int[]){features, own.width});
    nn_op op = {.kind = &kind, .in = {q, kv}, .own = nn_plan_own(plan, &own, sizeof own), .has_params = true};
    const int longest = q->ragged ? q->ragged->longest : q->shape[1];
    op.weight = w ? w->offset : 0;
    op.scratch_forward = room(&own, longest, false);
    op.scratch_backward = room(&own, longest, true);
    op.macs = 4.0 * (double)nn_row_capacity(q) * features * own.width;
    return nn_plan_record_map(plan, &op);
}
