/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only file that sees <cblas.h>: it cannot share a translation unit with GSL's. */
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

size_t nn_pack_size(int n, int k)
{
    const nn_tiles *tiles = nn_tiles_here();
    return tiles->multiply ? nn_tiles_packed_size(tiles, n, k) : 0;
}

void nn_pack(nn_real *packed, bool transposed, const nn_real *b, int n, int k)
{
    nn_tiles_pack(nn_tiles_here(), packed, transposed, b, transposed ? k : n, n, k);
}

int nn_pack_columns(void)
{
    return nn_tiles_here()->columns;
}

void nn_linear_packed_forward(nn_real *y, int ldy, const nn_real *x, const nn_real *packed,
                              const nn_real *bias, size_t rows, int in, int out, int begin, int end)
{
    nn_tiles_multiply_packed(nn_tiles_here(), y, ldy, bias, 0, false, x, in, packed, (int)rows, out, in,
                             begin, end);
}
