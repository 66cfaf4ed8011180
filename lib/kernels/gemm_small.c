/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products too small for packing to pay, straight from where the matrices lie. */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vector.h"

/* Up to six rows of C by 64 bytes: enough independent sums to hide the multiply-add's latency at these sizes,
 * and not too many for AVX2's registers. */
enum { ROWS = 6, WHOLE = 64 / sizeof(nn_real), HALF = WHOLE / 2, QUARTER = WHOLE / 4 };

#define DEFINE_TILE(tile, vector, loose, vectors)                                                            \
    static inline __attribute__((always_inline)) void tile(nn_real *c, int ldc, const nn_real *a, int row,   \
                                                           int column, const nn_real *b, int ldb, int k,     \
                                                           int rows, bool accumulate)                        \
    {                                                                                                        \
        enum { LANES = sizeof(vector) / sizeof(nn_real) };                                                   \
        vector sum[ROWS][vectors];                                                                           \
        for (int r = 0; r < rows; r++)                                                                       \
            for (int v = 0; v < vectors; v++)                                                                \
                sum[r][v] = accumulate ? (vector) * (const loose *)(c + r * ldc + v * LANES) : (vector){0};  \
        for (int l = 0; l < k; l++)                                                                          \
            for (int v = 0; v < vectors; v++) {                                                              \
                vector y = *(const loose *)(b + l * ldb + v * LANES);                                        \
                for (int r = 0; r < rows; r++)                                                               \
                    sum[r][v] += a[r * row + l * column] * y;                                                \
            }                                                                                                \
        for (int r = 0; r < rows; r++)                                                                       \
            for (int v = 0; v < vectors; v++)                                                                \
                *(loose *)(c + r * ldc + v * LANES) = sum[r][v];                                             \
    }

/* Narrow heads have fewer columns than a whole vector. */
typedef nn_real half __attribute__((vector_size(32)));
typedef nn_real half_loose __attribute__((vector_size(32), aligned(sizeof(nn_real)), may_alias));
typedef nn_real quarter __attribute__((vector_size(16)));
typedef nn_real quarter_loose __attribute__((vector_size(16), aligned(sizeof(nn_real)), may_alias));

DEFINE_TILE(tile_whole, nn_vector, nn_vector_loose, 64 / NN_VECTOR_BYTES)
DEFINE_TILE(tile_half, half, half_loose, 1)
DEFINE_TILE(tile_quarter, quarter, quarter_loose, 1)

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
    for (; done + WHOLE <= n; done += WHOLE)
        COLUMNS_OF_TILES(tile_whole, done)
    if (done + HALF <= n) {
        COLUMNS_OF_TILES(tile_half, done)
        done += HALF;
    }
    if (done + QUARTER <= n) {
        COLUMNS_OF_TILES(tile_quarter, done)
        done += QUARTER;
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
