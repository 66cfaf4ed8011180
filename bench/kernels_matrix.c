/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times matrix products beside the sgemm of OpenBLAS. */
#include "bench/kernel.h"

static void gemm(const bench_job *j)
{
    nn_gemm(false, false, j->rows, j->n, j->k, j->in[0], j->k, j->in[1], j->n, 0, j->out[0], j->n);
}
static void gemm_small(const bench_job *j)
{
    nn_gemm_small(j->out[0], j->n, j->in[0], j->k, 1, j->in[1], j->n, j->rows, j->n, j->k, false);
}
static void gemm_twin(const bench_job *j, double *const *want)
{
    for (int r = 0; r < j->rows; r++)
        for (int l = 0; l < j->k; l++)
            for (int i = 0; i < j->n; i++)
                want[0][r * j->n + i] += (double)j->in[0][r * j->k + l] * (double)j->in[1][l * j->n + i];
}

static void linear_forward(const bench_job *j)
{
    nn_linear_forward(nn_splits(j->rows, j->n, j->k), j->out[0], j->in[0], j->in[1], j->in[2], 0,
                      (size_t)j->rows, j->k, j->n);
}
/* The same from weights packed ahead, into the fourth input; no processor's panels split these widths. */
static bool packs_split(const bench_job *j)
{
    return nn_pack_splits((size_t)j->rows, j->n, j->k);
}
static void pack_weights(bench_job *j)
{
    if (nn_pack_size(packs_split(j), j->n, j->k))
        nn_pack(packs_split(j), j->in[3], true, j->in[1], j->n, j->k);
}
static void linear_packed(const bench_job *j)
{
    if (nn_pack_size(packs_split(j), j->n, j->k))
        nn_linear_packed_forward(packs_split(j), j->out[0], j->n, j->in[0], j->in[3], j->in[2], 0,
                                 (size_t)j->rows, j->k, j->n, 0, j->n);
    else
        linear_forward(j);
}
static void linear_forward_twin(const bench_job *j, double *const *want)
{
    for (int r = 0; r < j->rows; r++)
        for (int i = 0; i < j->n; i++) {
            double sum = (double)j->in[2][i];
            for (int l = 0; l < j->k; l++)
                sum += (double)j->in[0][r * j->k + l] * (double)j->in[1][i * j->k + l];
            want[0][r * j->n + i] = sum;
        }
}

/* in: dy, x, w; out: dx, dw, dbias */
static void linear_backward(const bench_job *j)
{
    nn_linear_backward(j->out[0], j->out[1], j->out[2], j->in[0], j->in[1], j->in[2], (size_t)j->rows, j->k,
                       j->n, true);
}
static void linear_backward_twin(const bench_job *j, double *const *want)
{
    for (int r = 0; r < j->rows; r++)
        for (int i = 0; i < j->n; i++) {
            double dy = (double)j->in[0][r * j->n + i];
            want[2][i] += dy;
            for (int l = 0; l < j->k; l++) {
                want[0][r * j->k + l] += dy * (double)j->in[2][i * j->k + l];
                want[1][i * j->k + l] += dy * (double)j->in[1][r * j->k + l];
            }
        }
}

const bench_kernel bench_kernels_matrix[] = {
    {"gemm-200x512x512", 200, 512, 512, "kw", "e", 0, NULL, gemm, gemm_twin},
    {"gemm-1300x512x512", 1300, 512, 512, "kw", "e", 0, NULL, gemm, gemm_twin},
    {"gemm-small-11x16x11", 11, 16, 11, "kw", "e", 0, NULL, gemm_small, gemm_twin},
    {"linear-forward-etth1", 88, 128, 128, "kwn", "e", 0, NULL, linear_forward, linear_forward_twin},
    {"linear-forward-weather", 200, 512, 512, "kwn", "e", 0, NULL, linear_forward, linear_forward_twin},
    {"linear-packed-etth1", 88, 128, 128, "kwnp", "e", 0, pack_weights, linear_packed, linear_forward_twin},
    {"linear-packed-one-etth1", 11, 128, 128, "kwnp", "e", 0, pack_weights, linear_packed,
     linear_forward_twin},
    {"linear-packed-one-weather", 25, 512, 512, "kwnp", "e", 0, pack_weights, linear_packed,
     linear_forward_twin},
    {"linear-backward-etth1", 88, 128, 128, "ekw", "kwn", 4 * 128, NULL, linear_backward,
     linear_backward_twin},
    {"linear-backward-weather", 200, 512, 512, "ekw", "kwn", 4 * 512, NULL, linear_backward,
     linear_backward_twin},
    {0}};
