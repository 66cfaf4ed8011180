/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gaussian processes of light curves as other programs call for them. */
#include "api/auspex_internal.h"

#include "datasets/lightcurves/gp.h"
#include "lib/base/shortage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct places {
    const double *time, *wavelength;
    size_t count;
    double *mean, *variance;
} places;

static int check_places(const places *p, nn_error *error)
{
    for (size_t i = 0; i < p->count; i++)
        if (!isfinite(p->time[i]) || !isfinite(p->wavelength[i]))
            return nn_fail(error, NN_BAD_DATA, "place %zu: %s is not finite", i,
                           isfinite(p->time[i]) ? "at_wavelength" : "at_time");
    return NN_OK;
}

/* Into memory of its own, so that a failure leaves the caller's as it was. */
static int read_process(const ds_gp_points *points, const places *p, ds_gp_fit *fit, nn_error *error)
{
    const size_t n = p->count;
    double *block = malloc((2 * n + 1) * sizeof *block);
    ds_gp *gp = ds_gp_new(error);
    int code = block && gp ? NN_OK : nn_no_memory(error);
    if (!code)
        code = ds_gp_fit_points(gp, points, NULL, fit, error);
    if (!code && n)
        code = ds_gp_predict(gp, p->time, p->wavelength, n, block, p->variance ? block + n : NULL, error);
    if (!code && nn_shortage())
        code = nn_no_memory(error);
    if (!code && n)
        memcpy(p->mean, block, n * sizeof *block);
    if (!code && n && p->variance)
        memcpy(p->variance, block + n, n * sizeof *block);
    ds_gp_free(gp);
    free(block);
    return code;
}

int auspex_gp(const double *time, const double *wavelength, const double *flux, const double *flux_error,
              size_t points, const double *at_time, const double *at_wavelength, size_t count, double *mean,
              double *variance, auspex_gp_fit *fit, auspex_error *error)
{
    nn_error own = {0};
    ds_gp_fit found;
    const places p = {at_time, at_wavelength, count, mean, variance};
    const bool absent =
        !time || !wavelength || !flux || !flux_error || (count && (!at_time || !at_wavelength || !mean));
    nn_shortage_forget();
    int code = absent ? nn_fail(&own, NN_USAGE, "auspex_gp: an array that is needed is NULL")
                      : check_places(&p, &own);
    if (!code)
        code =
            read_process(&(ds_gp_points){NULL, time, wavelength, flux, flux_error, points}, &p, &found, &own);
    if (!code && fit)
        *fit =
            (auspex_gp_fit){found.log_variance, found.length, found.likelihood, found.status == DS_GP_FITTED};
    return api_report(&own, code, error);
}
