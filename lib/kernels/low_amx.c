/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of eight and sixteen bits by AMX. */
#include "lib/kernels/amx.h"
#include "lib/kernels/low.h"

#ifdef NN_HAS_AMX
#include <immintrin.h>

#define AMX __attribute__((target("amx-tile,amx-int8,amx-bf16")))

/* Registers 0 to 3 hold sums of two by two blocks, 4 and 5 rows of A, 6 and 7 columns of B. */

/* Both kinds differ in the multiplication alone. */
#define DEFINE(name, multiply)                                                                               \
    AMX static void name##_narrow(uint8_t *acc, const uint8_t *a, size_t bytes, const uint8_t *b)            \
    {                                                                                                        \
        _tile_zero(0);                                                                                       \
        _tile_zero(1);                                                                                       \
        for (size_t k = 0; k < bytes; k += 64) {                                                             \
            _tile_loadd(4, a + k, bytes);                                                                    \
            _tile_loadd(6, b + 16 * k, 64);                                                                  \
            _tile_loadd(7, b + 16 * (bytes + k), 64);                                                        \
            multiply(0, 4, 6);                                                                               \
            multiply(1, 4, 7);                                                                               \
        }                                                                                                    \
        _tile_stored(0, acc, 128);                                                                           \
        _tile_stored(1, acc + 64, 128);                                                                      \
    }                                                                                                        \
    AMX static void name(void *acc, const uint8_t *a, int rows, size_t bytes, const uint8_t *b)              \
    {                                                                                                        \
        uint8_t *to = acc;                                                                                   \
        for (; rows > 16; rows -= 32, a += 32 * bytes, to += 32 * 128) {                                     \
            _tile_zero(0);                                                                                   \
            _tile_zero(1);                                                                                   \
            _tile_zero(2);                                                                                   \
            _tile_zero(3);                                                                                   \
            for (size_t k = 0; k < bytes; k += 64) {                                                         \
                _tile_loadd(4, a + k, bytes);                                                                \
                _tile_loadd(6, b + 16 * k, 64);                                                              \
                _tile_loadd(7, b + 16 * (bytes + k), 64);                                                    \
                _tile_loadd(5, a + 16 * bytes + k, bytes);                                                   \
                multiply(0, 4, 6);                                                                           \
                multiply(1, 4, 7);                                                                           \
                multiply(2, 5, 6);                                                                           \
                multiply(3, 5, 7);                                                                           \
            }                                                                                                \
            _tile_stored(0, to, 128);                                                                        \
            _tile_stored(1, to + 64, 128);                                                                   \
            _tile_stored(2, to + 16 * 128, 128);                                                             \
            _tile_stored(3, to + 16 * 128 + 64, 128);                                                        \
        }                                                                                                    \
        if (rows > 0)                                                                                        \
            name##_narrow(to, a, bytes, b);                                                                  \
    }

DEFINE(multiply_int8, _tile_dpbusd)
DEFINE(multiply_bf16, _tile_dpbf16ps)

int nn_low_amx_kernels(nn_precision precision, nn_low_kernel *kernels)
{
    if (!nn_amx_there(precision == NN_INT8))
        return 0;
    kernels[0] =
        (nn_low_kernel){precision == NN_INT8 ? "AMX INT8" : "AMX BF16",
                        precision == NN_INT8 ? multiply_int8 : multiply_bf16, nn_amx_begin, nn_amx_end};
    return 1;
}
#else
int nn_low_amx_kernels(nn_precision precision, nn_low_kernel *kernels)
{
    (void)precision, (void)kernels;
    return 0;
}
#endif
