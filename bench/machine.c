/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures what the machine can do: multiply-adds, sgemm and memory on one core and on all. */
#include "bench/measure.h"
#include "bench/peak.h"
#include "lib/kernels/blas.h"
#include "lib/kernels/blas_room.h"
#include "lib/kernels/gemm_split.h"
#include "lib/kernels/gemm_tiles.h"
#include "lib/kernels/kernels.h"
#include "lib/kernels/low.h"
#include "lib/pool.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 2048, COPY_BYTES = 64000000, CHAIN_ROUNDS = 1 << 19 };

typedef struct limits {
    nn_pool *pool;
    int threads;
    float *a, *b;
    float **c;   /* one per thread */
    char **copy; /* two per thread */
} limits;

static void multiply(void *context, int n, int worker)
{
    const limits *l = context;
    (void)worker;
    nn_blas_sgemm(false, false, SIZE, SIZE, SIZE, l->a, SIZE, l->b, SIZE, 0, l->c[n], SIZE);
}

static void multiply_in_each(void *context)
{
    limits *l = context;
    nn_pool_run(l->pool, l->threads, multiply, l);
}

static void multiply_once(void *context)
{
    multiply(context, 0, 0);
}

static void multiply_by_tiles(void *context, int n, int worker)
{
    const limits *l = context;
    (void)worker;
    nn_gemm(false, false, SIZE, SIZE, SIZE, l->a, SIZE, l->b, SIZE, 0, l->c[n], SIZE);
}

static void tiles_in_each(void *context)
{
    limits *l = context;
    nn_pool_run(l->pool, l->threads, multiply_by_tiles, l);
}

static void chain(void *context, int n, int worker)
{
    const limits *l = context;
    (void)worker;
    l->c[n][0] = bench_chains_here()->run(CHAIN_ROUNDS, 1, 1);
}

static void chain_in_each(void *context)
{
    limits *l = context;
    nn_pool_run(l->pool, l->threads, chain, l);
}

static void copy(void *context, int n, int worker)
{
    const limits *l = context;
    (void)worker;
    memcpy(l->copy[2 * n], l->copy[2 * n + 1], COPY_BYTES);
}

static void copy_in_each(void *context)
{
    limits *l = context;
    nn_pool_run(l->pool, l->threads, copy, l);
}

static int allocate(limits *l, nn_error *error)
{
    size_t size = (size_t)SIZE * SIZE;
    l->a = malloc(size * sizeof *l->a);
    l->b = malloc(size * sizeof *l->b);
    l->c = calloc((size_t)l->threads, sizeof *l->c);
    l->copy = calloc(2 * (size_t)l->threads, sizeof *l->copy);
    bool complete = l->a && l->b && l->c && l->copy;
    for (int i = 0; complete && i < l->threads; i++)
        complete = (l->c[i] = malloc(size * sizeof(float))) && (l->copy[2 * i] = malloc(COPY_BYTES)) &&
                   (l->copy[2 * i + 1] = malloc(COPY_BYTES));
    if (!complete)
        return nn_fail(error, NN_FAILED, "no memory for measuring the machine");
    for (size_t i = 0; i < size; i++) {
        l->a[i] = (float)(i % 7) - 3;
        l->b[i] = (float)(i % 5) - 2;
    }
    for (int i = 0; i < 2 * l->threads; i++)
        memset(l->copy[i], i + 1, COPY_BYTES);
    return NN_OK;
}

static void release(limits *l)
{
    for (int i = 0; l->c && l->copy && i < l->threads; i++) {
        free(l->c[i]);
        free(l->copy[2 * i]);
        free(l->copy[2 * i + 1]);
    }
    free(l->c);
    free(l->copy);
    free(l->a);
    free(l->b);
    nn_pool_free(l->pool);
}

/* One element of every row of C against a plain sum: integers, so exact in float. */
static int verify(const limits *l, nn_error *error)
{
    for (size_t i = 0; i < SIZE; i++) {
        size_t j = i * 13 % SIZE;
        double sum = 0;
        for (size_t k = 0; k < SIZE; k++)
            sum += (double)l->a[i * SIZE + k] * (double)l->b[k * SIZE + j];
        if (sum != (double)l->c[0][i * SIZE + j])
            return nn_fail(error, NN_FAILED, "sgemm is wrong: %g instead of %g",
                           (double)l->c[0][i * SIZE + j], sum);
    }
    return NN_OK;
}

void bench_about_fill(bench_about *about)
{
    char line[512];
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(about->cpu, sizeof about->cpu, "unknown CPU");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "model name", 10) == 0 && strchr(line, ':')) {
            line[strcspn(line, "\n")] = '\0';
            snprintf(about->cpu, sizeof about->cpu, "%.120s",
                     strchr(line, ':') + 1 + strspn(strchr(line, ':') + 1, " "));
            break;
        }
    if (file)
        fclose(file);
    snprintf(about->compiler, sizeof about->compiler, "compiler %.50s", __VERSION__);
    snprintf(about->blas, sizeof about->blas, "%.120s", nn_blas_config());
    const nn_tiles *tiles = nn_tiles_here();
    const nn_split *split = nn_split_here();
    snprintf(
        about->kernels, sizeof about->kernels,
        "multiply-adds in %s; products in tiles of %s, %d rows by %d columns%s%s; bf16 by %s, int8 by %s; "
        "OpenBLAS's kernels: %.40s",
        bench_chains_here()->name, tiles->multiply ? tiles->name : "OpenBLAS", tiles->rows, tiles->columns,
        split ? ", large ones of split floats by " : "", split ? split->name : "", nn_low_here(NN_BF16)->name,
        nn_low_here(NN_INT8)->name, nn_blas_kernels());
}

/* An OpenBLAS older than the processor may not know it and take kernels of 2004, at a fifth of its rate. The
 * yardstick shall be what OpenBLAS can do here, so it is made to choose again. */
static void choose_kernels(void)
{
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
    bool known = strcmp(nn_blas_kernels(), "Prescott") != 0 || !__builtin_cpu_supports("x86-64-v3");
    if (known)
        return;
    setenv("OPENBLAS_CORETYPE", __builtin_cpu_supports("x86-64-v4") ? "SkylakeX" : "Haswell", 0);
    nn_blas_choose_again();
#endif
}

int bench_machine_measure(bench_machine *machine, int threads, const bench_effort *effort, nn_error *error)
{
    double flops = 2.0 * SIZE * SIZE * SIZE;
    limits l = {.threads = threads};
    *machine = (bench_machine){.threads = threads};
    choose_kernels();
    int code = nn_pool_new(&l.pool, threads, error);
    if (!code)
        code = allocate(&l, error);
    if (!code && !nn_blas_open())
        code = nn_fail(error, NN_FAILED, "there is no OpenBLAS to compare with");
    if (!code && !nn_blas_has_room(threads))
        code = nn_no_memory(error);
    if (!code) {
        machine->sgemm_calls = threads * flops / bench_time(effort, multiply_in_each, &l) / 1e9;
        code = verify(&l, error);
    }
    if (!code) {
        machine->peak = threads * bench_chains_flops(bench_chains_here(), CHAIN_ROUNDS) /
                        bench_time(effort, chain_in_each, &l) / 1e9;
        if ((double)l.c[0][0] != bench_chains_sum(bench_chains_here(), CHAIN_ROUNDS))
            code = nn_fail(error, NN_FAILED, "multiply-adds are wrong: %g", (double)l.c[0][0]);
    }
    if (!code) {
        machine->tiles = threads * flops / bench_time(effort, tiles_in_each, &l) / 1e9;
        code = verify(&l, error);
    }
    if (!code) {
        nn_blas_set_threads(threads);
        machine->sgemm_blas = flops / bench_time(effort, multiply_once, &l) / 1e9;
        nn_blas_set_threads(1);
        code = verify(&l, error);
    }
    if (!code)
        machine->copy = 2.0 * COPY_BYTES * threads / bench_time(effort, copy_in_each, &l) / 1e9;
    machine->sgemm = machine->sgemm_calls > machine->sgemm_blas ? machine->sgemm_calls : machine->sgemm_blas;
    release(&l);
    return code;
}

/* --- products of a model's own shape --- */

typedef struct shape {
    int rows, width;
    float *x, *w, *y, *packed;
} shape;

static void by_blas(void *context)
{
    const shape *s = context;
    nn_blas_sgemm(false, true, s->rows, s->width, s->width, s->x, s->width, s->w, s->width, 0, s->y,
                  s->width);
}

static void by_tiles(void *context)
{
    const shape *s = context;
    const bool split = nn_pack_splits((size_t)s->rows, s->width, s->width);
    if (s->packed)
        nn_linear_packed_forward(split, s->y, s->width, s->x, s->packed, NULL, 0, (size_t)s->rows, s->width,
                                 s->width, 0, s->width);
    else
        nn_linear_forward(nn_splits(s->rows, s->width, s->width), s->y, s->x, s->w, NULL, 0, (size_t)s->rows,
                          s->width, s->width);
}

static bool shape_make(shape *s)
{
    size_t tall = (size_t)s->rows * (size_t)s->width, square = (size_t)s->width * (size_t)s->width;
    const bool split = nn_pack_splits((size_t)s->rows, s->width, s->width);
    const size_t packed = nn_pack_size(split, s->width, s->width);
    s->x = malloc(tall * sizeof *s->x);
    s->y = malloc(tall * sizeof *s->y);
    s->w = malloc(square * sizeof *s->w);
    s->packed = packed ? malloc(packed * sizeof *s->packed) : NULL;
    if (!s->x || !s->y || !s->w || (packed && !s->packed))
        return false;
    for (size_t i = 0; i < tall; i++)
        s->x[i] = (float)(i % 7) - 3;
    for (size_t i = 0; i < square; i++)
        s->w[i] = (float)(i % 5) - 2;
    if (packed)
        nn_pack(split, s->packed, true, s->w, s->width, s->width);
    return true;
}

/* In turn, and the least times: what else the machine does slows down both, and neither for good. */
int bench_product_measure(bench_product *product, int rows, int width, const bench_effort *effort,
                          nn_error *error)
{
    enum { ROUNDS = 8 };
    const double flops = 2.0 * rows * width * width;
    shape s = {.rows = rows, .width = width};
    *product = (bench_product){0};
    choose_kernels();
    nn_blas_set_threads(1);
    int code = shape_make(&s) && nn_blas_has_room(1) ? NN_OK : nn_no_memory(error);
    if (!code && !nn_blas_open())
        code = nn_fail(error, NN_FAILED, "there is no OpenBLAS to compare with");
    if (!code) {
        const size_t last = (size_t)rows * (size_t)width - 1;
        const bench_effort part = {1, effort->seconds / ROUNDS};
        double least[2] = {INFINITY, INFINITY};
        for (int r = 0; r < ROUNDS && !code; r++) {
            least[0] = fmin(least[0], bench_time(&part, by_blas, &s));
            const float value = s.y[last];
            least[1] = fmin(least[1], bench_time(&part, by_tiles, &s));
            if (value != s.y[last]) /* whole numbers: exact */
                code = nn_fail(error, NN_FAILED, "a product of %d rows is wrong", rows);
        }
        *product = (bench_product){flops / least[0] / 1e9, flops / least[1] / 1e9};
    }
    free(s.x);
    free(s.y);
    free(s.w);
    free(s.packed);
    return code;
}
