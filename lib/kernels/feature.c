/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The feature map elu + 1 of linear attention. */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vector_math.h"

#include <string.h>

NN_INLINE nn_vector elu1(nn_vector x)
{
    return nn_select(x > 0, x + 1, nn_exponential(nn_select(x > 0, nn_all(0), x)));
}

/* Rows of one head of many lie far apart: they are asked for ahead of their turn. */
enum { AHEAD = 8 };

NN_CLONES void nn_elu1_forward(nn_real *restrict phi, const nn_real *restrict x, int ldx, int rows, int n)
{
    for (int i = 0; i < rows; i++, phi += n, x += ldx) {
        int c = 0;
        for (; c + NN_LANES <= n; c += NN_LANES) {
            if (i + AHEAD < rows)
                __builtin_prefetch(x + (size_t)AHEAD * (size_t)ldx + c);
            nn_store(phi + c, elu1(nn_load(x + c)));
        }
        if (c < n) {
            nn_real rest[NN_LANES] = {0};
            memcpy(rest, x + c, (size_t)(n - c) * sizeof *rest);
            nn_store(rest, elu1(nn_load(rest)));
            memcpy(phi + c, rest, (size_t)(n - c) * sizeof *rest);
        }
    }
}

NN_CLONES void nn_elu1_backward(nn_real *restrict dx, int ldx, const nn_real *restrict dphi,
                                const nn_real *restrict phi, int rows, int n)
{
    for (int i = 0; i < rows; i++, dx += ldx, dphi += n, phi += n)
        for (int c = 0; c < n; c++)
            dx[c] += dphi[c] * (phi[c] < 1 ? phi[c] : 1);
}
