/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For every processor. */
#define GP_WIDTH   32
#define GP_ROWS    4
#define GP_GROUPS  2
#define GP_KERNELS gp_kernels_plain
#define GP_LINKAGE
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&     \
    !defined(__SANITIZE_THREAD__) && !defined(NN_NO_CLONES)
#define GP_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define GP_CLONES
#endif

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
