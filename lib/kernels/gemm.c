/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only file that sees <cblas.h>: it cannot share a translation unit with GSL's. */
#include "lib/kernels/gemm_tiles.h"
#include "lib/kernels/kernels.h"
#include "lib/kernels/vector.h"

#include <cblas.h>

static void call_blas(bool transpose_a, bool transpose_b, int m, int n, int k, const nn_real *a, int lda,
                      const nn_real *b, int ldb, nn_real beta, nn_real *c, int ldc)
{
#ifdef NN_DOUBLE
    cblas_dgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
#else
    cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
#endif
}

void nn_gemm(bool transpose_a, bool transpose_b, int m, int n, int k, const nn_real *a, int lda,
             const nn_real *b, int ldb, nn_real beta, nn_real *c, int ldc)
{
    const nn_tiles *tiles = nn_tiles_here();
    if (tiles->multiply && (beta == 0 || beta == 1))
        nn_tiles_multiply(tiles, c, ldc, beta == 0 ? NULL : c, ldc, transpose_a, a, lda, transpose_b, b, ldb,
                          m, n, k);
    else
        call_blas(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, beta, c, ldc);
}

size_t nn_pack_size(int n, int k)
{
    const nn_tiles *tiles = nn_tiles_here();
    return tiles->multiply ? nn_tiles_packed_size(tiles, n, k) : 0;
}

void nn_pack(nn_real *packed, bool transposed, const nn_real *b, int n, int k)
{
    nn_tiles_pack(nn_tiles_here(), packed, transposed, b, transposed ? k : n, n, k);
}

int nn_pack_columns(void)
{
    return nn_tiles_here()->columns;
}

void nn_linear_packed_forward(nn_real *y, int ldy, const nn_real *x, const nn_real *packed,
                              const nn_real *bias, size_t rows, int in, int out, int begin, int end)
{
    nn_tiles_multiply_packed(nn_tiles_here(), y, ldy, bias, 0, false, x, in, packed, (int)rows, out, in,
                             begin, end);
}

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
