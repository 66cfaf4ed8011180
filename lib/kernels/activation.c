/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ReLU and GELU with dropout, forward and backward. */
#include "lib/kernels/kernels.h"
#include "lib/kernels/mask.h"
#include "lib/kernels/vector_math.h"

#include <string.h>

static const nn_real root_half_pi = (nn_real)0.39894228040143267794; /* 1/sqrt(2 pi) */

NN_INLINE nn_vector gelu(nn_vector x)
{
    nn_vector bell;
    return x * nn_normal(x, &bell);
}

/* Phi(x) + x phi(x) */
NN_INLINE nn_vector gelu_slope(nn_vector x)
{
    nn_vector bell, below = nn_normal(x, &bell);
    return below + x * root_half_pi * bell;
}

/* y = f(x) over n elements, the last of which need not fill a vector. */
#define FOR_VECTORS(y, x, n, f)                                                                              \
    do {                                                                                                     \
        int done = 0;                                                                                        \
        for (; done + NN_LANES <= (n); done += NN_LANES)                                                     \
            nn_store((y) + done, f(nn_load((x) + done)));                                                    \
        if (done < (n)) {                                                                                    \
            nn_real rest[NN_LANES] = {0};                                                                    \
            memcpy(rest, (x) + done, (size_t)((n)-done) * sizeof *rest);                                     \
            nn_store(rest, f(nn_load(rest)));                                                                \
            memcpy((y) + done, rest, (size_t)((n)-done) * sizeof *rest);                                     \
        }                                                                                                    \
    } while (0)

NN_CLONES void nn_activation_forward(nn_real *restrict y, const nn_real *restrict x, nn_activation_kind kind,
                                     const nn_mask *mask, uint64_t first_row, size_t rows, int columns)
{
    uint32_t threshold = mask->threshold;
    nn_real scale = mask->scale;
    for (size_t i = 0; i < rows; i++, x += columns, y += columns) {
        if (kind == NN_RELU)
            for (int j = 0; j < columns; j++)
                y[j] = x[j] > 0 ? x[j] : 0;
        else
            FOR_VECTORS(y, x, columns, gelu);
        if (!threshold)
            continue;
        nn_mask_key key = nn_mask_key_of(mask, first_row + i);
        for (int j = 0; j < columns; j++)
            y[j] *= nn_mask_factor(key, threshold, scale, j);
    }
}

/* Slopes of a stretch of columns are laid aside: a row of any length fits. */
enum { STRETCH = 16 * NN_LANES };

NN_CLONES void nn_activation_backward(nn_real *restrict dx, const nn_real *restrict dy,
                                      const nn_real *restrict x, nn_activation_kind kind, const nn_mask *mask,
                                      uint64_t first_row, size_t rows, int columns)
{
    uint32_t threshold = mask->threshold;
    nn_real scale = mask->scale;
    for (size_t i = 0; i < rows; i++, dx += columns, dy += columns, x += columns) {
        if (kind == NN_RELU && !threshold) {
            for (int j = 0; j < columns; j++)
                dx[j] += x[j] > 0 ? dy[j] : 0;
            continue;
        }
        nn_mask_key key = nn_mask_key_of(mask, first_row + i);
        if (kind == NN_RELU)
            for (int j = 0; j < columns; j++)
                dx[j] += x[j] > 0 ? dy[j] * nn_mask_factor(key, threshold, scale, j) : 0;
        else
            for (int first = 0; first < columns; first += STRETCH) {
                nn_real slopes[STRETCH];
                int count = columns - first < STRETCH ? columns - first : STRETCH;
                FOR_VECTORS(slopes, x + first, count, gelu_slope);
                for (int j = first; j < first + count; j++)
                    dx[j] += dy[j] * nn_mask_factor(key, threshold, scale, j) * slopes[j - first];
            }
    }
}
