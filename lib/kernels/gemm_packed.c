/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of linear maps: of weights packed ahead, and of split floats where a processor has them and they
 * pay. */
#include "lib/kernels/gemm_split.h"
#include "lib/kernels/gemm_tiles.h"
#include "lib/kernels/kernels.h"

/* --- of split floats, where that pays --- */

/* Measured: with fewer, taking the floats apart costs what the products gain. Of m n k multiply-adds m k + k
 * n numbers are taken apart. */
enum { SPLIT_SIDE = 256, SPLIT_DEPTH = 64, SPLIT_WORTH = 100, SPLIT_ROWS_PACKED = 8 };

bool nn_splits(int m, int n, int k)
{
    return (long)m * n >= SPLIT_WORTH * ((long)m + n) && k >= SPLIT_DEPTH && nn_split_here();
}

void nn_gemm_split(bool transpose_a, bool transpose_b, int m, int n, int k, const nn_real *a, int lda,
                   const nn_real *b, int ldb, nn_real beta, nn_real *c, int ldc)
{
    nn_split_multiply(nn_split_here(), c, ldc, beta == 0 ? NULL : c, ldc, transpose_a, a, lda, transpose_b, b,
                      ldb, m, n, k);
}

/* --- of packed weights --- */

bool nn_pack_splits(size_t rows, int n, int k)
{
    return rows >= SPLIT_ROWS_PACKED && n >= SPLIT_SIDE && k >= SPLIT_SIDE && nn_split_here();
}

size_t nn_pack_size(bool split, int n, int k)
{
    const nn_tiles *tiles = nn_tiles_here();
    if (split)
        return nn_split_packed_bytes(n, k) / sizeof(nn_real);
    return tiles->multiply ? nn_tiles_packed_size(tiles, n, k) : 0;
}

void nn_pack(bool split, nn_real *packed, bool transposed, const nn_real *b, int n, int k)
{
    const int ldb = transposed ? k : n;
    if (split)
        nn_split_pack(packed, transposed, b, ldb, n, k);
    else
        nn_tiles_pack(nn_tiles_here(), packed, transposed, b, ldb, n, k);
}

int nn_pack_columns(bool split)
{
    return split ? (int)NN_SPLIT_COLUMNS : nn_tiles_here()->columns;
}

void nn_linear_packed_forward(bool split, nn_real *y, int ldy, const nn_real *x, const nn_real *packed,
                              const nn_real *start, int start_row, size_t rows, int in, int out, int begin,
                              int end)
{
    if (split)
        nn_split_multiply_packed(nn_split_here(), y, ldy, start, start_row, false, x, in, packed, (int)rows,
                                 in, begin, end);
    else
        nn_tiles_multiply_packed(nn_tiles_here(), y, ldy, start, start_row, false, x, in, packed, (int)rows,
                                 out, in, begin, end);
}
