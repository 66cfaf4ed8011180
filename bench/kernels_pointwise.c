/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times element-wise kernels beside what memory gives. */
#include "bench/kernel.h"

#include <math.h>

#define EACH(i) for (int i = 0; i < j->rows * j->n; i++)

static void add(const bench_job *j)
{
    nn_add(j->out[0], j->in[0], (size_t)j->rows * (size_t)j->n);
}
static void add_twin(const bench_job *j, double *const *want)
{
    EACH(i)
    want[0][i] = (double)j->in[0][i];
}

static void dropout_forward(const bench_job *j)
{
    nn_dropout_forward(j->out[0], j->in[0], &j->mask, 0, (size_t)j->rows, j->n);
}
/* Which elements are kept is the kernel's choice; their number and values are not. */
static void dropout_forward_twin(const bench_job *j, double *const *want)
{
    double kept = 0, all = (double)j->rows * j->n;
    EACH(i)
    kept += j->out[0][i] != 0;
    bool plausible = fabs(kept / all - 0.9) < 5 * sqrt(0.09 / all);
    EACH(i)
    want[0][i] = !plausible ? NAN : j->out[0][i] != 0 ? (double)j->in[0][i] / 0.9 : 0;
}

static void dropout_backward(const bench_job *j)
{
    nn_dropout_backward(j->out[0], j->in[0], &j->mask, 0, (size_t)j->rows, j->n, true);
}
static void dropout_backward_twin(const bench_job *j, double *const *want)
{
    EACH(i)
    want[0][i] = (double)j->in[0][i] * (double)j->ones_masked[i];
}

static void residual(const bench_job *j)
{
    nn_residual_forward(j->out[0], j->in[0], j->in[1], &j->mask, 0, (size_t)j->rows, j->n);
}
static void residual_twin(const bench_job *j, double *const *want)
{
    EACH(i)
    want[0][i] = (double)j->in[0][i] + (double)j->in[1][i] * (double)j->ones_masked[i];
}

static void relu_forward(const bench_job *j)
{
    nn_activation_forward(j->out[0], j->in[0], NN_RELU, &j->mask, 0, (size_t)j->rows, j->n);
}
static void relu_forward_twin(const bench_job *j, double *const *want)
{
    EACH(i)
    want[0][i] = fmax(0, (double)j->in[0][i]) * (double)j->ones_masked[i];
}

static void relu_backward(const bench_job *j)
{
    nn_activation_backward(j->out[0], j->in[0], j->in[1], NN_RELU, &j->mask, 0, (size_t)j->rows, j->n, true);
}
static void relu_backward_twin(const bench_job *j, double *const *want)
{
    EACH(i)
    want[0][i] = j->in[1][i] > 0 ? (double)j->in[0][i] * (double)j->mask.scale : 0;
}

static double normal(double x)
{
    return 0.5 * (1 + erf(x / sqrt(2)));
}

static void gelu_forward(const bench_job *j)
{
    nn_activation_forward(j->out[0], j->in[0], NN_GELU, &j->mask, 0, (size_t)j->rows, j->n);
}
static void gelu_forward_twin(const bench_job *j, double *const *want)
{
    EACH(i)
    {
        double x = (double)j->in[0][i];
        want[0][i] = x * normal(x) * (double)j->ones_masked[i];
    }
}

static void gelu_backward(const bench_job *j)
{
    nn_activation_backward(j->out[0], j->in[0], j->in[1], NN_GELU, &j->mask, 0, (size_t)j->rows, j->n, true);
}
static void gelu_backward_twin(const bench_job *j, double *const *want)
{
    EACH(i)
    {
        double x = (double)j->in[1][i], slope = normal(x) + x * exp(-x * x / 2) / sqrt(2 * M_PI);
        want[0][i] = (double)j->in[0][i] * (double)j->ones_masked[i] * slope;
    }
}

static void loss_forward(const bench_job *j)
{
    j->out[0][0] = (nn_real)nn_loss_forward(j->in[0], j->in[1], NN_MSE, 0, (size_t)j->rows * (size_t)j->n);
}
static void loss_forward_twin(const bench_job *j, double *const *want)
{
    EACH(i)
    {
        double e = (double)j->in[0][i] - (double)j->in[1][i];
        want[0][0] += e * e;
    }
}

static void loss_backward(const bench_job *j)
{
    nn_loss_backward(j->out[0], j->in[0], j->in[1], NN_MSE, 0, 0.5, (size_t)j->rows * (size_t)j->n);
}
static void loss_backward_twin(const bench_job *j, double *const *want)
{
    EACH(i)
    want[0][i] = (double)j->in[0][i] - (double)j->in[1][i];
}

/* The tokens of a batch of weather's shape. */
#define SIZE 800, 512, 0
const bench_kernel bench_kernels_pointwise[] = {
    {"add", SIZE, "e", "e", 1, NULL, add, add_twin},
    {"dropout-forward", SIZE, "e", "e", 1, NULL, dropout_forward, dropout_forward_twin},
    {"dropout-backward", SIZE, "e", "e", 2, NULL, dropout_backward, dropout_backward_twin},
    {"residual-forward", SIZE, "ee", "e", 2, NULL, residual, residual_twin},
    {"relu-forward", SIZE, "e", "e", 2, NULL, relu_forward, relu_forward_twin},
    {"relu-backward", SIZE, "ee", "e", 3, NULL, relu_backward, relu_backward_twin},
    {"gelu-forward", SIZE, "e", "e", 4, NULL, gelu_forward, gelu_forward_twin},
    {"gelu-backward", SIZE, "ee", "e", 9, NULL, gelu_backward, gelu_backward_twin},
    {"loss-forward", SIZE, "ee", "1", 3, NULL, loss_forward, loss_forward_twin},
    {"loss-backward", SIZE, "ee", "e", 3, NULL, loss_backward, loss_backward_twin},
    {0}};
