/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In float, for every processor. */
#define GP_ROUGH
#define GP_KERNELS gp_rough_plain

#include "datasets/lightcurves/gp_tiles.inc"

const gp_rough_kernels *gp_rough_here(void)
{
    return gp_rough_wide() ? gp_rough_wide() : &gp_rough_plain;
}
