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

void nn_layer_norm_forward(nn_real *y, nn_real *restrict stats, const nn_real *x,
                           const nn_real *restrict gamma, const nn_real *restrict beta, nn_real epsilon,
                           size_t rows, int n)
{
    for (size_t i = 0; i < rows; i++, x += n, y += n) {
        const nn_real mean = mean_of(x, n), rstd = 1 / NN_SQRT(variance_of(x, mean, n) + epsilon);
        stats[2 * i] = mean;
        stats[2 * i + 1] = rstd;
        if (gamma) {
            NN_TURNS_APART for (int j = 0; j < n; j++) y[j] = (x[j] - mean) * rstd * gamma[j] + beta[j];
        } else {
            NN_TURNS_APART for (int j = 0; j < n; j++) y[j] = (x[j] - mean) * rstd;
        }
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

/* One row of x, whose deviations from the mean times rstd are the norm's output but for the gain. */
NN_INLINE void take_row(nn_real *dx, const nn_real *dy, const nn_real *x, const nn_real *gamma, nn_real mean,
                        nn_real rstd, nn_real factor, int n, bool accumulate)
{
    nn_real sum, dot;
    slopes_of(&sum, &dot, dy, x, gamma, mean, n);
    const nn_real shift = sum / (nn_real)n, slope = dot * factor * factor / (nn_real)n;
    NN_TURNS_APART for (int j = 0; j < n; j++)
    {
        const nn_real g = gamma ? dy[j] * gamma[j] : dy[j];
        const nn_real passed = rstd * (g - shift - (x[j] - mean) * slope);
        dx[j] = accumulate ? dx[j] + passed : passed;
    }
}

void nn_layer_norm_backward(nn_real *dx, nn_real *restrict dgamma, nn_real *restrict dbeta, const nn_real *dy,
                            const nn_real *x, const nn_real *y, const nn_real *restrict stats,
                            const nn_real *restrict gamma, size_t rows, int n, bool accumulate)
{
    const nn_real *from = x ? x : y;
    for (size_t i = 0; i < rows; i++, from += n, dy += n) {
        const nn_real rstd = stats[2 * i + 1], mean = x ? stats[2 * i] : 0, factor = x ? rstd : 1;
        if (dgamma)
            for (int j = 0; j < n; j++) {
                dgamma[j] += dy[j] * (from[j] - mean) * rstd;
                dbeta[j] += dy[j];
            }
        if (!dx)
            continue;
        if (gamma && accumulate)
            take_row(dx, dy, from, gamma, mean, rstd, factor, n, true);
        else if (gamma)
            take_row(dx, dy, from, gamma, mean, rstd, factor, n, false);
        else if (accumulate)
            take_row(dx, dy, from, NULL, mean, rstd, factor, n, true);
        else
            take_row(dx, dy, from, NULL, mean, rstd, factor, n, false);
        dx += n;
    }
}
