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
    if (tiles->multiply && k > 0 && (beta == 0 || beta == 1))
        nn_tiles_multiply(tiles, c, ldc, beta == 0 ? NULL : c, ldc, transpose_a, a, lda, transpose_b, b, ldb,
                          m, n, k);
    else
        call_blas(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, beta, c, ldc);
}
