/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernels between time scales and between the two ways to group a (sample, station, time) grid. */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vector.h"

NN_CLONES void nn_average_pool_forward(nn_real *restrict y, const nn_real *restrict x, size_t rows, int k,
                                       int d)
{
    const nn_real share = 1 / (nn_real)k;
    for (size_t r = 0; r < rows; r++, y += d, x += (size_t)k * (size_t)d) {
        for (int j = 0; j < d; j++)
            y[j] = x[j];
        for (int i = 1; i < k; i++)
            for (int j = 0; j < d; j++)
                y[j] += x[(size_t)i * (size_t)d + (size_t)j];
        for (int j = 0; j < d; j++)
            y[j] *= share;
    }
}

NN_CLONES void nn_average_pool_backward(nn_real *restrict dx, const nn_real *restrict dy, size_t rows, int k,
                                        int d, bool accumulate)
{
    const nn_real share = 1 / (nn_real)k;
    for (size_t r = 0; r < rows; r++, dy += d)
        for (int i = 0; i < k; i++, dx += d)
            if (accumulate)
                for (int j = 0; j < d; j++)
                    dx[j] += dy[j] * share;
            else
                for (int j = 0; j < d; j++)
                    dx[j] = dy[j] * share;
}

/* --- up-sampling --- */

void nn_upsample_forward(nn_real *y, const nn_real *x, const nn_real *w, const nn_real *bias, size_t rows,
                         int in, int out, int k, nn_real *scratch)
{
    nn_linear_kernel_forward(false, scratch, out * k, x, w, NULL, 0, rows, in, out * k);
    for (size_t r = 0; r < rows; r++, scratch += (size_t)out * (size_t)k)
        for (int j = 0; j < k; j++, y += out)
            for (int o = 0; o < out; o++)
                y[o] = scratch[(size_t)o * (size_t)k + (size_t)j] + bias[o];
}

void nn_upsample_backward(nn_real *dx, nn_real *dw, nn_real *dbias, const nn_real *dy, const nn_real *x,
                          const nn_real *w, size_t rows, int in, int out, int k, bool accumulate_dx,
                          nn_real *scratch)
{
    nn_real *to = scratch;
    for (size_t r = 0; r < rows; r++, to += (size_t)out * (size_t)k)
        for (int j = 0; j < k; j++, dy += out)
            for (int o = 0; o < out; o++) {
                to[(size_t)o * (size_t)k + (size_t)j] = dy[o];
                dbias[o] += dy[o];
            }
    nn_linear_kernel_backward(dx, dw, NULL, scratch, out * k, x, w, rows, in, out * k, accumulate_dx);
}

/* --- a map for each row --- */

NN_CLONES void nn_linear_each_forward(nn_real *restrict y, const nn_real *restrict x,
                                      const nn_real *restrict w, const nn_real *restrict bias, size_t samples,
                                      int m, int in, int out)
{
    for (size_t b = 0; b < samples; b++) {
        const nn_real *row = w, *shift = bias;
        for (int s = 0; s < m; s++, x += in, y += out, shift += out)
            for (int o = 0; o < out; o++, row += in) {
                nn_real sum = shift[o];
                for (int i = 0; i < in; i++)
                    sum += row[i] * x[i];
                y[o] = sum;
            }
    }
}

NN_CLONES void nn_linear_each_backward(nn_real *restrict dx, nn_real *restrict dw, nn_real *restrict dbias,
                                       const nn_real *restrict dy, const nn_real *restrict x,
                                       const nn_real *restrict w, size_t samples, int m, int in, int out)
{
    for (size_t b = 0; b < samples; b++)
        for (size_t s = 0; s < (size_t)m; s++, x += in, dy += out) {
            for (size_t o = 0; o < (size_t)out; o++) {
                size_t at = (s * (size_t)out + o) * (size_t)in;
                dbias[s * (size_t)out + o] += dy[o];
                for (int i = 0; i < in; i++)
                    dw[at + (size_t)i] += dy[o] * x[i];
                for (int i = 0; dx && i < in; i++)
                    dx[i] += dy[o] * w[at + (size_t)i];
            }
            dx = dx ? dx + in : NULL;
        }
}

/* --- grids --- */

void nn_regroup_forward(nn_real *y, const nn_real *x, int m, int n, int d)
{
    const size_t width = (size_t)d;
    for (int j = 0; j < n; j++, y += (size_t)m * width)
        nn_add_columns(y, width, x + (size_t)j * width, (size_t)n * width, width, (size_t)m, false);
}

void nn_regroup_backward(nn_real *dx, const nn_real *dy, int m, int n, int d, bool accumulate)
{
    const size_t width = (size_t)d;
    for (int i = 0; i < m; i++, dx += (size_t)n * width)
        nn_add_columns(dx, width, dy + (size_t)i * width, (size_t)m * width, width, (size_t)n, accumulate);
}

NN_CLONES void nn_add_repeated_forward(nn_real *restrict y, const nn_real *restrict x,
                                       const nn_real *restrict table, size_t times, size_t n)
{
    for (size_t t = 0; t < times; t++, y += n, x += n)
        for (size_t i = 0; i < n; i++)
            y[i] = x[i] + table[i];
}

void nn_add_repeated_backward(nn_real *dtable, const nn_real *dy, size_t times, size_t n)
{
    for (size_t t = 0; t < times; t++)
        nn_add(dtable, dy + t * n, n);
}
