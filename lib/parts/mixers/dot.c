/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ister's dot attention (arXiv 2412.18798): one vector for all tokens, s = sum_j gelu(softmax_j(q) * k_j)
 * column by column, and y_i = v_i * s. It is the cheapest way for tokens to hear of each other, and cannot
 * route between them. */
#include "lib/parts/core.h"

#include "lib/kernels/vector.h"

#include <math.h>
#include <string.h>

static const nn_real root_half = (nn_real)0.70710678118654752440, bell = (nn_real)0.39894228040143267794;

/* p (tokens,d) = the softmax of each column of q over the tokens; most and sum: d elements each. */
NN_CLONES static void softmax_columns(nn_real *restrict p, const nn_core_view *view, int d,
                                      nn_real *restrict most, nn_real *restrict sum)
{
    const nn_real *q = view->q;
    for (int c = 0; c < d; c++) {
        most[c] = q[c];
        sum[c] = 0;
    }
    for (int i = 1; i < view->queries; i++)
        for (int c = 0; c < d; c++)
            most[c] = NN_FMAX(most[c], q[(size_t)i * (size_t)view->ldq + (size_t)c]);
    for (int i = 0; i < view->queries; i++) {
        const nn_real *restrict x = q + (size_t)i * (size_t)view->ldq;
        nn_real *restrict row = p + (size_t)i * (size_t)d;
        for (int c = 0; c < d; c++) {
            row[c] = NN_EXP(x[c] - most[c]);
            sum[c] += row[c];
        }
    }
    for (int c = 0; c < d; c++)
        sum[c] = 1 / sum[c];
    for (int i = 0; i < view->queries; i++)
        for (int c = 0; c < d; c++)
            p[(size_t)i * (size_t)d + (size_t)c] *= sum[c];
}

/* s += gelu(p k) of one token. */
NN_CLONES static void add_gelu(nn_real *restrict s, const nn_real *restrict p, const nn_real *restrict k,
                               int d)
{
    for (int c = 0; c < d; c++) {
        const nn_real u = p[c] * k[c];
        s[c] += (nn_real)0.5 * u * (1 + NN_ERF(u * root_half));
    }
}

NN_CLONES static void scale(nn_real *restrict y, const nn_real *restrict v, const nn_real *restrict s, int d)
{
    for (int c = 0; c < d; c++)
        y[c] = v[c] * s[c];
}

static int columns_of(const nn_core_view *view)
{
    return view->heads * view->width;
}

static nn_core_size size(const nn_core_view *longest)
{
    const size_t d = (size_t)columns_of(longest), matrix = (size_t)longest->queries * d;
    return (nn_core_size){
        .saved_query = d, .saved_sequence = d, .forward = 2 * d, .backward = matrix + 2 * d};
}

/* saved: s (d), then p (tokens,d). */
static void forward(const nn_core_view *view)
{
    const int d = columns_of(view);
    nn_real *s = view->saved, *p = s + d;
    softmax_columns(p, view, d, view->scratch, view->scratch + d);
    memset(s, 0, (size_t)d * sizeof *s);
    for (int i = 0; i < view->queries; i++)
        add_gelu(s, p + (size_t)i * (size_t)d, view->k + (size_t)i * (size_t)view->ldkv, d);
    for (int i = 0; i < view->queries; i++)
        scale(view->y + (size_t)i * (size_t)view->ldy, view->v + (size_t)i * (size_t)view->ldkv, s, d);
}

/* ds += dy v and dv += dy s of one token. */
NN_CLONES static void scale_back(nn_real *restrict ds, nn_real *restrict dv, const nn_real *restrict dy,
                                 const nn_real *restrict v, const nn_real *restrict s, int d)
{
    for (int c = 0; c < d; c++) {
        ds[c] += dy[c] * v[c];
        dv[c] += dy[c] * s[c];
    }
}

/* dk += ds gelu'(u) p, dp = ds gelu'(u) k, and mean += p dp, of one token. */
NN_CLONES static void gelu_back(nn_real *restrict dk, nn_real *restrict dp, nn_real *restrict mean,
                                const nn_real *restrict ds, const nn_real *restrict p,
                                const nn_real *restrict k, int d)
{
    for (int c = 0; c < d; c++) {
        const nn_real u = p[c] * k[c],
                      slope = (nn_real)0.5 * (1 + NN_ERF(u * root_half)) + u * bell * NN_EXP(-u * u / 2);
        dk[c] += ds[c] * slope * p[c];
        dp[c] = ds[c] * slope * k[c];
        mean[c] += p[c] * dp[c];
    }
}

NN_CLONES static void softmax_back(nn_real *restrict dq, const nn_real *restrict p,
                                   const nn_real *restrict dp, const nn_real *restrict mean, int d)
{
    for (int c = 0; c < d; c++)
        dq[c] += p[c] * (dp[c] - mean[c]);
}

static void backward(const nn_core_view *view)
{
    const int d = columns_of(view);
    const size_t n = (size_t)d, ldq = (size_t)view->ldq, ldkv = (size_t)view->ldkv, ldy = (size_t)view->ldy;
    const nn_real *s = view->saved, *p = s + d;
    nn_real *ds = view->scratch, *mean = ds + d, *dp = mean + d;
    memset(ds, 0, 2 * n * sizeof *ds);
    for (size_t i = 0; i < (size_t)view->queries; i++)
        scale_back(ds, view->dv + i * ldkv, view->dy + i * ldy, view->v + i * ldkv, s, d);
    for (size_t i = 0; i < (size_t)view->queries; i++)
        gelu_back(view->dk + i * ldkv, dp + i * n, mean, ds, p + i * n, view->k + i * ldkv, d);
    for (size_t i = 0; i < (size_t)view->queries; i++)
        softmax_back(view->dq + i * ldq, p + i * n, dp + i * n, mean, d);
}

/* sum over tokens of gelu(softmax over tokens of q, times k), times v */
static int spell(nn_graph *graph, const nn_core_values *x)
{
    const int p = nn_graph_two(graph, "Mul", nn_graph_softmax_along(graph, x->q, 2), x->k);
    int s =
        nn_graph_one(graph, "Erf", nn_graph_two(graph, "Mul", p, nn_graph_real(graph, (double)root_half)));
    s = nn_graph_two(graph, "Add", s, nn_graph_real(graph, 1));
    s = nn_graph_two(graph, "Mul", nn_graph_two(graph, "Mul", p, nn_graph_real(graph, 0.5)), s);
    return nn_graph_two(graph, "Mul", x->v, nn_graph_sum(graph, s, 2));
}

static const nn_core core = {NN_CORE_OP("dot attention"), forward, backward, size, true, spell};

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    nn_projected p;
    (void)memory;
    if (!nn_block_project(plan, name, block, settings, x, NULL, &p))
        return NULL;
    nn_tensor *y = nn_core_build(plan, &core, &p, (nn_core_options){.macs = 2.0 * p.heads * p.width});
    return nn_block_output(plan, name, block, x, NULL, y);
}

static const nn_option options[] = {NN_HEADS_OPTIONS, {0}};

const nn_mixer_kind nn_mixer_dot = {
    {"dot", "one shared vector from all tokens times each token's own (Ister, arXiv 2412.18798)", "4d^2 + 2d",
     0, options, sizeof(nn_heads)},
    .build = build};
