/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear layers, dropout and sums, element by element. */
#include "lib/base/random.h"
#include "lib/kernels/kernels.h"
#include "lib/kernels/mask.h"
#include "lib/kernels/vector_math.h"

#include <string.h>

/* --- linear --- */

/* C (m,n) = A B + beta C */
static void product(bool split, bool transpose_a, bool transpose_b, int m, int n, int k, const nn_real *a,
                    int lda, const nn_real *b, int ldb, bool adds, nn_real *c, int ldc)
{
    (split ? nn_gemm_split : nn_gemm)(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, adds ? 1 : 0, c,
                                      ldc);
}

/* What sums begin with, where it is not there already. */
static void begin_sums(nn_real *y, int ldy, const nn_real *start, int start_row, size_t rows, int columns)
{
    if (start && start != y)
        nn_add_columns(y, (size_t)ldy, start, (size_t)start_row, (size_t)columns, rows, false);
}

void nn_linear_forward(bool split, nn_real *y, const nn_real *x, const nn_real *w, const nn_real *start,
                       int start_row, size_t rows, int in, int out)
{
    begin_sums(y, out, start, start_row, rows, out);
    product(split, false, true, (int)rows, out, in, x, in, w, in, start, y, out);
}

/* Rows of x lie ldx elements apart. */
NN_CLONES static void add_column_sums(nn_real *restrict sums, const nn_real *restrict x, int ldx, size_t rows,
                                      int columns)
{
    for (size_t i = 0; i < rows; i++, x += ldx)
        for (int j = 0; j < columns; j++)
            sums[j] += x[j];
}

void nn_linear_backward(nn_real *dx, nn_real *dw, nn_real *dbias, const nn_real *dy, const nn_real *x,
                        const nn_real *w, size_t rows, int in, int out, bool accumulate_dx)
{
    const int m = (int)rows;
    if (dx)
        product(nn_splits(m, in, out), false, false, m, in, out, dy, out, w, in, accumulate_dx, dx, in);
    product(nn_splits(out, in, m), true, false, out, in, m, dy, out, x, in, true, dw, in);
    if (dbias)
        add_column_sums(dbias, dy, out, rows, out);
}

void nn_linear_kernel_forward(bool split, nn_real *y, int ldy, const nn_real *x, const nn_real *w,
                              const nn_real *start, int start_row, size_t rows, int in, int out)
{
    begin_sums(y, ldy, start, start_row, rows, out);
    product(split, false, false, (int)rows, out, in, x, in, w, out, start, y, ldy);
}

void nn_linear_kernel_backward(nn_real *dx, nn_real *dw, nn_real *dbias, const nn_real *dy, int ldy,
                               const nn_real *x, const nn_real *w, size_t rows, int in, int out,
                               bool accumulate_dx)
{
    const int m = (int)rows;
    if (dx)
        product(nn_splits(m, in, out), false, true, m, in, out, dy, ldy, w, out, accumulate_dx, dx, in);
    product(nn_splits(in, out, m), true, false, in, out, m, x, in, dy, ldy, true, dw, out);
    if (dbias)
        add_column_sums(dbias, dy, ldy, rows, out);
}

/* --- dropout --- */

nn_mask nn_mask_make(double rate, uint64_t seed, uint64_t step, int operation)
{
    if (rate <= 0)
        return (nn_mask){.scale = 1};
    uint64_t key = nn_random(nn_random(seed, step), (uint64_t)operation);
    return (nn_mask){.key = key, .threshold = (uint32_t)(rate * 0x1p32), .scale = (nn_real)(1 / (1 - rate))};
}

NN_CLONES void nn_dropout_forward(nn_real *y, const nn_real *x, const nn_mask *mask, uint64_t first_row,
                                  size_t rows, int columns)
{
    uint32_t threshold = mask->threshold;
    nn_real scale = mask->scale;
    for (size_t i = 0; i < rows; i++, x += columns, y += columns) {
        nn_mask_key key = nn_mask_key_of(mask, first_row + i);
        NN_TURNS_APART for (int j = 0; j < columns; j++) y[j] =
            x[j] * nn_mask_factor(key, threshold, scale, j);
    }
}

NN_CLONES void nn_dropout_backward(nn_real *dx, const nn_real *dy, const nn_mask *mask, uint64_t first_row,
                                   size_t rows, int columns, bool accumulate)
{
    uint32_t threshold = mask->threshold;
    nn_real scale = mask->scale;
    if (!threshold) {
        if (accumulate)
            nn_add(dx, dy, rows * (size_t)columns);
        else if (dx != dy)
            memcpy(dx, dy, rows * (size_t)columns * sizeof *dx);
        return;
    }
    for (size_t i = 0; i < rows; i++, dx += columns, dy += columns) {
        nn_mask_key key = nn_mask_key_of(mask, first_row + i);
        if (accumulate) {
            NN_TURNS_APART for (int j = 0; j < columns; j++) dx[j] +=
                dy[j] * nn_mask_factor(key, threshold, scale, j);
        } else {
            NN_TURNS_APART for (int j = 0; j < columns; j++) dx[j] =
                dy[j] * nn_mask_factor(key, threshold, scale, j);
        }
    }
}

NN_CLONES void nn_residual_forward(nn_real *restrict y, const nn_real *restrict x,
                                   const nn_real *restrict branch, const nn_mask *mask, uint64_t first_row,
                                   size_t rows, int columns)
{
    uint32_t threshold = mask->threshold;
    nn_real scale = mask->scale;
    if (!threshold) {
        for (size_t i = 0; i < rows * (size_t)columns; i++)
            y[i] = x[i] + branch[i];
        return;
    }
    for (size_t i = 0; i < rows; i++, x += columns, y += columns, branch += columns) {
        nn_mask_key key = nn_mask_key_of(mask, first_row + i);
        for (int j = 0; j < columns; j++)
            y[j] = x[j] + branch[j] * nn_mask_factor(key, threshold, scale, j);
    }
}

NN_CLONES void nn_add(nn_real *restrict a, const nn_real *restrict b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        a[i] += b[i];
}

/* Rows of a few vectors, for which a call of memcpy, which the compiler would make of plain loops, would take
 * longer than its work. */
NN_CLONES void nn_add_columns(nn_real *restrict a, size_t lda, const nn_real *restrict b, size_t ldb,
                              size_t columns, size_t rows, bool accumulate)
{
    const size_t whole = columns / NN_LANES * NN_LANES;
    for (size_t i = 0; i < rows; i++, a += lda, b += ldb) {
        for (size_t j = 0; j < whole; j += NN_LANES)
            nn_store(a + j, accumulate ? nn_load(a + j) + nn_load(b + j) : nn_load(b + j));
        for (size_t j = whole; j < columns; j++)
            a[j] = accumulate ? a[j] + b[j] : b[j];
    }
}
