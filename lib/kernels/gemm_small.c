/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products too small for packing to pay, straight from where the matrices lie. */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vector.h"

/* Up to six rows of C by one vector: enough independent sums to hide the multiply-add's latency at these
 * sizes, and not too many for AVX2's registers. */
enum { ROWS = 6 };

#define DEFINE_TILE(tile, vector, loose)                                                                     \
    static inline __attribute__((always_inline)) void tile(nn_real *c, int ldc, const nn_real *a, int row,   \
                                                           int column, const nn_real *b, int ldb, int k,     \
                                                           int rows, bool accumulate)                        \
    {                                                                                                        \
        vector sum[ROWS];                                                                                    \
        for (int r = 0; r < rows; r++)                                                                       \
            sum[r] = (vector){0};                                                                            \
        if (accumulate)                                                                                      \
            for (int r = 0; r < rows; r++)                                                                   \
                sum[r] = *(const loose *)(c + r * ldc);                                                      \
        for (int l = 0; l < k; l++) {                                                                        \
            vector y = *(const loose *)(b + l * ldb);                                                        \
            for (int r = 0; r < rows; r++)                                                                   \
                sum[r] += a[r * row + l * column] * y;                                                       \
        }                                                                                                    \
        for (int r = 0; r < rows; r++)                                                                       \
            *(loose *)(c + r * ldc) = sum[r];                                                                \
    }

/* Narrow heads have fewer columns than a whole vector. */
typedef nn_real half __attribute__((vector_size(32)));
typedef nn_real half_loose __attribute__((vector_size(32), aligned(sizeof(nn_real)), may_alias));
typedef nn_real quarter __attribute__((vector_size(16)));
typedef nn_real quarter_loose __attribute__((vector_size(16), aligned(sizeof(nn_real)), may_alias));

DEFINE_TILE(tile_whole, nn_vector, nn_vector_loose)
DEFINE_TILE(tile_half, half, half_loose)
DEFINE_TILE(tile_quarter, quarter, quarter_loose)

#define TILE_OF(n, tile, i, j)                                                                               \
    case n:                                                                                                  \
        tile(c + (i)*ldc + (j), ldc, a + (i)*row, row, column, b + (j), ldb, k, n, accumulate);              \
        break;

/* Rows are shared out evenly among the tiles. */
#define COLUMNS_OF_TILES(tile, j)                                                                            \
    for (int s = 0, strips = (m + ROWS - 1) / ROWS; s < strips; s++) {                                       \
        int i = m * s / strips;                                                                              \
        switch (m * (s + 1) / strips - i) {                                                                  \
            TILE_OF(1, tile, i, j)                                                                           \
            TILE_OF(2, tile, i, j)                                                                           \
            TILE_OF(3, tile, i, j)                                                                           \
            TILE_OF(4, tile, i, j)                                                                           \
            TILE_OF(5, tile, i, j)                                                                           \
            TILE_OF(6, tile, i, j)                                                                           \
        }                                                                                                    \
    }

NN_CLONES void nn_gemm_small(nn_real *c, int ldc, const nn_real *a, int row, int column, const nn_real *b,
                             int ldb, int m, int n, int k, bool accumulate)
{
    int done = 0;
    for (; done + NN_LANES <= n; done += NN_LANES)
        COLUMNS_OF_TILES(tile_whole, done)
    if (done + NN_LANES / 2 <= n) {
        COLUMNS_OF_TILES(tile_half, done)
        done += NN_LANES / 2;
    }
    if (done + NN_LANES / 4 <= n) {
        COLUMNS_OF_TILES(tile_quarter, done)
        done += NN_LANES / 4;
    }
    for (int i = 0; done < n && i < m; i++) {
        if (!accumulate)
            for (int j = done; j < n; j++)
                c[i * ldc + j] = 0;
        for (int l = 0; l < k; l++)
            for (int j = done; j < n; j++)
                c[i * ldc + j] += a[i * row + l * column] * b[l * ldb + j];
    }
}
