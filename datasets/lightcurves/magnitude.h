/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fluxes in memory as magnitudes. */
#ifndef DS_MAGNITUDE_H
#define DS_MAGNITUDE_H

#include "datasets/lightcurves/lightcurve.h"

#include <math.h>

/* flux: FLUXCAL, > 0. */
static inline double ds_magnitude(double flux)
{
    return DS_ZERO_POINT - 2.5 * log10(flux);
}

static inline double ds_magnitude_error(double flux, double error)
{
    return 2.5 / M_LN10 * error / flux;
}

#endif
