/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instance norm and its inverse, forward and backward; the table of a cycle. */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vector.h"

/* Time runs along rows: every loop's inner index is the variate, so that it vectorises over columns. */

NN_CLONES void nn_instance_norm_forward(nn_real *restrict y, nn_real *restrict stats,
                                        const nn_real *restrict x, int length, int columns)
{
    nn_real *mu = stats, *sigma = stats + columns;
    for (int j = 0; j < columns; j++)
        mu[j] = sigma[j] = 0;
    for (int t = 0; t < length; t++)
        for (int j = 0; j < columns; j++)
            mu[j] += x[t * columns + j];
    for (int j = 0; j < columns; j++)
        mu[j] /= (nn_real)length;
    for (int t = 0; t < length; t++)
        for (int j = 0; j < columns; j++) {
            nn_real centred = x[t * columns + j] - mu[j];
            sigma[j] += centred * centred;
        }
    for (int j = 0; j < columns; j++)
        sigma[j] = NN_SQRT(sigma[j] / (nn_real)length + (nn_real)1e-5);
    for (int t = 0; t < length; t++)
        for (int j = 0; j < columns; j++)
            y[t * columns + j] = (x[t * columns + j] - mu[j]) / sigma[j];
}

void nn_instance_norm_backward(nn_real *restrict dx, const nn_real *restrict dy,
                               const nn_real *restrict dstats, const nn_real *restrict y,
                               const nn_real *restrict stats, int length, int columns)
{
    const nn_real *sigma = stats + columns;
    for (int j = 0; j < columns; j++) {
        nn_real sum = 0, dot = 0;
        for (int t = 0; t < length; t++) {
            sum += dy[t * columns + j];
            dot += dy[t * columns + j] * y[t * columns + j];
        }
        nn_real dmu = dstats ? dstats[j] : 0, dsigma = dstats ? dstats[columns + j] : 0;
        nn_real shift = (dmu - sum / sigma[j]) / (nn_real)length;
        nn_real slope = (dsigma - dot / sigma[j]) / (nn_real)length;
        for (int t = 0; t < length; t++)
            dx[t * columns + j] += dy[t * columns + j] / sigma[j] + shift + slope * y[t * columns + j];
    }
}

NN_CLONES void nn_instance_norm_inverse_forward(nn_real *restrict y, const nn_real *restrict x,
                                                const nn_real *restrict stats, int length, int columns)
{
    const nn_real *mu = stats, *sigma = stats + columns;
    for (int t = 0; t < length; t++)
        for (int j = 0; j < columns; j++)
            y[t * columns + j] = x[t * columns + j] * sigma[j] + mu[j];
}

NN_CLONES void nn_instance_norm_inverse_backward(nn_real *restrict dx, nn_real *restrict dstats,
                                                 const nn_real *restrict dy, const nn_real *restrict x,
                                                 const nn_real *restrict stats, int length, int columns)
{
    const nn_real *sigma = stats + columns;
    if (dx)
        for (int t = 0; t < length; t++)
            for (int j = 0; j < columns; j++)
                dx[t * columns + j] += dy[t * columns + j] * sigma[j];
    if (dstats)
        for (int t = 0; t < length; t++)
            for (int j = 0; j < columns; j++) {
                dstats[j] += dy[t * columns + j];
                dstats[columns + j] += dy[t * columns + j] * x[t * columns + j];
            }
}

NN_CLONES void nn_instance_norm_onto_forward(nn_real *restrict y, const nn_real *restrict x,
                                             const nn_real *restrict stats, const nn_real *restrict base,
                                             int length, int columns)
{
    const nn_real *sigma = stats + columns;
    for (int t = 0; t < length; t++)
        for (int j = 0; j < columns; j++)
            y[t * columns + j] = x[t * columns + j] * sigma[j] + base[t * columns + j];
}

NN_CLONES void nn_instance_norm_onto_backward(nn_real *restrict dx, nn_real *restrict dstats,
                                              nn_real *restrict dbase, const nn_real *restrict dy,
                                              const nn_real *restrict x, const nn_real *restrict stats,
                                              int length, int columns)
{
    const nn_real *sigma = stats + columns;
    for (int t = 0; t < length && dx; t++)
        for (int j = 0; j < columns; j++)
            dx[t * columns + j] += dy[t * columns + j] * sigma[j];
    for (int t = 0; t < length && dstats; t++)
        for (int j = 0; j < columns; j++)
            dstats[columns + j] += dy[t * columns + j] * x[t * columns + j];
    for (int i = 0; i < length * columns && dbase; i++)
        dbase[i] += dy[i];
}

/* --- the table of a cycle --- */

void nn_cycle_forward(nn_real *restrict y, const nn_real *restrict x, const nn_real *restrict table,
                      int first, int cycle, int sign, int length, int columns)
{
    for (int t = 0, row = first; t < length; t++, row = row + 1 < cycle ? row + 1 : 0)
        for (int j = 0; j < columns; j++)
            y[t * columns + j] = x[t * columns + j] + (nn_real)sign * table[(size_t)row * columns + j];
}

void nn_cycle_backward(nn_real *restrict dx, nn_real *restrict dtable, const nn_real *restrict dy, int first,
                       int cycle, int sign, int length, int columns)
{
    for (int t = 0, row = first; t < length; t++, row = row + 1 < cycle ? row + 1 : 0)
        for (int j = 0; j < columns; j++)
            dtable[(size_t)row * columns + j] += (nn_real)sign * dy[t * columns + j];
    for (int i = 0; i < length * columns && dx; i++)
        dx[i] += dy[i];
}
