/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rise, fall and peak of a transient, by a fit of
 *     f(t) = B + A exp(-(t - t0) / fall) / (1 + exp(-(t - t0) / rise))
 * to the fluxes of a band. Weak expectations (rise 4 and fall 25 days, each within a factor of three; B near
 * 0) keep bands of few points in bounds. */
#include "datasets/lightcurves/features/transient.h"

#include <math.h>

static const char *const names[] = {"bazin_peak", "bazin_rise",         "bazin_fall", "bazin_peak_time",
                                    "bazin_base", "bazin_reduced_chi2", "bazin_gain", NULL};

enum { LEAST_POINTS = 5, TIME = 0, RISE, FALL, UNKNOWNS }; /* of the fit; rise and fall are logarithms */

static void shape(double *out, const double *t, int count, const double *at)
{
    const double rise = exp(at[RISE]), fall = exp(at[FALL]);
    for (int i = 0; i < count; i++) {
        const double x = fmin(fmax((t[i] - at[TIME]) / fall, -300), 300);
        const double y = fmin(fmax((t[i] - at[TIME]) / rise, -300), 300);
        out[i] = exp(-x) / (1 + exp(-y));
    }
}

/* The time at which the curve is highest: t0 + rise ln(fall / rise - 1); NaN where it only falls. */
static double peak_of(const ds_transient *f)
{
    const double rise = exp(f->at[RISE]), fall = exp(f->at[FALL]);
    return fall > rise ? f->at[TIME] + rise * log(fall / rise - 1) : NAN;
}

static int compute(const ds_feature_object *object, int a, int b, double *out, nn_error *error)
{
    (void)b, (void)error;
    static const double rises[] = {2, 6}, falls[] = {15, 50};
    const ds_transient_form form = {.unknowns = UNKNOWNS,
                                    .steps = 25,
                                    .shape = shape,
                                    .of = {[TIME] = {.nudge = 1e-3},
                                           [RISE] = {log(0.1), log(300), log(4), log(3), 1e-4},
                                           [FALL] = {log(0.5), log(2000), log(25), log(3), 1e-4}}};
    ds_transient best;
    if (!ds_transient_take(&best, object, a, LEAST_POINTS))
        return NN_OK;
    const ds_transient empty = best;
    for (int n = 0; n < 2; n++) {
        ds_transient f = empty;
        f.at[TIME] = f.brightest - rises[n];
        f.at[RISE] = log(rises[n]);
        f.at[FALL] = log(falls[n]);
        ds_transient_descend(&f, &form);
        best = f.chi < best.chi ? f : best;
    }
    const double peak = peak_of(&best), flat = ds_transient_flat(&best),
                 time = isnan(peak) ? best.at[TIME] : peak;
    double top;
    shape(&top, &time, 1, best.at);
    const double height = best.amplitude * top;
    out[0] = height < 10 * best.largest ? height : NAN; /* far above every point: between or beyond them */
    out[1] = exp(best.at[RISE]);
    out[2] = exp(best.at[FALL]);
    out[3] = time - object->brightest;
    out[4] = best.base;
    out[5] = best.count > 5 ? best.chi / (best.count - 5) : NAN;
    out[6] = flat > 0 ? fmax(0, 1 - best.chi / flat) : NAN;
    return NN_OK;
}

const ds_feature_group ds_feature_bazin = {
    .name = "bazin",
    .summary = "rise, fall and peak of a transient by a fit to the fluxes of each band",
    .source = "Bazin et al. 2009 (doi 10.1051/0004-6361/200911847)",
    .scope = DS_FEATURE_OF_BAND,
    .names = names,
    .compute = compute,
};
