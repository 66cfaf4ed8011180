/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures what the machine can do: multiply-adds, sgemm and memory on one core and on all. */
#include "bench/measure.h"
#include "lib/pool.h"

#include <cblas.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 2048, COPY_BYTES = 64000000 };

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
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SIZE, SIZE, SIZE, 1, l->a, SIZE, l->b, SIZE, 0,
                l->c[n], SIZE);
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
    snprintf(about->blas, sizeof about->blas, "%.120s", openblas_get_config());
}

/* OpenBLAS's own names, in builds that choose their kernels at run time. */
extern void gotoblas_dynamic_init(void) __attribute__((weak));
extern void gotoblas_dynamic_quit(void) __attribute__((weak));

/* An OpenBLAS older than the processor may not know it and take kernels of 2004, at a fifth of its rate. The
 * yardstick shall be what OpenBLAS can do here, so it is made to choose again. */
static void choose_kernels(void)
{
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
    bool known = strcmp(openblas_get_corename(), "Prescott") != 0 || !__builtin_cpu_supports("x86-64-v3");
    if (known || !gotoblas_dynamic_init || !gotoblas_dynamic_quit)
        return;
    setenv("OPENBLAS_CORETYPE", __builtin_cpu_supports("x86-64-v4") ? "SkylakeX" : "Haswell", 0);
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
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
    if (!code) {
        machine->sgemm_calls = threads * flops / bench_time(effort, multiply_in_each, &l) / 1e9;
        code = verify(&l, error);
    }
    if (!code) {
        openblas_set_num_threads(threads);
        machine->sgemm_blas = flops / bench_time(effort, multiply_once, &l) / 1e9;
        openblas_set_num_threads(1);
        code = verify(&l, error);
    }
    if (!code)
        machine->copy = 2.0 * COPY_BYTES * threads / bench_time(effort, copy_in_each, &l) / 1e9;
    machine->sgemm = machine->sgemm_calls > machine->sgemm_blas ? machine->sgemm_calls : machine->sgemm_blas;
    release(&l);
    return code;
}
