/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A matrix as it lies in memory, transposed or not, for kernels that go through parts of it. */
#ifndef NN_STORED_H
#define NN_STORED_H

#include "lib/base/real.h"

#include <stdbool.h>
#include <stddef.h>

/* Element (i,j) at data[i*row + j*column]; one of the strides is 1. */
typedef struct nn_stored {
    const nn_real *data;
    size_t row, column;
} nn_stored;

/* ld: elements between stored rows. */
static inline nn_stored nn_stored_of(bool transposed, const nn_real *data, int ld)
{
    return (nn_stored){data, transposed ? 1 : (size_t)ld, transposed ? (size_t)ld : 1};
}

/* The part that begins at an element. */
static inline nn_stored nn_stored_from(nn_stored matrix, int row, int column)
{
    matrix.data += (size_t)row * matrix.row + (size_t)column * matrix.column;
    return matrix;
}

#endif
