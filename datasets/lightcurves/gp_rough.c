/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In float, for every processor. */
#define GP_ROUGH
#define GP_WIDTH   32
#define GP_ROWS    4
#define GP_GROUPS  2
#define GP_KERNELS gp_rough_plain
#define GP_LINKAGE
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&     \
    !defined(__SANITIZE_THREAD__) && !defined(NN_NO_CLONES)
#define GP_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define GP_CLONES
#endif

#include "datasets/lightcurves/gp_tiles.inc"

const gp_rough_kernels *gp_rough_here(void)
{
    return gp_rough_wide() ? gp_rough_wide() : &gp_rough_plain;
}
