/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of split floats by AMX. */
#include "lib/kernels/amx.h"
#include "lib/kernels/gemm_split.h"

#if defined(NN_HAS_AMX) && !defined(NN_DOUBLE)
#include <immintrin.h>

#define AMX __attribute__((target("amx-tile,amx-bf16")))

/* Parts of A and B follow one another such that most of the six products need but one of them loaded. */
#define PRODUCTS(multiply, a_part, b_part)                                                                   \
    a_part(0) b_part(2) multiply b_part(1) multiply a_part(1) multiply b_part(0) multiply a_part(2)          \
        multiply a_part(0) multiply
#define LOAD(tile, from, part, block) _tile_loadd(tile, (from) + (part)*NN_SPLIT_PART + (block)*BLOCK, 64);

enum { BLOCK = NN_SPLIT_PART / 2 };

/* Where sums come from: two by two blocks of C, or one by four, are registers 0 to 3. */
#define BEGIN(tile, row, column)                                                                             \
    if (start)                                                                                               \
        _tile_loadd(tile, start + (row)*start_row + (column), start_row * sizeof *c);                        \
    else                                                                                                     \
        _tile_zero(tile);
#define END(tile, row, column) _tile_stored(tile, c + (row)*ldc + (column), ldc * sizeof *c);

#define TWO_A(p)               LOAD(4, a, p, 0) LOAD(5, a, p, 1)
#define TWO_B(p)               LOAD(6, b, p, 0) LOAD(7, b, p, 1)
#define TWO_BY_TWO                                                                                           \
    _tile_dpbf16ps(0, 4, 6);                                                                                 \
    _tile_dpbf16ps(1, 4, 7);                                                                                 \
    _tile_dpbf16ps(2, 5, 6);                                                                                 \
    _tile_dpbf16ps(3, 5, 7);

AMX static void multiply_square(nn_real *c, size_t ldc, const nn_real *start, size_t start_row,
                                const uint8_t *a, const uint8_t *b, int steps)
{
    BEGIN(0, 0, 0)
    BEGIN(1, 0, 16)
    BEGIN(2, 16, 0)
    BEGIN(3, 16, 16)
    for (int s = 0; s < steps; s++, a += NN_SPLIT_STEP_BYTES, b += NN_SPLIT_STEP_BYTES) {
        PRODUCTS(TWO_BY_TWO, TWO_A, TWO_B)
    }
    END(0, 0, 0)
    END(1, 0, 16)
    END(2, 16, 0)
    END(3, 16, 16)
}

/* Of few rows: four blocks of B, so that four sums hide the instruction's latency. */
#define ONE_A(p) LOAD(4, a, p, 0)
#define ONE_BY_FOUR(p)                                                                                       \
    LOAD(5, b, p, 0)                                                                                         \
    LOAD(6, b, p, 1)                                                                                         \
    _tile_dpbf16ps(0, 4, 5);                                                                                 \
    LOAD(7, next, p, 0)                                                                                      \
    _tile_dpbf16ps(1, 4, 6);                                                                                 \
    LOAD(5, next, p, 1)                                                                                      \
    _tile_dpbf16ps(2, 4, 7);                                                                                 \
    _tile_dpbf16ps(3, 4, 5);

#define FLAT_PRODUCTS                                                                                        \
    ONE_A(0)                                                                                                 \
    ONE_BY_FOUR(2)                                                                                           \
    ONE_BY_FOUR(1) ONE_A(1) ONE_BY_FOUR(1) ONE_BY_FOUR(0) ONE_A(2) ONE_BY_FOUR(0) ONE_A(0) ONE_BY_FOUR(0)

AMX static void multiply_flat(nn_real *c, size_t ldc, const nn_real *start, size_t start_row,
                              const uint8_t *a, const uint8_t *b, const uint8_t *next, int steps)
{
    BEGIN(0, 0, 0)
    BEGIN(1, 0, 16)
    BEGIN(2, 0, 32)
    BEGIN(3, 0, 48)
    for (int s = 0; s < steps; s++) {
        FLAT_PRODUCTS
        a += NN_SPLIT_STEP_BYTES, b += NN_SPLIT_STEP_BYTES, next += NN_SPLIT_STEP_BYTES;
    }
    END(0, 0, 0)
    END(1, 0, 16)
    END(2, 0, 32)
    END(3, 0, 48)
}

AMX static void multiply_one(nn_real *c, size_t ldc, const nn_real *start, size_t start_row, const uint8_t *a,
                             const uint8_t *b, int steps)
{
    BEGIN(0, 0, 0)
    BEGIN(1, 0, 16)
    for (int s = 0; s < steps; s++, a += NN_SPLIT_STEP_BYTES, b += NN_SPLIT_STEP_BYTES) {
        PRODUCTS(_tile_dpbf16ps(0, 4, 6); _tile_dpbf16ps(1, 4, 7);, ONE_A, TWO_B)
    }
    END(0, 0, 0)
    END(1, 0, 16)
}

static void multiply(nn_real *c, size_t ldc, const nn_real *start, size_t start_row, const uint8_t *a,
                     const uint8_t *b, const uint8_t *next, int rows, int steps)
{
    if (rows == 32)
        multiply_square(c, ldc, start, start_row, a, b, steps);
    else if (next)
        multiply_flat(c, ldc, start, start_row, a, b, next, steps);
    else
        multiply_one(c, ldc, start, start_row, a, b, steps);
}

bool nn_split_amx(nn_split *split)
{
    *split = (nn_split){"AMX BF16", multiply, nn_amx_begin, nn_amx_end};
    return nn_amx_there(false);
}
#else
bool nn_split_amx(nn_split *split)
{
    *split = (nn_split){0};
    return false;
}
#endif
