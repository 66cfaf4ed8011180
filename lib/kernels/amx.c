/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks for AMX's registers and divides them up. */
#include "lib/kernels/amx.h"

#ifdef NN_HAS_AMX
#include <immintrin.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define AMX __attribute__((target("amx-tile")))

/* ARCH_REQ_XCOMP_PERM of XTILEDATA, which headers of older systems lack. */
static bool allowed(void)
{
    enum { REQUEST = 0x1023, TILES = 18 };
    return syscall(SYS_arch_prctl, REQUEST, TILES) == 0;
}

bool nn_amx_there(bool eight_bits)
{
    return __builtin_cpu_supports("amx-tile") &&
           (eight_bits ? __builtin_cpu_supports("amx-int8") : __builtin_cpu_supports("amx-bf16")) &&
           allowed();
}

AMX void nn_amx_begin(void)
{
    struct {
        uint8_t palette, start, unused[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } shape __attribute__((aligned(64))) = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        shape.bytes[i] = 64;
        shape.rows[i] = 16;
    }
    __asm__ volatile("" : : "r"(&shape) : "memory"); /* gcc 12 does not know that all of it is read */
    _tile_loadconfig(&shape);
}

AMX void nn_amx_end(void)
{
    _tile_release();
}
#else
bool nn_amx_there(bool eight_bits)
{
    (void)eight_bits;
    return false;
}

void nn_amx_begin(void)
{
}

void nn_amx_end(void)
{
}
#endif
