/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For processors with AVX-512. */
#include "datasets/lightcurves/gp_internal.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#pragma GCC target("arch=x86-64-v4")
#define GP_WIDTH   64
#define GP_ROWS    8
#define GP_GROUPS  2
#define GP_KERNELS kernels
#define GP_LINKAGE static
#define GP_CLONES
#include "datasets/lightcurves/gp_tiles.inc"
#pragma GCC reset_options

const gp_kernels *gp_kernels_wide(void)
{
    return __builtin_cpu_supports("x86-64-v4") ? &kernels : NULL;
}
#else
const gp_kernels *gp_kernels_wide(void)
{
    return NULL;
}
#endif
