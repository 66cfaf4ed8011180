/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear algebra of least squares in double, whatever the working precision: this file, gemm.c and
 * gemm_tiles.c are compiled in double beside the library (lib/meson.build), so that products are the
 * library's own where the processor has tiles for them. All else here is products but for blocks of BLOCK
 * columns. */
#include "lib/kernels/dense.h"

#include "lib/kernels/kernels.h"
#include "lib/kernels/vector.h"

#include <math.h>

/* FEW: columns of right-hand sides below which a tile of products would be mostly empty. */
enum { BLOCK = 64, ROWS = 32, FEW = 8 };

static size_t at(int row, int column, int ld)
{
    return (size_t)row * (size_t)ld + (size_t)column;
}

void nn_dense_multiply(bool transposed, int m, int n, int k, const double *a, int lda, const double *b,
                       int ldb, double beta, double *c, int ldc)
{
    nn_gemm(transposed, false, m, n, k, a, lda, b, ldb, beta, c, ldc);
}

/* The lower triangle of C (n,n) += A B of A (n,k), stored transposed or not, and B (k,n), stored the other
 * way; n is at most BLOCK. */
static void add_triangle(bool transposed, int n, int k, const double *a, int lda, const double *b, int ldb,
                         double *c, int ldc)
{
    double square[BLOCK * BLOCK];
    nn_gemm(transposed, !transposed, n, n, k, a, lda, b, ldb, 0, square, BLOCK);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            c[at(i, j, ldc)] += square[i * BLOCK + j];
}

void nn_dense_gram(int n, int rows, const double *a, int lda, double *c, int ldc)
{
    for (int j = 0; j < n; j += BLOCK) {
        const int w = nn_least(BLOCK, n - j), below = j + w;
        add_triangle(true, w, rows, a + j, lda, a + j, lda, c + at(j, j, ldc), ldc);
        if (below < n)
            nn_gemm(true, false, n - below, w, rows, a + below, lda, a + j, lda, 1, c + at(below, j, ldc),
                    ldc);
    }
}

/* --- Cholesky --- */

/* Of a block of at most BLOCK columns. */
NN_CLONES static bool factor_block(int n, double *a, int lda)
{
    double column[BLOCK];
    for (int j = 0; j < n; j++) {
        const double pivot = a[at(j, j, lda)];
        if (!(pivot > 0))
            return false;
        a[at(j, j, lda)] = sqrt(pivot);
        for (int i = j + 1; i < n; i++)
            column[i] = a[at(i, j, lda)] /= a[at(j, j, lda)];
        for (int i = j + 1; i < n; i++)
            for (int k = j + 1; k <= i; k++)
                a[at(i, k, lda)] -= column[i] * column[k];
    }
    return true;
}

/* B (rows,n) becomes the X of X L' = B, ROWS rows at a time side by side. */
NN_CLONES static void divide_rows(int rows, int n, const double *l, double *b, int ld)
{
    double x[BLOCK][ROWS];
    for (int first = 0; first < rows; first += ROWS, b += at(ROWS, 0, ld)) {
        const int count = nn_least(ROWS, rows - first);
        for (int j = 0; j < n; j++)
            for (int r = 0; r < ROWS; r++)
                x[j][r] = r < count ? b[at(r, j, ld)] : 0;
        for (int j = 0; j < n; j++) {
            double left[ROWS];
            for (int r = 0; r < ROWS; r++)
                left[r] = x[j][r];
            for (int k = 0; k < j; k++)
                for (int r = 0; r < ROWS; r++)
                    left[r] -= x[k][r] * l[at(j, k, ld)];
            for (int r = 0; r < ROWS; r++)
                x[j][r] = left[r] / l[at(j, j, ld)];
        }
        for (int r = 0; r < count; r++)
            for (int j = 0; j < n; j++)
                b[at(r, j, ld)] = x[j][r];
    }
}

/* The lower triangle of A (n,n) -= X X' of X (n,k), k at most BLOCK. */
static void take_square(int n, int k, const double *x, double *a, int ld)
{
    double minus[BLOCK * BLOCK];
    for (int j = 0; j < n; j += BLOCK) {
        const int w = nn_least(BLOCK, n - j), below = j + w;
        for (int i = 0; i < w; i++)
            for (int c = 0; c < k; c++)
                minus[i * BLOCK + c] = -x[at(j + i, c, ld)];
        add_triangle(false, w, k, x + at(j, 0, ld), ld, minus, BLOCK, a + at(j, j, ld), ld);
        if (below < n)
            nn_gemm(false, true, n - below, w, k, x + at(below, 0, ld), ld, minus, BLOCK, 1,
                    a + at(below, j, ld), ld);
    }
}

bool nn_dense_factor(int n, double *a, int lda)
{
    for (int j = 0; j < n; j += BLOCK) {
        const int w = nn_least(BLOCK, n - j), below = j + w;
        if (!factor_block(w, a + at(j, j, lda), lda))
            return false;
        divide_rows(n - below, w, a + at(j, j, lda), a + at(below, j, lda), lda);
        take_square(n - below, w, a + at(below, j, lda), a + at(below, below, lda), lda);
    }
    return true;
}

/* --- solutions --- */

/* X of L X = B, or back: of L' X = B, in place of B (n,m). */
NN_CLONES static void solve_block(bool back, int n, int m, const double *l, int lda, double *restrict b,
                                  int ldb)
{
    for (int s = 0; s < n; s++) {
        const int i = back ? n - 1 - s : s;
        for (int c = 0; c < m; c++)
            b[at(i, c, ldb)] /= l[at(i, i, lda)];
        for (int k = back ? 0 : i + 1; k < (back ? i : n); k++) {
            const double factor = back ? l[at(i, k, lda)] : l[at(k, i, lda)];
            for (int c = 0; c < m; c++)
                b[at(k, c, ldb)] -= factor * b[at(i, c, ldb)];
        }
    }
}

/* B (rows,m) -= A X of X (k,m), A (rows,k), or transposed (k,rows), rows at most BLOCK. */
static void take_product(bool transposed, int rows, int m, int k, const double *a, int lda, const double *x,
                         double *b, int ldb)
{
    double product[BLOCK * BLOCK];
    for (int c = 0; c < m && k > 0; c += BLOCK) {
        const int w = nn_least(BLOCK, m - c);
        nn_gemm(transposed, false, rows, w, k, a, lda, x + c, ldb, 0, product, BLOCK);
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < w; j++)
                b[at(i, c + j, ldb)] -= product[i * BLOCK + j];
    }
}

void nn_dense_solve(int n, int m, const double *l, int lda, double *b, int ldb)
{
    if (m < FEW) {
        solve_block(false, n, m, l, lda, b, ldb);
        solve_block(true, n, m, l, lda, b, ldb);
        return;
    }
    for (int i = 0; i < n; i += BLOCK) {
        const int w = nn_least(BLOCK, n - i);
        take_product(false, w, m, i, l + at(i, 0, lda), lda, b, b + at(i, 0, ldb), ldb);
        solve_block(false, w, m, l + at(i, i, lda), lda, b + at(i, 0, ldb), ldb);
    }
    for (int i = (n - 1) / BLOCK * BLOCK; i >= 0; i -= BLOCK) {
        const int w = nn_least(BLOCK, n - i), after = i + w;
        take_product(true, w, m, n - after, l + at(after, i, lda), lda, b + at(after, 0, ldb),
                     b + at(i, 0, ldb), ldb);
        solve_block(true, w, m, l + at(i, i, lda), lda, b + at(i, 0, ldb), ldb);
    }
}

/* --- sums that stay in registers --- */

enum { LAGS = 32 }; /* so many together */

static inline double within(double x, double most)
{
    return x < -most ? -most : x > most ? most : x;
}

NN_CLONES void nn_dense_bend(double *restrict out, const double *restrict x, size_t rows, size_t columns,
                             const double *restrict a)
{
    size_t j = 0;
    for (; j + LAGS <= columns; j += LAGS) {
        double sum[LAGS];
        for (int c = 0; c < LAGS; c++)
            sum[c] = a[rows * columns + j + (size_t)c];
        for (size_t i = 0; i < rows; i++) {
            const double factor = within(x[i], 4);
            for (int c = 0; c < LAGS; c++)
                sum[c] += factor * a[i * columns + j + (size_t)c];
        }
        for (int c = 0; c < LAGS; c++)
            out[j + (size_t)c] = sum[c];
    }
    for (; j < columns; j++) {
        out[j] = a[rows * columns + j];
        for (size_t i = 0; i < rows; i++)
            out[j] += within(x[i], 4) * a[i * columns + j];
    }
    for (j = 0; j < columns; j++) {
        const double z = within(out[j], 3);
        out[j] = z * (27 + z * z) / (27 + 9 * z * z);
    }
}

NN_CLONES void nn_dense_lags(double *out, int lags, const double *x, const double *y, size_t n)
{
    int d = 0;
    for (; d + LAGS <= lags; d += LAGS) {
        double sum[LAGS] = {0};
        for (size_t t = 0; t < n; t++)
            for (int j = 0; j < LAGS; j++)
                sum[j] += x[t] * y[t + (size_t)(d + j)];
        for (int j = 0; j < LAGS; j++)
            out[d + j] = sum[j];
    }
    for (; d < lags; d++) {
        double sum = 0;
        for (size_t t = 0; t < n; t++)
            sum += x[t] * y[t + (size_t)d];
        out[d] = sum;
    }
}
