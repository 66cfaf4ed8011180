/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layer norm, forward and backward. Narrow rows are little more than their sums across lanes, which the
 * compiler would take one lane after another. */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vector_math.h"

/* Vectors of n elements; the rest are taken one by one. */
NN_INLINE int whole_of(int n)
{
    return n / NN_LANES * NN_LANES;
}

NN_INLINE nn_real mean_of(const nn_real *x, int n)
{
    const int whole = whole_of(n);
    nn_vector sums = {0};
    for (int j = 0; j < whole; j += NN_LANES)
        sums += nn_load(x + j);
    nn_real sum = nn_lanes_sum(sums);
    for (int j = whole; j < n; j++)
        sum += x[j];
    return sum / (nn_real)n;
}

NN_INLINE nn_real variance_of(const nn_real *x, nn_real mean, int n)
{
    const int whole = whole_of(n);
    nn_vector sums = {0};
    for (int j = 0; j < whole; j += NN_LANES) {
        const nn_vector centred = nn_load(x + j) - mean;
        sums += centred * centred;
    }
    nn_real sum = nn_lanes_sum(sums);
    for (int j = whole; j < n; j++)
        sum += (x[j] - mean) * (x[j] - mean);
    return sum / (nn_real)n;
}

void nn_layer_norm_forward(nn_real *restrict y, nn_real *restrict stats, const nn_real *restrict x,
                           const nn_real *restrict gamma, const nn_real *restrict beta, nn_real epsilon,
                           size_t rows, int n)
{
    for (size_t i = 0; i < rows; i++, x += n, y += n) {
        const nn_real mean = mean_of(x, n), rstd = 1 / NN_SQRT(variance_of(x, mean, n) + epsilon);
        stats[2 * i] = mean;
        stats[2 * i + 1] = rstd;
        if (gamma)
            for (int j = 0; j < n; j++)
                y[j] = (x[j] - mean) * rstd * gamma[j] + beta[j];
        else
            for (int j = 0; j < n; j++)
                y[j] = (x[j] - mean) * rstd;
    }
}

/* The sums of g = dy gamma and of g (x - mean); gamma NULL: ones. */
NN_INLINE void slopes_of(nn_real *sum, nn_real *dot, const nn_real *dy, const nn_real *x,
                         const nn_real *gamma, nn_real mean, int n)
{
    const int whole = whole_of(n);
    nn_vector sums = {0}, dots = {0};
    for (int j = 0; j < whole; j += NN_LANES) {
        const nn_vector g = gamma ? nn_load(dy + j) * nn_load(gamma + j) : nn_load(dy + j);
        sums += g;
        dots += g * (nn_load(x + j) - mean);
    }
    *sum = nn_lanes_sum(sums);
    *dot = nn_lanes_sum(dots);
    for (int j = whole; j < n; j++) {
        const nn_real g = gamma ? dy[j] * gamma[j] : dy[j];
        *sum += g;
        *dot += g * (x[j] - mean);
    }
}

void nn_layer_norm_backward(nn_real *restrict dx, nn_real *restrict dgamma, nn_real *restrict dbeta,
                            const nn_real *restrict dy, const nn_real *restrict x,
                            const nn_real *restrict stats, const nn_real *restrict gamma, size_t rows, int n)
{
    for (size_t i = 0; i < rows; i++, x += n, dy += n) {
        const nn_real mean = stats[2 * i], rstd = stats[2 * i + 1];
        if (dgamma)
            for (int j = 0; j < n; j++) {
                dgamma[j] += dy[j] * (x[j] - mean) * rstd;
                dbeta[j] += dy[j];
            }
        if (!dx)
            continue;
        nn_real sum, dot;
        slopes_of(&sum, &dot, dy, x, gamma, mean, n);
        const nn_real shift = sum / (nn_real)n, slope = dot * rstd * rstd / (nn_real)n;
        if (gamma)
            for (int j = 0; j < n; j++)
                dx[j] += rstd * (dy[j] * gamma[j] - shift - (x[j] - mean) * slope);
        else
            for (int j = 0; j < n; j++)
                dx[j] += rstd * (dy[j] - shift - (x[j] - mean) * slope);
        dx += n;
    }
}
