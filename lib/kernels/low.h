/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear maps in bfloat16 and in whole numbers of eight bits (nn_precision), for inference. Weights are
 * rounded when they are packed, rows of the input on the way. Of eight bits: symmetric steps, the largest
 * |w| of an output's weights being 127 of them, and likewise the largest |x| of a row; sums are exact whole
 * numbers on every processor. In bfloat16 sums are floats, in an order that differs among processors. */
#ifndef NN_LOW_H
#define NN_LOW_H

#include "lib/base/real.h"
#include "lib/kernels/kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NN_LOW_COLUMNS = 32, /* of a panel of packed weights */
    NN_LOW_ROWS = 64,    /* of the input that are rounded together */
    NN_LOW_MOST = 32768  /* inputs of a map: sums of so many products of whole numbers stay below 2^31 */
};

/* Whether a map of so many inputs is worth it, and possible. */
bool nn_low_suits(int in);

/* Bytes of B (k,n) packed, a multiple of 64; memory for it is aligned to 64. */
size_t nn_low_pack_bytes(nn_precision precision, int n, int k);
/* transposed: b holds B' (n,k). Eight bits: an output whose weights all stand on 127 or 126 equal steps of
 * either sign, as those of a file of eight bits do (forecast/files/int8.h), keeps these. */
void nn_low_pack(nn_precision precision, void *packed, bool transposed, const nn_real *b, int n, int k);

/* Bytes that a call needs, aligned to 64. */
size_t nn_low_scratch_bytes(nn_precision precision, int in);
/* Columns [begin,end) of y = x B + bias as nn_linear_packed_forward has them; begin is a multiple of
 * NN_LOW_COLUMNS, and so is end unless it is out. A row of x with a value that is not finite gives NaN in
 * eight bits. The same bytes however rows and columns are shared out. */
void nn_low_linear_forward(nn_precision precision, nn_real *y, int ldy, const nn_real *x, const void *packed,
                           const nn_real *bias, size_t rows, int in, int out, int begin, int end,
                           void *scratch);

/* --- what a processor does of it --- */

/* acc (rows up to the next multiple of 16, 32) = A B: A (rows,bytes) row by row, unsigned bytes or bfloat16;
 * B two panels of 16 columns, one behind the other, of which each has 64 bytes for every four bytes of a row
 * of A: four signed bytes, or two bfloat16, of each column. bytes is a multiple of 64. acc: int32_t or float,
 * aligned to 64. Rows of A up to the next multiple of 16 may be read. */
typedef void (*nn_low_fn)(void *acc, const uint8_t *a, int rows, size_t bytes, const uint8_t *b);

typedef struct nn_low_kernel {
    const char *name; /* of the instructions */
    nn_low_fn multiply;
    void (*begin)(void), (*end)(void); /* around calls of multiply by one thread; NULL: nothing to do */
} nn_low_kernel;

/* Those that this processor can run, the best first; of at most NN_LOW_KERNELS, how many. */
enum { NN_LOW_KERNELS = 5 };
int nn_low_kernels(nn_precision precision, nn_low_kernel *kernels);
/* The first of these; found once. */
const nn_low_kernel *nn_low_here(nn_precision precision);

/* Of which low_vector.c and low_amx.c tell: how many they put there. */
int nn_low_vector_kernels(nn_precision precision, nn_low_kernel *kernels);
int nn_low_amx_kernels(nn_precision precision, nn_low_kernel *kernels);

#endif
