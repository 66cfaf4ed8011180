/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ReLU and GELU with dropout, forward and backward. */
#include "lib/kernels/kernels.h"
#include "lib/kernels/mask.h"
#include "lib/kernels/vector_math.h"

#include <string.h>

NN_INLINE nn_vector relu(nn_vector x)
{
    return nn_select(x > 0, x, nn_all(0));
}

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

NN_CLONES void nn_activation_forward(nn_real *y, const nn_real *x, nn_activation_kind kind,
                                     const nn_mask *mask, uint64_t first_row, size_t rows, int columns)
{
    uint32_t threshold = mask->threshold;
    nn_real scale = mask->scale;
    for (size_t i = 0; i < rows; i++, x += columns, y += columns) {
        if (kind == NN_RELU)
            FOR_VECTORS(y, x, columns, relu);
        else
            FOR_VECTORS(y, x, columns, gelu);
        if (!threshold)
            continue;
        nn_mask_key key = nn_mask_key_of(mask, first_row + i);
        for (int j = 0; j < columns; j++)
            y[j] *= nn_mask_factor(key, threshold, scale, j);
    }
}

/* dx = scale dy where y is above 0 [+ dx] over n elements. */
NN_INLINE void relu_backward(nn_real *dx, const nn_real *dy, const nn_real *y, nn_real scale, size_t n,
                             bool accumulate)
{
    const size_t whole = n / NN_LANES * NN_LANES;
    for (size_t i = 0; i < whole; i += NN_LANES) {
        const nn_vector passed = nn_select(nn_load(y + i) > 0, nn_load(dy + i) * scale, nn_all(0));
        nn_store(dx + i, accumulate ? nn_load(dx + i) + passed : passed);
    }
    for (size_t i = whole; i < n; i++) {
        const nn_real passed = y[i] > 0 ? dy[i] * scale : 0;
        dx[i] = accumulate ? dx[i] + passed : passed;
    }
}

/* Slopes of a stretch of columns are laid aside: a row of any length fits. */
enum { STRETCH = 16 * NN_LANES };

NN_INLINE void gelu_backward(nn_real *dx, const nn_real *dy, const nn_real *x, const nn_mask *mask,
                             nn_mask_key key, int columns, bool masked, bool accumulate)
{
    const uint32_t threshold = mask->threshold;
    const nn_real scale = mask->scale;
    for (int first = 0; first < columns; first += STRETCH) {
        nn_real slopes[STRETCH];
        const int count = columns - first < STRETCH ? columns - first : STRETCH;
        FOR_VECTORS(slopes, x + first, count, gelu_slope);
        NN_TURNS_APART for (int j = first; j < first + count; j++)
        {
            const nn_real factor = masked ? nn_mask_factor(key, threshold, scale, j) : 1;
            const nn_real passed = dy[j] * factor * slopes[j - first];
            dx[j] = accumulate ? dx[j] + passed : passed;
        }
    }
}

NN_CLONES void nn_activation_backward(nn_real *dx, const nn_real *dy, const nn_real *x,
                                      nn_activation_kind kind, const nn_mask *mask, uint64_t first_row,
                                      size_t rows, int columns, bool accumulate)
{
    const bool masked = mask->threshold > 0;
    if (kind == NN_RELU) {
        relu_backward(dx, dy, x, mask->scale, rows * (size_t)columns, accumulate);
        return;
    }
    for (size_t i = 0; i < rows; i++, dx += columns, dy += columns, x += columns) {
        const nn_mask_key key = masked ? nn_mask_key_of(mask, first_row + i) : (nn_mask_key){0};
        switch (masked * 2 + accumulate) {
        case 0:
            gelu_backward(dx, dy, x, mask, key, columns, false, false);
            break;
        case 1:
            gelu_backward(dx, dy, x, mask, key, columns, false, true);
            break;
        case 2:
            gelu_backward(dx, dy, x, mask, key, columns, true, false);
            break;
        default:
            gelu_backward(dx, dy, x, mask, key, columns, true, true);
        }
    }
}
