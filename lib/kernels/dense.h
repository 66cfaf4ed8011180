/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear algebra of least squares, in double whatever the working precision; matrices are row-major. One
 * thread each: call nn_pool_blas_alone, or make a pool, before. */
#ifndef NN_DENSE_H
#define NN_DENSE_H

#include <stdbool.h>
#include <stddef.h>

/* Dimensions are ints, as BLAS takes them. */

/* C (m,n) = beta C + A B; transposed: A is stored (k,m). lda, ldb, ldc: elements between stored rows. */
void nn_dense_multiply(bool transposed, int m, int n, int k, const double *a, int lda, const double *b,
                       int ldb, double beta, double *c, int ldc);

/* The lower triangle of C (n,n) += A' A of A (rows,n). */
void nn_dense_gram(int n, int rows, const double *a, int lda, double *c, int ldc);

/* The lower triangle of A (n,n), symmetric, becomes L with A = L L' (Cholesky). False where A is not positive
 * definite; A is lost then. */
bool nn_dense_factor(int n, double *a, int lda);

/* B (n,m) becomes the X of L L' X = B, L from nn_dense_factor. */
void nn_dense_solve(int n, int m, const double *l, int lda, double *b, int ldb);

/* The eigenvalues of A (n,n), of which the lower triangle is read, falling, into value (n); with vectors, row
 * i of A becomes the eigenvector of length 1 of value[i], else A is lost. room: 2 n. Householder's
 * reflections and implicit steps (Golub & Van Loan 2013, 8.3); no BLAS. False where A is not finite, or the
 * steps do not come to an end. */
bool nn_dense_eigen(bool vectors, int n, double *a, double *value, double *room);

/* out (columns) = tanh z, nearly, with z = x A + b, each x (rows) cut off at -4 and 4; a holds A
 * (rows,columns) and then b (columns). Each sum is taken in the order of rows. */
void nn_dense_bend(double *out, const double *x, size_t rows, size_t columns, const double *a);

/* out[d] = sum over t < n of x[t] y[t + d], for d < lags; y has n + lags - 1 elements. Each sum is taken in
 * the order of t. */
void nn_dense_lags(double *out, int lags, const double *x, const double *y, size_t n);

#endif
