/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only file that sees <cblas.h>: it cannot share a translation unit with GSL's. */
#include "lib/kernels/gemm_split.h"
#include "lib/kernels/gemm_tiles.h"
#include "lib/kernels/kernels.h"

#include <cblas.h>

static void call_blas(bool transpose_a, bool transpose_b, int m, int n, int k, const nn_real *a, int lda,
                      const nn_real *b, int ldb, nn_real beta, nn_real *c, int ldc)
{
#ifdef NN_DOUBLE
    cblas_dgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
#else
    cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
#endif
}

void nn_gemm(bool transpose_a, bool transpose_b, int m, int n, int k, const nn_real *a, int lda,
             const nn_real *b, int ldb, nn_real beta, nn_real *c, int ldc)
{
    const nn_tiles *tiles = nn_tiles_here();
    if (tiles->multiply && (beta == 0 || beta == 1))
        nn_tiles_multiply(tiles, c, ldc, beta == 0 ? NULL : c, ldc, transpose_a, a, lda, transpose_b, b, ldb,
                          m, n, k);
    else
        call_blas(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, beta, c, ldc);
}

/* --- of split floats, where that pays --- */

/* Measured: with fewer, taking the floats apart costs what the products gain. */
enum { SPLIT_SIDE = 128, SPLIT_ROWS = 64, SPLIT_ROWS_PACKED = 8 };

bool nn_splits(int m, int n, int k)
{
    return m >= SPLIT_ROWS && n >= SPLIT_SIDE && k >= SPLIT_ROWS && nn_split_here();
}

void nn_gemm_split(bool transpose_a, bool transpose_b, int m, int n, int k, const nn_real *a, int lda,
                   const nn_real *b, int ldb, nn_real beta, nn_real *c, int ldc)
{
    nn_split_multiply(nn_split_here(), c, ldc, beta == 0 ? NULL : c, ldc, transpose_a, a, lda, transpose_b, b,
                      ldb, m, n, k);
}

/* --- of packed weights --- */

bool nn_pack_splits(size_t rows, int n, int k)
{
    return rows >= SPLIT_ROWS_PACKED && n >= SPLIT_SIDE && k >= SPLIT_SIDE && nn_split_here();
}

size_t nn_pack_size(bool split, int n, int k)
{
    const nn_tiles *tiles = nn_tiles_here();
    if (split)
        return nn_split_packed_bytes(n, k) / sizeof(nn_real);
    return tiles->multiply ? nn_tiles_packed_size(tiles, n, k) : 0;
}

void nn_pack(bool split, nn_real *packed, bool transposed, const nn_real *b, int n, int k)
{
    const int ldb = transposed ? k : n;
    if (split)
        nn_split_pack(packed, transposed, b, ldb, n, k);
    else
        nn_tiles_pack(nn_tiles_here(), packed, transposed, b, ldb, n, k);
}

int nn_pack_columns(bool split)
{
    return split ? (int)NN_SPLIT_COLUMNS : nn_tiles_here()->columns;
}

void nn_linear_packed_forward(bool split, nn_real *y, int ldy, const nn_real *x, const nn_real *packed,
                              const nn_real *bias, size_t rows, int in, int out, int begin, int end)
{
    if (split)
        nn_split_multiply_packed(nn_split_here(), y, ldy, bias, 0, false, x, in, packed, (int)rows, in, begin,
                                 end);
    else
        nn_tiles_multiply_packed(nn_tiles_here(), y, ldy, bias, 0, false, x, in, packed, (int)rows, out, in,
                                 begin, end);
}
