/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to gp*.c. Inside, fluxes are divided by the scale of the object and wavelengths by their length
 * scale. */
#ifndef DS_GP_INTERNAL_H
#define DS_GP_INTERNAL_H

#include "datasets/lightcurves/gp.h"

enum { GP_TILE = 8 }; /* matrices come in tiles of so many rows and columns */

/* K of n points and what follows from it, padded with rows and columns of the unit matrix to whole tiles.
 * Matrices are row major with `stride` elements between rows, GP_BESIDE or more beyond the padding; vectors
 * have GP_TILE elements beyond it, zeros in those that are given. */
#define GP_SYSTEM(number)                                                                                    \
    struct {                                                                                                 \
        size_t n, padded, stride;                                                                            \
        number *t, *w, *f, *noise; /* padded: days, scaled wavelengths, scaled fluxes, scaled error^2 */     \
        number *live;              /* padded: 1 for points, 0 for padding */                                 \
        number *u;                 /* K = U' U; above the diagonal tiles and in their upper halves */        \
        number *x;         /* X = U^-T, lower triangle and zeros in the rest of the diagonal tiles */        \
        number *slope;     /* dK / d ln l^2 above the diagonal; zeros in the rest of the diagonal tiles */   \
        number *z, *alpha; /* X f, K^-1 f */                                                                 \
    }
typedef GP_SYSTEM(double) gp_system;
typedef GP_SYSTEM(float) gp_rough_system;
enum { GP_BESIDE = 24 };

/* L of the scaled fluxes after decompose. */
double gp_likelihood(const gp_system *system);

/* cross (padded, columns) are the covariances of the points with places; columns is a multiple of GP_TILE. */
typedef struct gp_kernels {
    /* Fills u, x, slope, z, alpha for k = variance (1 + s) exp(-s), s^2 = 3 (dt^2 inverse_m + dw^2), and the
     * diagonal variance + noise + jitter. False where K is not positive definite within rounding. */
    bool (*decompose)(gp_system *system, double variance, double inverse_m, double jitter);
    /* The derivatives of L by c = ln variance and by m = -ln inverse_m, the jitter being a fixed share of the
     * variance. */
    void (*gradient)(const gp_system *system, double slopes[2]);
    void (*cross)(double *cross, const gp_system *system, const double *t, const double *w, size_t columns,
                  double variance, double inverse_m);
    /* out (columns) = alpha' cross */
    void (*mean)(double *out, const gp_system *system, const double *cross, size_t columns);
    /* out (columns) = variance - |X cross|^2, not below 0 */
    void (*variance)(double *out, const gp_system *system, const double *cross, size_t columns,
                     double variance);
} gp_kernels;
extern const gp_kernels gp_kernels_plain;
const gp_kernels *gp_kernels_wide(void); /* NULL: not for this processor */
const gp_kernels *gp_kernels_here(void); /* the best of them */

/* The same in float, which takes less time, to come near the minimum: L without its constant, and its
 * derivatives. */
typedef struct gp_rough_kernels {
    bool (*evaluate)(gp_rough_system *system, double variance, double inverse_m, double *value,
                     double slopes[2]);
} gp_rough_kernels;
extern const gp_rough_kernels gp_rough_plain;
const gp_rough_kernels *gp_rough_wide(void); /* NULL: not for this processor */
const gp_rough_kernels *gp_rough_here(void); /* the best of them */

/* Minimises in a box of two parameters by the BFGS method with an active set. */
typedef struct gp_search {
    /* False where the function is not defined. */
    bool (*evaluate)(void *context, const double at[2], double *value, double gradient[2]);
    void *context;
    double low[2], high[2];
    double tolerance; /* ends when the model of the function promises less */
    double noise;     /* values are no better known than this */
    /* Second derivatives (0,0), (0,1), (1,1): where the search begins, zeros if not known; out: where it
     * ended. */
    double curvature[3];
    int most_evaluations;
    int evaluations; /* out */
} gp_search;
typedef enum gp_found { GP_FOUND, GP_RAN_OUT, GP_NO_START } gp_found;
/* at: the start, then the best place seen; value: there. */
gp_found gp_minimise(gp_search *search, double at[2], double *value);

#endif
