/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time: medians of repeated measurements on the monotonic clock, and what the machine itself can do. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "lib/base/error.h"

#include <stddef.h>

/* How much is measured. */
typedef struct bench_effort {
    int repeats;    /* measurements, of which the median counts */
    double seconds; /* least total time of all measurements of one thing */
} bench_effort;

double bench_median(double *values, size_t count); /* sorts them; NaN for none */
/* Seconds of one call: the median over repeats, each of as many calls as the effort's total time asks for.
 * One call before goes uncounted. */
double bench_time(const bench_effort *effort, void (*work)(void *context), void *context);

/* The machine's limits with so many threads. */
typedef struct bench_machine {
    int threads;
    double sgemm_calls; /* GFLOP/s of one single-threaded product of 2048^3 in each thread */
    double sgemm_blas;  /* GFLOP/s of one product of 2048^3 that OpenBLAS spreads over the threads */
    double sgemm;       /* the better of them */
    double peak;        /* GFLOP/s of multiply-adds of floats that stay in registers, in each thread */
    double tiles;       /* GFLOP/s of such a product by the library's own tiles, in each thread */
    double copy;        /* GB/s, bytes read and bytes written, each thread with its own 64 MB */
} bench_machine;
int bench_machine_measure(bench_machine *machine, int threads, const bench_effort *effort, nn_error *error);

/* What figures must be read with. */
typedef struct bench_about {
    char cpu[128], compiler[64], blas[128];
    char kernels[240]; /* which instructions the products of both and the multiply-adds ran in */
} bench_about;
void bench_about_fill(bench_about *about);

/* GFLOP/s of Y (rows,width) = X W' with a square W on one thread: by OpenBLAS's sgemm, and by the library
 * from weights packed ahead; the best of several rounds in turn. NN_FAILED without memory. */
typedef struct bench_product {
    double sgemm, ours;
} bench_product;
int bench_product_measure(bench_product *product, int rows, int width, const bench_effort *effort,
                          nn_error *error);

/* The peak of this process's resident memory so far, in bytes. */
size_t bench_peak_memory(void);

#endif
