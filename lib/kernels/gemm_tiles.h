/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix products held in registers, tile by tile; what nn_gemm and the packed weights rest on. */
#ifndef NN_GEMM_TILES_H
#define NN_GEMM_TILES_H

#include "lib/base/real.h"

#include <stdbool.h>
#include <stddef.h>

/* C (rows,columns) = start + A B: A's element (i,l) at a[i*row + l*column], one of the two strides being 1; B
 * (k,columns), its rows ldb elements apart; row i of start at start[i*start_row], so that 0 adds one row to
 * all; start NULL: 0. */
typedef void (*nn_tile_fn)(int rows, nn_real *c, size_t ldc, const nn_real *start, size_t start_row,
                           const nn_real *a, size_t row, size_t column, const nn_real *b, size_t ldb, int k);

/* A size of tile for one kind of processor. */
typedef struct nn_tiles {
    const char *name;
    int rows, columns; /* rows: at most */
    nn_tile_fn multiply;
} nn_tiles;

/* Those that this processor can run, best first; multiply NULL ends them. None: BLAS is called instead. */
const nn_tiles *nn_tiles_here(void);

/* A matrix B (k,n) rearranged into panels of as many columns as a tile has. Elements it takes: */
size_t nn_tiles_packed_size(const nn_tiles *tiles, int n, int k);
/* transposed: b holds B' (n,k); ldb: elements between stored rows. */
void nn_tiles_pack(const nn_tiles *tiles, nn_real *packed, bool transposed, const nn_real *b, int ldb, int n,
                   int k);
/* Columns [begin,end) of C (m,n) = start + A B; begin is a multiple of tiles->columns, and so is end unless
 * it is n. An element is summed in the same order whatever m, begin and end. */
void nn_tiles_multiply_packed(const nn_tiles *tiles, nn_real *c, int ldc, const nn_real *start, int start_row,
                              bool transpose_a, const nn_real *a, int lda, const nn_real *packed, int m,
                              int n, int k, int begin, int end);
/* The same of a matrix B that is packed on the way, or read where it lies, all columns; and to the same
 * bytes. */
void nn_tiles_multiply(const nn_tiles *tiles, nn_real *c, int ldc, const nn_real *start, int start_row,
                       bool transpose_a, const nn_real *a, int lda, bool transpose_b, const nn_real *b,
                       int ldb, int m, int n, int k);

#endif
