/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only file that sees <cblas.h>: it cannot share a translation unit with GSL's. */
#include "lib/kernels.h"
#include "lib/vector.h"

#include <cblas.h>

void nn_gemm(bool transpose_a, bool transpose_b, int m, int n, int k, const nn_real *a, int lda,
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

/* Four rows of C by one vector: enough independent sums to hide the multiply-add's latency at these sizes. */
#define ROWS 4

static inline __attribute__((always_inline)) void tile(nn_real *c, int ldc, const nn_real *a, int row,
                                                       int column, const nn_real *b, int ldb, int k, int rows,
                                                       bool accumulate)
{
    nn_vector sum[ROWS];
    for (int r = 0; r < rows; r++)
        sum[r] = (nn_vector){0};
    if (accumulate)
        for (int r = 0; r < rows; r++)
            sum[r] = *(const nn_vector_loose *)(c + r * ldc);
    for (int l = 0; l < k; l++) {
        nn_vector y = *(const nn_vector_loose *)(b + l * ldb);
        for (int r = 0; r < rows; r++)
            sum[r] += a[r * row + l * column] * y;
    }
    for (int r = 0; r < rows; r++)
        *(nn_vector_loose *)(c + r * ldc) = sum[r];
}

NN_CLONES void nn_gemm_small(nn_real *c, int ldc, const nn_real *a, int row, int column, const nn_real *b,
                             int ldb, int m, int n, int k, bool accumulate)
{
    int whole = n / NN_LANES * NN_LANES;
    for (int j = 0; j < whole; j += NN_LANES) {
        int i = 0;
        for (; i + ROWS <= m; i += ROWS)
            tile(c + i * ldc + j, ldc, a + i * row, row, column, b + j, ldb, k, ROWS, accumulate);
        for (; i < m; i++)
            tile(c + i * ldc + j, ldc, a + i * row, row, column, b + j, ldb, k, 1, accumulate);
    }
    for (int i = 0; whole < n && i < m; i++) {
        if (!accumulate)
            for (int j = whole; j < n; j++)
                c[i * ldc + j] = 0;
        for (int l = 0; l < k; l++)
            for (int j = whole; j < n; j++)
                c[i * ldc + j] += a[i * row + l * column] * b[l * ldb + j];
    }
}
