/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Gaussian process of light curves in time and wavelength, as of avocado (Boone 2019, doi
 * 10.3847/1538-3881/ab5182) and t2 (Allam Jr & McEwen, arXiv 2105.06178, section 3.2). Fluxes f at times t
 * (days) and wavelengths w (Angstrom) have mean zero and the Matern-3/2 covariance of their joint distance,
 *     k = exp(c) (1 + s) exp(-s),  s = sqrt(3 (dt^2 / l^2 + dw^2 / 6000^2)),
 * plus error^2 + 1.25e-12 on the diagonal; c and l minimise the negative logarithm of the likelihood
 *     L = (f' K^-1 f + ln |K| + n ln 2 pi) / 2.
 * Plain arrays, no passbands: whoever calls gives each point its wavelength. */
#ifndef DS_GP_H
#define DS_GP_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Workspace of one thread at a time. It grows to the largest object seen and then allocates no more. */
typedef struct ds_gp ds_gp;
ds_gp *ds_gp_new(nn_error *error); /* NULL: no memory */
void ds_gp_free(ds_gp *gp);        /* NULL is allowed */

typedef struct ds_gp_points {
    const char *name;         /* of the object, for messages; NULL: "the object" */
    const double *time;       /* days, in any order */
    const double *wavelength; /* Angstrom */
    const double *flux;       /* any unit */
    const double *error;      /* standard deviations in the unit of flux, 0 or more */
    size_t count;             /* 1 to DS_GP_MOST_POINTS */
} ds_gp_points;
enum { DS_GP_MOST_POINTS = 4096 };

/* Bounds and start of the fit. c starts at ln((scale / 2)^2), scale being the |flux| of the point that is
 * largest against sqrt(error^2 + (max(flux) / 100)^2). */
typedef struct ds_gp_settings {
    double length;                    /* l at the start, or for good; days */
    double least_length, most_length; /* days */
    double reach;                     /* c stays this near its start */
    double wavelength_scale;          /* Angstrom */
    double tolerance;                 /* the fit ends when another step would gain less, in L */
    int most_evaluations;             /* of L, in float or double; one Cholesky decomposition each */
    bool fixed;                       /* no fit: the start values */
} ds_gp_settings;
extern const ds_gp_settings ds_gp_defaults; /* 20; 1, 1000; 10; 6000; 1e-10; 100; false */

typedef enum ds_gp_status {
    DS_GP_FITTED,    /* at a minimum of L, which may lie on a bound */
    DS_GP_FIXED,     /* the start values, as asked */
    DS_GP_UNSETTLED, /* the best values found, for the evaluations ran out */
    DS_GP_FELL_BACK  /* the start values, for no covariance near them could be decomposed without jitter */
} ds_gp_status;

typedef struct ds_gp_fit {
    ds_gp_status status;
    double log_variance, log_variance_start; /* c in ln(flux^2), and where it started */
    double length;                           /* days */
    double likelihood;                       /* L, with the jitter */
    double jitter; /* flux^2 on the diagonal beyond error^2 + 1.25e-12, without which K was not positive
                      definite */
    int evaluations;
} ds_gp_fit;

/* Fits, then keeps the points and the decomposition for predictions. settings NULL: the defaults. NN_BAD_DATA
 * naming the object for a value that is not finite, a negative error, no or too many points, or a covariance
 * that no jitter makes positive definite. */
int ds_gp_fit_points(ds_gp *gp, const ds_gp_points *points, const ds_gp_settings *settings, ds_gp_fit *fit,
                     nn_error *error);
/* The same with given c and l. */
int ds_gp_condition(ds_gp *gp, const ds_gp_points *points, double log_variance, double length,
                    double wavelength_scale, ds_gp_fit *fit, nn_error *error);

/* After a fit: mean and variance (without the error of a measurement) of the flux at count places. variance
 * NULL: not wanted. NN_FAILED without memory. */
int ds_gp_predict(ds_gp *gp, const double *time, const double *wavelength, size_t count, double *mean,
                  double *variance, nn_error *error);
/* The same on a grid: `times` equal steps from the first to the last point's time, at each of the
 * wavelengths. mean, variance (times, bands); time (times) or NULL. */
int ds_gp_grid(ds_gp *gp, size_t times, const double *wavelengths, size_t bands, double *time, double *mean,
               double *variance, nn_error *error);

/* L and its derivatives by c and ln l^2 at any values, for the points of the last fit. NN_BAD_DATA where K is
 * not positive definite. gradient NULL: not wanted. */
int ds_gp_likelihood(ds_gp *gp, double log_variance, double log_length2, double *likelihood,
                     double gradient[2], nn_error *error);

#endif
