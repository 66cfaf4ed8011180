/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix products: by the library's own tiles where the processor has them, else by OpenBLAS. */
#include "lib/kernels/blas.h"
#include "lib/kernels/blas_room.h"
#include "lib/kernels/gemm_tiles.h"
#include "lib/kernels/kernels.h"

#ifdef NN_DOUBLE
#define BLAS_GEMM nn_blas_dgemm
#else
#define BLAS_GEMM nn_blas_sgemm
#endif

/* What is no product (k = 0), and all where there is neither a tile nor OpenBLAS, or no memory for its
 * buffers, which ends the command with that error. */
static void multiply_plainly(bool transpose_a, bool transpose_b, int m, int n, int k, const nn_real *a,
                             int lda, const nn_real *b, int ldb, nn_real beta, nn_real *c, int ldc)
{
    const size_t a_row = transpose_a ? 1 : (size_t)lda, a_column = transpose_a ? (size_t)lda : 1,
                 b_row = transpose_b ? 1 : (size_t)ldb, b_column = transpose_b ? (size_t)ldb : 1;
    for (int i = 0; i < m; i++) {
        nn_real *to = c + (size_t)i * (size_t)ldc;
        for (int j = 0; j < n; j++)
            to[j] = beta == 0 ? 0 : beta * to[j];
        for (int l = 0; l < k; l++) {
            const nn_real factor = a[(size_t)i * a_row + (size_t)l * a_column];
            const nn_real *from = b + (size_t)l * b_row;
            for (int j = 0; j < n; j++)
                to[j] += factor * from[(size_t)j * b_column];
        }
    }
}

void nn_gemm(bool transpose_a, bool transpose_b, int m, int n, int k, const nn_real *a, int lda,
             const nn_real *b, int ldb, nn_real beta, nn_real *c, int ldc)
{
    const nn_tiles *tiles = nn_tiles_here();
    if (tiles->multiply && k > 0 && (beta == 0 || beta == 1))
        nn_tiles_multiply(tiles, c, ldc, beta == 0 ? NULL : c, ldc, transpose_a, a, lda, transpose_b, b, ldb,
                          m, n, k);
    else if (k > 0 && nn_blas_open() && nn_blas_begin()) {
        BLAS_GEMM(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, beta, c, ldc);
        nn_blas_end();
    } else
        multiply_plainly(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, beta, c, ldc);
}
