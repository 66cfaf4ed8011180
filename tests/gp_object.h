/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Made-up points for Gaussian processes. */
#ifndef GP_OBJECT_H
#define GP_OBJECT_H

#include "tests/cmocka_all.h"

#include "datasets/lightcurves/gp_internal.h"

#include <gsl/gsl_rng.h>
#include <math.h>

enum { MOST = 400 };

static const double bands[] = {3685, 4802, 6231, 7542, 8690, 9736};

typedef struct object {
    double time[MOST], wavelength[MOST], flux[MOST], error[MOST];
    size_t count;
} object;

static inline ds_gp_points points_of(const object *o)
{
    return (ds_gp_points){"SN 7", o->time, o->wavelength, o->flux, o->error, o->count};
}

/* A bump of some weeks, redder with time, with noise. */
static inline void make(object *o, size_t count, unsigned long seed, double size, double noise)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, seed);
    o->count = count;
    for (size_t i = 0; i < count; i++) {
        double t = 120 * gsl_rng_uniform(rng), w = bands[gsl_rng_uniform_int(rng, 6)];
        double phase = (t - 40 - w / 2000) / 15;
        o->time[i] = 59000 + t;
        o->wavelength[i] = w;
        o->error[i] = noise * (0.5 + gsl_rng_uniform(rng));
        o->flux[i] = size * exp(-phase * phase / 2) + o->error[i] * (2 * gsl_rng_uniform(rng) - 1) * 1.7;
    }
    gsl_rng_free(rng);
}

static inline void assert_near(double value, double wanted, double tolerance)
{
    if (!(fabs(value - wanted) <= tolerance))
        fail_msg("%.15g is not within %g of %.15g", value, tolerance, wanted);
}

#endif
