/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear algebra of least squares in double, through OpenBLAS and the LAPACK within it. */
#include "lib/kernels/dense.h"

#include "lib/kernels/vector.h"

#include <cblas.h>

/* OpenBLAS's own, which Debian declares nowhere without lapacke. */
void dpotrf_(const char *half, const int *n, double *a, const int *lda, int *info);

void nn_dense_multiply(bool transposed, int m, int n, int k, const double *a, int lda, const double *b,
                       int ldb, double beta, double *c, int ldc)
{
    cblas_dgemm(CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, CblasNoTrans, m, n, k, 1, a, lda, b,
                ldb, beta, c, ldc);
}

void nn_dense_gram(int n, int rows, const double *a, int lda, double *c, int ldc)
{
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, n, rows, 1, a, lda, 1, c, ldc);
}

bool nn_dense_factor(int n, double *a, int lda)
{
    int info = 0;
    dpotrf_("U", &n, a, &lda, &info); /* the upper half by columns is the lower half by rows */
    return info == 0;
}

void nn_dense_solve(int n, int m, const double *l, int lda, double *b, int ldb)
{
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, n, m, 1, l, lda, b, ldb);
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, n, m, 1, l, lda, b, ldb);
}

enum { LAGS = 32 }; /* sums that are in registers together */

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
