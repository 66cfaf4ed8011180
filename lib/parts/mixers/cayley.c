/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Doubly stochastic attention without iterations: S = (q k' - k q') / (2 sqrt(width)) is skew, so that U = (I
 * - S)^-1 (I + S) is orthogonal (Cayley 1846), and the squares of U's elements are weights whose rows and
 * columns come to 1. An experiment of our own after the quantum doubly stochastic transformer (arXiv
 * 2504.16275), with the idea of orthogonal weights of arXiv 2602.05996.
 *
 * With W = (I - S)^-1, U = 2 W - I. S = X Y' has rank 2 width: beyond that many tokens W = I + X (I - Y'
 * X)^-1 Y' (Woodbury 1950). */
#include "lib/parts/core.h"

#include "lib/kernels/vector.h"

#include <math.h>
#include <string.h>

static nn_real factor_of(const nn_core_view *view)
{
    return (nn_real)0.5 / NN_SQRT((nn_real)view->width);
}

NN_CLONES static void subtract(nn_real *restrict x, const nn_real *restrict y, nn_real times, int n)
{
    for (int j = 0; j < n; j++)
        x[j] -= times * y[j];
}

static void swap_rows(nn_real *a, nn_real *b, int n)
{
    for (int j = 0; j < n; j++) {
        const nn_real held = a[j];
        a[j] = b[j];
        b[j] = held;
    }
}

/* a (n,n) becomes the identity and b its inverse (Gauss & Jordan, the largest pivot of a column). a is never
 * singular here: its eigenvalues are 1 plus imaginary ones, and 1. */
static void invert(nn_real *b, nn_real *a, int n)
{
    memset(b, 0, (size_t)n * (size_t)n * sizeof *b);
    for (int i = 0; i < n; i++)
        b[i * n + i] = 1;
    for (int k = 0; k < n; k++) {
        int pivot = k;
        for (int i = k + 1; i < n; i++)
            if (NN_FABS(a[i * n + k]) > NN_FABS(a[pivot * n + k]))
                pivot = i;
        if (pivot != k) {
            swap_rows(a + k * n, a + pivot * n, n);
            swap_rows(b + k * n, b + pivot * n, n);
        }
        const nn_real share = 1 / a[k * n + k];
        for (int j = 0; j < n; j++) {
            a[k * n + j] *= share;
            b[k * n + j] *= share;
        }
        for (int i = 0; i < n; i++)
            if (i != k) {
                const nn_real times = a[i * n + k];
                subtract(a + i * n, a + k * n, times, n);
                subtract(b + i * n, b + k * n, times, n);
            }
    }
}

/* x (n,2w) = [first, second] times factors; the halves of q, k and their like. */
static void join(nn_real *x, const nn_real *first, const nn_real *second, nn_real a, nn_real b,
                 const nn_core_view *view)
{
    const int w = view->width;
    for (int i = 0; i < view->queries; i++)
        for (int c = 0; c < w; c++) {
            x[i * 2 * w + c] = a * first[(size_t)i * (size_t)view->ldq + (size_t)c];
            x[i * 2 * w + w + c] = b * second[(size_t)i * (size_t)view->ldq + (size_t)c];
        }
}

/* What forward and backward lay out: W (n,n), and room. */
typedef struct room {
    nn_real *w, *x, *y, *small, *inverse, *place, *rest;
} room;

/* The side of the matrix that is inverted. */
static int side_of(const nn_core_view *view)
{
    return view->queries < 2 * view->width ? view->queries : 2 * view->width;
}

static size_t room_elements(const nn_core_view *view)
{
    const size_t n = (size_t)view->queries, w = 2 * (size_t)view->width, s = (size_t)side_of(view);
    return n * n + 3 * n * w + 2 * s * s + w * w;
}

static room lay_out(const nn_core_view *view)
{
    const size_t n = (size_t)view->queries, w = 2 * (size_t)view->width, s = (size_t)side_of(view);
    room r = {.w = view->scratch};
    r.x = r.w + n * n;
    r.y = r.x + n * w;
    r.small = r.y + n * w;
    r.inverse = r.small + s * s;
    r.place = r.inverse + s * s;
    r.rest = r.place + n * w + w * w;
    return r;
}

/* Sets W. */
static void find_w(const nn_core_view *view, const room *r)
{
    const int n = view->queries, w = 2 * view->width, side = side_of(view);
    join(r->x, view->q, view->k, factor_of(view), factor_of(view), view);
    join(r->y, view->k, view->q, 1, -1, view);
    if (side == n) {
        nn_core_multiply_across(r->small, n, r->x, w, r->y, w, n, n, w, false, r->place);
        for (int i = 0; i < n * n; i++)
            r->small[i] = (i % (n + 1) == 0 ? 1 : 0) - r->small[i];
        invert(r->w, r->small, n);
        return;
    }
    nn_core_multiply(r->small, w, true, r->y, w, r->x, w, w, w, n, false);
    for (int i = 0; i < w * w; i++)
        r->small[i] = (i % (w + 1) == 0 ? 1 : 0) - r->small[i];
    invert(r->inverse, r->small, w);
    nn_core_multiply(r->place, w, false, r->x, w, r->inverse, w, n, w, w, false);
    memcpy(r->x, r->place, (size_t)n * (size_t)w * sizeof *r->x);
    nn_core_multiply_across(r->w, n, r->x, w, r->y, w, n, n, w, false, r->place);
    for (int i = 0; i < n; i++)
        r->w[i * (n + 1)] += 1;
}

static nn_real u_of(const nn_real *w, int i, int n)
{
    return 2 * w[i] - (i % (n + 1) == 0 ? 1 : 0);
}

/* weights (n,n) = the squares of U's elements. */
static void square(nn_real *weights, const nn_real *w, int n)
{
    for (int i = 0; i < n * n; i++)
        weights[i] = 4 * w[i] * w[i];
    for (int i = 0; i < n; i++) {
        const nn_real u = u_of(w, i * (n + 1), n);
        weights[i * (n + 1)] = u * u;
    }
}

static nn_core_size size(const nn_core_view *longest)
{
    const size_t n = (size_t)longest->queries, w = (size_t)longest->width;
    /* The side that is inverted is at most the smaller of both; shorter sequences take less. */
    return (nn_core_size){.forward = room_elements(longest) + n * n,
                          .backward = room_elements(longest) + n * n + 6 * n * w};
}

static void forward(const nn_core_view *view)
{
    const int n = view->queries;
    const room r = lay_out(view);
    find_w(view, &r);
    square(r.rest, r.w, n);
    nn_core_multiply(view->y, view->ldy, false, r.rest, n, view->v, view->ldkv, n, view->width, n, false);
}

/* With G = dL/dW, dL/dS = W' G W'. Of this only its products, and those of its transpose, with q and k are
 * wanted: t = dL/dS [k, q] and then dL/dS' [k, q], (n,2w) each. */
static void score_gradients(const nn_core_view *view, const room *r, const nn_real *g)
{
    const int n = view->queries, w = 2 * view->width, half = view->width;
    nn_real *a = r->rest + (size_t)n * (size_t)n, *b = a + (size_t)n * (size_t)w;
    const nn_real c = factor_of(view);
    join(r->y, view->k, view->q, 1, 1, view);
    for (int turn = 0; turn < 2; turn++) {
        const bool plain = turn == 0; /* W' G W' [k, q]; then W G' W [k, q], which is subtracted */
        nn_core_multiply(a, w, plain, r->w, n, r->y, w, n, w, n, false);
        nn_core_multiply(b, w, !plain, g, n, a, w, n, w, n, false);
        nn_core_multiply(a, w, plain, r->w, n, b, w, n, w, n, false);
        const nn_real sign = plain ? c : -c;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < half; j++) {
                view->dq[(size_t)i * (size_t)view->ldq + (size_t)j] += sign * a[i * w + j];
                view->dk[(size_t)i * (size_t)view->ldkv + (size_t)j] -= sign * a[i * w + half + j];
            }
    }
}

static void backward(const nn_core_view *view)
{
    const int n = view->queries, w = view->width;
    const room r = lay_out(view);
    nn_real *g = r.rest;
    find_w(view, &r);
    square(g, r.w, n);
    nn_core_multiply(view->dv, view->ldkv, true, g, n, view->dy, view->ldy, n, w, n, true);
    nn_core_multiply_across(g, n, view->dy, view->ldy, view->v, view->ldkv, n, n, w, false, r.place);
    for (int i = 0; i < n * n; i++)
        g[i] *= 4 * u_of(r.w, i, n);
    score_gradients(view, &r, g);
}

static const nn_core core = {NN_CORE_OP("cayley attention"), forward, backward, size, false, NULL};

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    nn_projected p;
    (void)memory;
    if (!nn_block_project(plan, name, block, settings, x, NULL, &p))
        return NULL;
    const double w = p.width, n = nn_core_longest(p.q);
    nn_tensor *y =
        nn_core_build(plan, &core, &p, (nn_core_options){.macs = p.heads * (3 * n * w + 8 * w * w)});
    return nn_block_output(plan, name, block, x, NULL, y);
}

static const nn_option options[] = {NN_HEADS_OPTIONS, {0}};

const nn_mixer_kind nn_mixer_cayley = {
    {"cayley", "doubly stochastic attention by Cayley's map (experiment after arXiv 2504.16275)",
     "4d^2 + 3Nd + 8d^2/h", 0, options, sizeof(nn_heads)},
    .build = build};
