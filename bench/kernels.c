/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every kernel of lib/kernels.h alone, on one thread, data in the caches that it fits. */
#include "bench/bench.h"
#include "bench/kernel.h"
#include "lib/base/random.h"
#include "lib/pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const bench_kernel *const tables[] = {bench_kernels_matrix, bench_kernels_attention,
                                             bench_kernels_pointwise, bench_kernels_norm};

static size_t size_of(const bench_kernel *kernel, char letter)
{
    size_t rows = (size_t)kernel->rows, n = (size_t)kernel->n, k = (size_t)kernel->k;
    switch (letter) {
    case 'e':
        return rows * n;
    case 'k':
        return rows * k;
    case 'w':
        return n * k;
    case 'p': /* or more: packed weights, as split floats too */
        return 2 * n * k;
    case 'n':
        return n;
    case 'r':
        return 2 * rows;
    case 's':
        return 2 * n;
    case '3':
        return 3 * rows * n;
    case 'h':
        return rows * BENCH_HEADS;
    case 'q':
        return rows * rows;
    default:
        return 1;
    }
}

static void job_clear(bench_job *job)
{
    for (int i = 0; i < BENCH_INPUTS; i++)
        free(job->in[i]);
    for (int i = 0; i < BENCH_OUTPUTS; i++)
        free(job->out[i]);
    free(job->scratch);
    free((void *)job->ones_masked);
}

static int job_make(bench_job *job, const bench_kernel *kernel, nn_error *error)
{
    int rows = kernel->rows, n = kernel->n;
    *job = (bench_job){rows, n, kernel->k, nn_mask_make(0.1, 1, 2, 3), NULL, {0}, {0}, NULL};
    nn_real *ones = malloc((size_t)rows * (size_t)n * sizeof *ones);
    bool complete = ones && (job->scratch = malloc(nn_attention_scratch(rows, rows, n) * sizeof(nn_real)));
    for (int i = 0; complete && i < BENCH_INPUTS && kernel->in[i]; i++)
        complete = (job->in[i] = malloc(size_of(kernel, kernel->in[i]) * sizeof(nn_real)));
    for (int i = 0; complete && i < BENCH_OUTPUTS && kernel->out[i]; i++)
        complete = (job->out[i] = calloc(size_of(kernel, kernel->out[i]), sizeof(nn_real)));
    job->ones_masked = ones;
    if (!complete)
        return nn_fail(error, NN_FAILED, "no memory for %s", kernel->name);
    for (int i = 0; i < rows * n; i++)
        ones[i] = 1;
    nn_dropout_forward(ones, ones, &job->mask, 0, (size_t)rows, n);
    for (int i = 0; i < BENCH_INPUTS && kernel->in[i]; i++) {
        /* Statistics are a mean and a deviation: the latter must be positive. */
        bool positive = strchr("rs", kernel->in[i]) != NULL;
        for (size_t j = 0; j < size_of(kernel, kernel->in[i]); j++) {
            double u = nn_random_uniform((uint64_t)i + 11, j);
            job->in[i][j] = (nn_real)(positive ? 0.5 + u : 2 * u - 1);
        }
    }
    if (kernel->prepare)
        kernel->prepare(job);
    return NN_OK;
}

static int compare(const bench_kernel *kernel, const bench_job *job, double *const *want, nn_error *error)
{
    for (int o = 0; o < BENCH_OUTPUTS && kernel->out[o]; o++) {
        size_t count = size_of(kernel, kernel->out[o]);
        double largest = 0;
        for (size_t i = 0; i < count; i++)
            largest = fmax(largest, fabs(want[o][i]));
        for (size_t i = 0; i < count; i++)
            if (!(fabs((double)job->out[o][i] - want[o][i]) <= 1e-6 + 1e-4 * largest))
                return nn_fail(error, NN_FAILED, "%s: element %zu of output %d is %g, a plain loop gives %g",
                               kernel->name, i, o, (double)job->out[o][i], want[o][i]);
    }
    return NN_OK;
}

static int verify(const bench_kernel *kernel, bench_job *job, nn_error *error)
{
    double *want[BENCH_OUTPUTS] = {0};
    bool complete = true;
    for (int o = 0; complete && o < BENCH_OUTPUTS && kernel->out[o]; o++)
        complete = (want[o] = calloc(size_of(kernel, kernel->out[o]), sizeof **want));
    int code = NN_OK;
    if (!complete)
        code = nn_fail(error, NN_FAILED, "no memory for %s", kernel->name);
    else {
        kernel->run(job);
        kernel->twin(job, want);
        code = compare(kernel, job, want, error);
    }
    for (int o = 0; o < BENCH_OUTPUTS; o++)
        free(want[o]);
    return code;
}

typedef struct timed {
    const bench_kernel *kernel;
    const bench_job *job;
} timed;

static void run_once(void *context)
{
    const timed *t = context;
    t->kernel->run(t->job);
}

static int report(bench *self, const bench_kernel *kernel, double seconds, nn_error *error)
{
    double elements = (double)kernel->rows * kernel->n, bytes = 0;
    double flops = kernel->flops > 0 ? kernel->flops * elements : 2 * elements * kernel->k;
    for (const char *c = kernel->in; *c; c++)
        bytes += (double)size_of(kernel, *c) * sizeof(nn_real);
    for (const char *c = kernel->out; *c; c++)
        bytes += (double)size_of(kernel, *c) * sizeof(nn_real);
    const bench_machine *machine = bench_limits(self, 1);
    bench_row *row = bench_add(self, "kernels", kernel->name, 1);
    if (!row)
        return nn_no_memory(error);
    bench_put(row, "us", seconds * 1e6, 2);
    bench_put(row, "ns/element", seconds / elements * 1e9, 3);
    bench_put(row, "GFLOP/s", flops / seconds / 1e9, 2);
    bench_put(row, "of sgemm %", machine ? flops / seconds / machine->sgemm / 1e7 : NAN, 1);
    bench_put(row, "of peak %", machine ? flops / seconds / machine->peak / 1e7 : NAN, 1);
    bench_put(row, "GB/s", bytes / seconds / 1e9, 2);
    bench_put(row, "of copy %", machine ? bytes / seconds / machine->copy / 1e7 : NAN, 1);
    return NN_OK;
}

static int measure(bench *self, const bench_kernel *kernel, nn_error *error)
{
    bench_job job;
    bench_effort effort = self->effort;
    effort.seconds /= 4;
    int code = job_make(&job, kernel, error);
    if (!code)
        code = verify(kernel, &job, error);
    if (!code)
        code = report(self, kernel, bench_time(&effort, run_once, &(timed){kernel, &job}), error);
    job_clear(&job);
    return code;
}

int bench_kernels(bench *self, nn_error *error)
{
    nn_pool *pool; /* sets the number of threads inside OpenBLAS to one */
    int code = nn_pool_new(&pool, 1, error);
    for (size_t t = 0; t < sizeof tables / sizeof *tables && !code; t++)
        for (const bench_kernel *k = tables[t]; k->name && !code; k++) {
            if (bench_wants(self, "kernels", k->name))
                code = measure(self, k, error);
            if (!code)
                code = bench_check_stop(self, error);
        }
    if (!code)
        nn_pool_free(pool);
    return code;
}
