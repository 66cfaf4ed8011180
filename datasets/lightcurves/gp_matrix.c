/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For every processor. */
#define GP_KERNELS gp_kernels_plain

#include "datasets/lightcurves/gp_tiles.inc"

#include <math.h>

double gp_likelihood(const gp_system *g)
{
    double quadratic = 0, logarithms = 0;
    for (size_t i = 0; i < g->n; i++) {
        quadratic += g->z[i] * g->z[i];
        logarithms += log(g->u[i * g->stride + i]);
    }
    return 0.5 * quadratic + logarithms + 0.5 * (double)g->n * log(2 * M_PI);
}

const gp_kernels *gp_kernels_here(void)
{
    return gp_kernels_wide() ? gp_kernels_wide() : &gp_kernels_plain;
}
