/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of floats where a processor multiplies bfloat16 many times as fast: a float is the sum of three of
 * them, x = x1 + x2 + x3 without a rest, and of the nine products of two such sums six are taken, x1 y1, x1
 * y2, x2 y1, x2 y2, x1 y3, x3 y1; those left out are below a float's last bit. Sums are floats. After Henry,
 * Tang, Heinecke, "Leveraging the bfloat16 artificial intelligence datatype for higher-precision
 * computations" (ARITH 2019). A product with infinity is NaN; parts below 1.2e-38 count as 0. */
#ifndef NN_GEMM_SPLIT_H
#define NN_GEMM_SPLIT_H

#include "lib/base/real.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NN_SPLIT_COLUMNS = 32, /* of a panel of packed B */
    NN_SPLIT_STEP = 32,    /* of the inner dimension */
    NN_SPLIT_ROWS = 32,    /* of A that a kernel takes at most */
    NN_SPLIT_PART =
        2 * 16 * 64, /* bytes of a part of a step, of A or of B: two blocks of 16 lines of 16 pairs */
    NN_SPLIT_STEP_BYTES = 3 * NN_SPLIT_PART
};

/* C (16 or 32 rows, 32 columns) = start + A B; of 16 rows and with next, the panel of B behind b, 64 columns.
 * A and B are `steps` steps one behind the other. In a step of A, line r of block i has row 16 i + r, its
 * pair c being elements c and 16 + c of the step; in a step of B, line c of block j has elements c and 16 + c
 * of columns 16 j to 16 j + 15. Row i of start at start[i*start_row]; start NULL: 0. An element is summed in
 * the same order whatever rows and next. */
typedef void (*nn_split_fn)(nn_real *c, size_t ldc, const nn_real *start, size_t start_row, const uint8_t *a,
                            const uint8_t *b, const uint8_t *next, int rows, int steps);

typedef struct nn_split {
    const char *name; /* of the instructions */
    nn_split_fn multiply;
    void (*begin)(void), (*end)(void); /* around calls of multiply by one thread */
} nn_split;

/* What floats are multiplied by here; NULL: nothing that pays. Found once. */
const nn_split *nn_split_here(void);
/* In plain loops: what others are checked against. */
extern const nn_split nn_split_plain;
/* By AMX; false: this processor or system has none. */
bool nn_split_amx(nn_split *split);

/* B (k,n) in panels: bytes, a multiple of 64. transposed: b holds B' (n,k); ldb: elements between stored
 * rows. */
size_t nn_split_packed_bytes(int n, int k);
void nn_split_pack(void *packed, bool transposed, const nn_real *b, int ldb, int n, int k);

/* As nn_tiles_multiply_packed and nn_tiles_multiply (gemm_tiles.h), with panels of NN_SPLIT_COLUMNS. */
void nn_split_multiply_packed(const nn_split *split, nn_real *c, int ldc, const nn_real *start, int start_row,
                              bool transpose_a, const nn_real *a, int lda, const void *packed, int m, int k,
                              int begin, int end);
void nn_split_multiply(const nn_split *split, nn_real *c, int ldc, const nn_real *start, int start_row,
                       bool transpose_a, const nn_real *a, int lda, bool transpose_b, const nn_real *b,
                       int ldb, int m, int n, int k);

#endif
