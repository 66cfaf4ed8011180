/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OpenBLAS, which multiplies where the library's own tiles cannot: loaded when the first product needs it,
 * for its thousands of relocations take longer than all the rest of a start, and most processors never come
 * to it. A build with -Dblas=linked has it linked instead, and the same functions. Thread-safe. */
#ifndef NN_BLAS_H
#define NN_BLAS_H

#include <stdbool.h>

/* Whether it is there; loads it. */
bool nn_blas_open(void);
/* Whether it was built without threads, and gives wrong results under several; loads it. */
bool nn_blas_is_serial(void);

/* c (m x n) = op(a) op(b) + beta c, all by rows. After nn_blas_open, and nn_blas_begin of blas_room.h. */
void nn_blas_sgemm(bool transpose_a, bool transpose_b, int m, int n, int k, const float *a, int lda,
                   const float *b, int ldb, float beta, float *c, int ldc);
void nn_blas_dgemm(bool transpose_a, bool transpose_b, int m, int n, int k, const double *a, int lda,
                   const double *b, int ldb, double beta, double *c, int ldc);

/* Threads of its own, now or once it is loaded; 0: as many as it begins with. */
void nn_blas_set_threads(int threads);
/* 0 as long as it is not loaded. */
int nn_blas_threads(void);

/* How it was built, and which kernels it took; "none" without it. They load it. */
const char *nn_blas_config(void);
const char *nn_blas_kernels(void);
/* Makes it choose its kernels again, by its environment variables, where its build can. */
void nn_blas_choose_again(void);
/* Address of a function that a product of floats (else doubles) is done by; NULL without OpenBLAS. For tests.
 */
const void *nn_blas_address(bool doubles);

#endif
