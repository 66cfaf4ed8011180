/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One kernel under measurement, and the plain loop that it must agree with. */
#ifndef BENCH_KERNEL_H
#define BENCH_KERNEL_H

#include "lib/kernels/kernels.h"

enum { BENCH_INPUTS = 4, BENCH_OUTPUTS = 3, BENCH_HEADS = 8 };

/* Inputs are drawn; outputs begin with zeros. */
typedef struct bench_job {
    int rows, n, k;
    nn_mask mask;
    const nn_real *ones_masked; /* (rows,n): the mask's factors */
    nn_real *in[BENCH_INPUTS], *out[BENCH_OUTPUTS], *scratch;
} bench_job;

typedef struct bench_kernel {
    const char *name;
    int rows, n, k;
    /* Sizes, a letter for each buffer: e rows*n, k rows*k, w n*k, p 2*n*k, n n, r 2*rows, s 2*n, 3 rows*3n, h
     * rows*heads, q rows*rows, 1 one. */
    const char *in, *out;
    double flops;                    /* per element (rows*n); 0: a product of 2 rows n k */
    void (*prepare)(bench_job *job); /* after the inputs are drawn; may be NULL */
    void (*run)(const bench_job *job);
    void (*twin)(const bench_job *job, double *const *want); /* what the outputs are after one run */
} bench_kernel;

/* Tables that a kernel without a name ends. */
extern const bench_kernel bench_kernels_matrix[], bench_kernels_attention[], bench_kernels_pointwise[],
    bench_kernels_norm[];

#endif
