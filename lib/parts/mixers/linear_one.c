/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear attention of one wide head: values are read where they lie, and the sums of weights are no columns
 * of products, which are then as wide as whole vectors. */
#include "lib/kernels/vector.h"
#include "lib/parts/mixers/linear.h"

#include <string.h>

/* sums (n) = of x's rows (rows,n). */
NN_CLONES static void sum_rows(nn_real *restrict sums, const nn_real *restrict x, int rows, int n)
{
    memset(sums, 0, (size_t)n * sizeof *sums);
    for (int r = 0; r < rows; r++, x += n)
        for (int c = 0; c < n; c++)
            sums[c] += x[c];
}

/* to (rows) = x sums for rows of x (rows,n). */
NN_CLONES static void weigh(nn_real *restrict to, const nn_real *restrict x, const nn_real *restrict sums,
                            int rows, int n)
{
    for (int r = 0; r < rows; r++, x += n) {
        nn_real sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int c = 0; c < n; c++)
            sum += x[c] * sums[c];
        to[r] = sum;
    }
}

/* Rows of x (rows,n) times factors (rows). */
NN_CLONES static void scale_rows(nn_real *restrict x, const nn_real *restrict factors, int rows, int n)
{
    for (int r = 0; r < rows; r++, x += n)
        for (int c = 0; c < n; c++)
            x[c] *= factors[r];
}

/* dnum (rows,n) = dy shares; dsums (rows) = -dy.y shares. */
NN_CLONES static void divide_back(nn_real *restrict dnum, nn_real *restrict dsums, const nn_real *restrict dy,
                                  const nn_real *restrict y, int ldy, const nn_real *restrict shares,
                                  int rows, int n)
{
    for (int r = 0; r < rows; r++, dy += ldy, y += ldy, dnum += n) {
        nn_real sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int c = 0; c < n; c++) {
            dnum[c] = dy[c] * shares[r];
            sum += dy[c] * y[c];
        }
        dsums[r] = -sum * shares[r];
    }
}

/* dx_r += factor_r sums and dsums += factor_r x_r of rows of x, dx (rows,n). */
NN_CLONES static void weigh_back(nn_real *restrict dx, nn_real *restrict dsums,
                                 const nn_real *restrict factors, const nn_real *restrict x,
                                 const nn_real *restrict sums, int rows, int n)
{
    for (int r = 0; r < rows; r++, x += n, dx += n)
        for (int c = 0; c < n; c++) {
            dx[c] += factors[r] * sums[c];
            dsums[c] += factors[r] * x[c];
        }
}

/* The same row to each of x (rows,n). */
NN_CLONES static void add_row(nn_real *restrict x, const nn_real *restrict row, int rows, int n)
{
    for (int r = 0; r < rows; r++, x += n)
        for (int c = 0; c < n; c++)
            x[c] += row[c];
}

/* saved: the state (c,width), the sums of keys' features (c), the queries' shares. */
void nn_linear_forward_one(const nn_core_view *view)
{
    const nn_feature *feature = ((const nn_linear_form *)view->settings)->feature;
    const int c = nn_linear_sizes_of(view).c, w = view->width,
              tokens = view->queries > view->keys ? view->queries : view->keys;
    nn_real *state = view->saved, *sums = state + product(c, w), *share = sums + c, *phi = view->scratch,
            *own = phi + product(tokens, c);
    const nn_feature_view keys = nn_linear_features(view, false, phi, own),
                          queries = nn_linear_features(view, true, phi, own);
    feature->forward(&keys);
    nn_core_multiply(state, w, true, phi, c, view->v, view->ldkv, c, w, view->keys, false);
    sum_rows(sums, phi, view->keys, c);
    feature->forward(&queries);
    weigh(share, phi, sums, view->queries, c);
    for (int i = 0; i < view->queries; i++)
        share[i] = nn_linear_share(view, share[i]);
    scale_rows(phi, share, view->queries, c);
    nn_core_multiply(view->y, view->ldy, false, phi, c, state, w, view->queries, w, c, false);
}

void nn_linear_backward_one(const nn_core_view *view)
{
    const nn_feature *feature = ((const nn_linear_form *)view->settings)->feature;
    const int c = nn_linear_sizes_of(view).c, w = view->width,
              tokens = view->queries > view->keys ? view->queries : view->keys;
    const nn_real *state = view->saved, *sums = state + product(c, w), *share = sums + c;
    nn_real *phi = view->scratch, *dphi = phi + product(tokens, c), *dnum = dphi + product(tokens, c),
            *dsum = dnum + product(tokens, w), *dstate = dsum + tokens, *dsums = dstate + product(c, w),
            *place = dsums + c, *own = place + product(c, w);
    nn_feature_view queries = nn_linear_features(view, true, phi, own),
                    keys = nn_linear_features(view, false, phi, own);
    queries.dphi = keys.dphi = dphi;
    feature->forward(&queries);
    divide_back(dnum, dsum, view->dy, view->y, view->ldy, share, view->queries, w);
    for (int i = 0; i < view->queries; i++)
        if (nn_linear_clamped(view, share[i]))
            dsum[i] = 0;
    nn_core_multiply_across(dphi, c, dnum, w, state, w, view->queries, c, w, false, place);
    memset(dsums, 0, (size_t)c * sizeof *dsums);
    weigh_back(dphi, dsums, dsum, phi, sums, view->queries, c);
    nn_core_multiply(dstate, w, true, phi, c, dnum, w, c, w, view->queries, false);
    feature->backward(&queries);
    feature->forward(&keys);
    nn_core_multiply_across(dphi, c, view->v, view->ldkv, dstate, w, view->keys, c, w, false, place);
    add_row(dphi, dsums, view->keys, c);
    nn_core_multiply(view->dv, view->ldkv, false, phi, c, dstate, w, view->keys, w, c, true);
    feature->backward(&keys);
}
