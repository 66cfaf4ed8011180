/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Performer's positive random features: phi = (exp(s w.x - s^2 |x|^2 / 2 - most) + 1e-4) / sqrt(features), s
 * = width^(-1/4). most, of s w.x, is a query's own, and of all keys of the head; the causal form has none for
 * keys, since that would look ahead. */
#include "lib/kernels/vector.h"
#include "lib/parts/core.h"
#include "lib/parts/mixers/features.h"

#include <math.h>
#include <string.h>

static const nn_real epsilon = (nn_real)1e-4, steepest = 60;

static nn_real largest(const nn_real *x, size_t n)
{
    nn_real most = -NN_INF;
#pragma omp simd reduction(max : most)
    for (size_t i = 0; i < n; i++)
        most = x[i] > most ? x[i] : most;
    return most;
}

static nn_real square_of(const nn_real *x, int n)
{
    nn_real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int c = 0; c < n; c++)
        sum += x[c] * x[c];
    return sum;
}

NN_CLONES static void exponentiate(nn_real *restrict phi, const nn_real *restrict scores, nn_real scale,
                                   nn_real centre, nn_real share, int m)
{
    for (int f = 0; f < m; f++) {
        const nn_real z = scale * scores[f] - centre;
        phi[f] = (NN_EXP(z < steepest ? z : steepest) + epsilon) * share;
    }
}

/* scores (tokens,m) = x W' of one head; place: as much as W. */
static void project(const nn_feature_view *view, const nn_real *x, nn_real *scores, nn_real *place)
{
    const int m = view->form->columns, w = view->width;
    nn_core_multiply_across(scores, m, x, view->ldx, view->params + view->form->constants[0], w, view->tokens,
                            m, w, false, place);
}

static void forward(const nn_feature_view *view)
{
    const int m = view->form->columns, w = view->width;
    const nn_real s = 1 / NN_SQRT(NN_SQRT((nn_real)w)), share = 1 / NN_SQRT((nn_real)m);
    nn_real *scores = view->scratch, *place = scores + (size_t)view->tokens * (size_t)m;
    for (int h = 0; h < view->heads; h++) {
        const nn_real *x = view->x + h * w;
        project(view, x, scores, place);
        const nn_real all = view->query    ? 0
                            : view->causal ? 0
                                           : s * largest(scores, (size_t)view->tokens * (size_t)m);
        for (int i = 0; i < view->tokens; i++) {
            const nn_real *row = scores + (size_t)i * (size_t)m;
            const nn_real most = view->query ? s * largest(row, (size_t)m) : all,
                          square = square_of(x + (size_t)i * (size_t)view->ldx, w);
            exponentiate(view->phi + ((size_t)i * (size_t)view->heads + (size_t)h) * (size_t)m, row, s,
                         s * s * square / 2 + most, share, m);
        }
    }
}

/* dz = dphi times the exponential, which phi holds; returns their sum. */
static nn_real through_exponential(nn_real *restrict dz, const nn_real *restrict dphi,
                                   const nn_real *restrict phi, nn_real share, int m)
{
    nn_real sum = 0;
    const nn_real floor = epsilon * share;
#pragma omp simd reduction(+ : sum)
    for (int f = 0; f < m; f++) {
        dz[f] = dphi[f] * (phi[f] - floor);
        sum += dz[f];
    }
    return sum;
}

static void backward(const nn_feature_view *view)
{
    const int m = view->form->columns, w = view->width;
    const nn_real s = 1 / NN_SQRT(NN_SQRT((nn_real)w)), share = 1 / NN_SQRT((nn_real)m);
    nn_real *dz = view->scratch;
    for (int h = 0; h < view->heads; h++) {
        for (int i = 0; i < view->tokens; i++) {
            const size_t at = ((size_t)i * (size_t)view->heads + (size_t)h) * (size_t)m,
                         x_at = (size_t)i * (size_t)view->ldx + (size_t)(h * w);
            nn_real *row = dz + (size_t)i * (size_t)m;
            const nn_real sum = through_exponential(row, view->dphi + at, view->phi + at, share, m);
            for (int c = 0; c < w; c++)
                view->dx[x_at + (size_t)c] -= s * s * sum * view->x[x_at + (size_t)c];
            for (int f = 0; f < m; f++)
                row[f] *= s;
        }
        nn_core_multiply(view->dx + h * w, view->ldx, false, dz, m, view->params + view->form->constants[0],
                         w, view->tokens, w, m, true);
    }
}

static size_t scratch(const nn_feature_form *form, int tokens, int width)
{
    return ((size_t)tokens + (size_t)width) * (size_t)form->columns;
}

static bool prepare(nn_plan *plan, const char *name, int heads, int width, nn_feature_form *form)
{
    (void)heads;
    if (form->columns == 0) /* as many as the paper's theorem 4 asks for */
        form->columns = (int)(width * log(width)) > 8 ? (int)(width * log(width)) : 8;
    const nn_param *w = nn_plan_param(plan, nn_name(plan, "%s.projection", name), NN_INIT_ORTHOGONAL, 1, 2,
                                      (int[]){form->columns, width});
    if (w)
        form->constants[0] = w->offset;
    return w;
}

const nn_feature nn_feature_perf = {NN_GUARD_NONE, false, forward, backward, scratch, prepare};
