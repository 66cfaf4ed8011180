/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of sine and cosine positions. */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vector.h"

void nn_position_rates(nn_real *rates, int d)
{
    for (int c = 0; c < d; c++)
        rates[c] = (nn_real)exp(-log(10000.0) * (double)(c - c % 2) / (double)d);
}

void nn_position_table(nn_real *table, const nn_real *rates, int count, int d)
{
    for (int t = 0; t < count; t++, table += d)
        for (int c = 0; c < d; c++) {
            double phase = (double)t * (double)rates[c];
            table[c] = (nn_real)(c % 2 ? cos(phase) : sin(phase));
        }
}

/* cos(x) = sin(x + pi/2) would lose digits: both are taken of all columns, and one of the two is used. */
NN_CLONES void nn_position_forward(nn_real *restrict y, const nn_real *restrict x,
                                   const nn_real *restrict times, int stride, const nn_real *restrict rates,
                                   size_t count, int d)
{
    for (size_t r = 0; r < count; r++, y += d, x += d, times += stride)
        for (int c = 0; c < d; c++) {
            nn_real phase = *times * rates[c], sine = NN_SIN(phase), cosine = NN_COS(phase);
            y[c] = x[c] + (c % 2 ? cosine : sine);
        }
}
