/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times the norms, forward and backward. */
#include "bench/kernel.h"

#include <math.h>

/* --- layer norm: rows of n
 * ------------------------------------------------------------------------------------- */

static void layer_forward(const bench_job *j)
{
    nn_layer_norm_forward(j->out[0], j->out[1], j->in[0], j->in[1], j->in[2], (nn_real)1e-5, (size_t)j->rows,
                          j->n);
}
static void layer_forward_twin(const bench_job *j, double *const *want)
{
    for (int r = 0; r < j->rows; r++) {
        const nn_real *x = j->in[0] + r * j->n;
        double mean = 0, square = 0;
        for (int i = 0; i < j->n; i++)
            mean += (double)x[i] / j->n;
        for (int i = 0; i < j->n; i++)
            square += ((double)x[i] - mean) * ((double)x[i] - mean) / j->n;
        double scale = 1 / sqrt(square + 1e-5);
        want[1][2 * r] = mean;
        want[1][2 * r + 1] = scale;
        for (int i = 0; i < j->n; i++)
            want[0][r * j->n + i] = ((double)x[i] - mean) * scale * (double)j->in[1][i] + (double)j->in[2][i];
    }
}

/* in: dy, x, gamma, stats */
static void layer_backward(const bench_job *j)
{
    nn_layer_norm_backward(j->out[0], j->out[1], j->out[2], j->in[0], j->in[1], NULL, j->in[3], j->in[2],
                           (size_t)j->rows, j->n, true);
}
static void layer_backward_twin(const bench_job *j, double *const *want)
{
    for (int r = 0; r < j->rows; r++) {
        const nn_real *dy = j->in[0] + r * j->n, *x = j->in[1] + r * j->n, *gamma = j->in[2];
        double mean = (double)j->in[3][2 * r], scale = (double)j->in[3][2 * r + 1], g = 0, gx = 0;
        for (int i = 0; i < j->n; i++) {
            double hat = ((double)x[i] - mean) * scale, slope = (double)dy[i] * (double)gamma[i];
            g += slope / j->n;
            gx += slope * hat / j->n;
            want[1][i] += (double)dy[i] * hat;
            want[2][i] += (double)dy[i];
        }
        for (int i = 0; i < j->n; i++) {
            double hat = ((double)x[i] - mean) * scale;
            want[0][r * j->n + i] = scale * ((double)dy[i] * (double)gamma[i] - g - hat * gx);
        }
    }
}

/* --- instance norm: columns over rows of time
 * ------------------------------------------------------------------ */

static void instance_forward(const bench_job *j)
{
    nn_instance_norm_forward(j->out[0], j->out[1], j->in[0], j->rows, j->n);
}
static void instance_forward_twin(const bench_job *j, double *const *want)
{
    for (int c = 0; c < j->n; c++) {
        double mean = 0, square = 0;
        for (int t = 0; t < j->rows; t++)
            mean += (double)j->in[0][t * j->n + c] / j->rows;
        for (int t = 0; t < j->rows; t++)
            square += pow((double)j->in[0][t * j->n + c] - mean, 2) / j->rows;
        want[1][c] = mean;
        want[1][j->n + c] = sqrt(square + 1e-5);
        for (int t = 0; t < j->rows; t++)
            want[0][t * j->n + c] = ((double)j->in[0][t * j->n + c] - mean) / want[1][j->n + c];
    }
}

/* in: dy, y, stats, dstats */
static void instance_backward(const bench_job *j)
{
    nn_instance_norm_backward(j->out[0], j->in[0], j->in[3], j->in[1], j->in[2], j->rows, j->n);
}
static void instance_backward_twin(const bench_job *j, double *const *want)
{
    for (int c = 0; c < j->n; c++) {
        double sigma = (double)j->in[2][j->n + c], g = 0, gy = 0;
        for (int t = 0; t < j->rows; t++) {
            g += (double)j->in[0][t * j->n + c] / j->rows;
            gy += (double)j->in[0][t * j->n + c] * (double)j->in[1][t * j->n + c] / j->rows;
        }
        for (int t = 0; t < j->rows; t++) {
            int i = t * j->n + c;
            want[0][i] = ((double)j->in[0][i] - g - (double)j->in[1][i] * gy) / sigma +
                         (double)j->in[3][c] / j->rows +
                         (double)j->in[3][j->n + c] * (double)j->in[1][i] / j->rows;
        }
    }
}

static void inverse_forward(const bench_job *j)
{
    nn_instance_norm_inverse_forward(j->out[0], j->in[0], j->in[1], j->rows, j->n);
}
static void inverse_forward_twin(const bench_job *j, double *const *want)
{
    for (int i = 0; i < j->rows * j->n; i++)
        want[0][i] = (double)j->in[0][i] * (double)j->in[1][j->n + i % j->n] + (double)j->in[1][i % j->n];
}

/* in: dy, x, stats */
static void inverse_backward(const bench_job *j)
{
    nn_instance_norm_inverse_backward(j->out[0], j->out[1], j->in[0], j->in[1], j->in[2], j->rows, j->n);
}
static void inverse_backward_twin(const bench_job *j, double *const *want)
{
    for (int i = 0; i < j->rows * j->n; i++) {
        double dy = (double)j->in[0][i];
        want[0][i] = dy * (double)j->in[2][j->n + i % j->n];
        want[1][i % j->n] += dy;
        want[1][j->n + i % j->n] += dy * (double)j->in[1][i];
    }
}

#define TOKENS 800, 512, 0
#define TIME   96, 321, 0 /* one window of ecl's shape */
const bench_kernel bench_kernels_norm[] = {
    {"layer-norm-forward", TOKENS, "enn", "er", 8, NULL, layer_forward, layer_forward_twin},
    {"layer-norm-backward", TOKENS, "eenr", "enn", 14, NULL, layer_backward, layer_backward_twin},
    {"instance-norm-forward", TIME, "e", "es", 6, NULL, instance_forward, instance_forward_twin},
    {"instance-norm-backward", TIME, "eess", "e", 11, NULL, instance_backward, instance_backward_twin},
    {"instance-norm-inverse-forward", TIME, "es", "e", 2, NULL, inverse_forward, inverse_forward_twin},
    {"instance-norm-inverse-backward", TIME, "ees", "es", 5, NULL, inverse_backward, inverse_backward_twin},
    {0}};
