/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rise, plateau and fall of a transient, by a fit of
 *     f(t) = B + A / (1 + exp(-x / rise)) { 1 - drop x / plateau,                         x < plateau
 *                                         { (1 - drop) exp(-(x - plateau) / fall)         beyond,  x = t - t0
 * to the fluxes of a band, 0 <= drop < 1. Weak expectations (rise 3 and fall 25 days, each within a factor of
 * three; drop .3 within .3; a plateau of 5 within 5 days, or, half as often, of 60 within 30; B near 0) keep
 * bands of few points in bounds. */
#include "datasets/lightcurves/features/transient.h"

#include <math.h>

static const char *const names[] = {"villar_amplitude", "villar_time", "villar_rise", "villar_fall",
                                    "villar_plateau",   "villar_drop", "villar_base", "villar_reduced_chi2",
                                    "villar_gain",      NULL};

enum { LEAST_POINTS = 5, TIME = 0, RISE, FALL, PLATEAU, DROP, UNKNOWNS }; /* rise and fall are logarithms */

static void shape(double *out, const double *t, int count, const double *at)
{
    const double rise = exp(at[RISE]), fall = exp(at[FALL]);
    for (int i = 0; i < count; i++) {
        const double x = t[i] - at[TIME], beyond = x - at[PLATEAU];
        const double risen = 1 / (1 + exp(-fmin(fmax(x / rise, -300), 300)));
        out[i] = risen * (beyond < 0 ? 1 - at[DROP] * x / at[PLATEAU]
                                     : (1 - at[DROP]) * exp(-fmin(beyond / fall, 300)));
    }
}

/* The better of two kinds of transients, each from several starts, for the plateau's end has many minima. */
static ds_transient fit(const ds_transient *empty)
{
    /* Of plateaus; -2 ln of the share of each kind over its width comes to chi^2. */
    static const double expected[] = {5, 60}, within[] = {5, 30}, share[] = {2 / 3.0, 1 / 3.0};
    static const struct {
        int kind;
        double plateau, rise, fall;
    } starts[] = {{0, 5, 2, 15}, {0, 12, 5, 40}, {1, 25, 3, 15}, {1, 50, 5, 30}, {1, 90, 4, 15}};
    ds_transient best = *empty;
    double least = INFINITY;
    for (size_t n = 0; n < sizeof starts / sizeof *starts; n++) {
        const int kind = starts[n].kind;
        const ds_transient_form form = {.unknowns = UNKNOWNS,
                                        .steps = 60,
                                        .shape = shape,
                                        .of = {[TIME] = {.nudge = 1e-3},
                                               [RISE] = {log(0.01), log(50), log(3), log(3), 1e-4},
                                               [FALL] = {log(1), log(300), log(25), log(3), 1e-4},
                                               [PLATEAU] = {0.1, 300, expected[kind], within[kind], 1e-3},
                                               [DROP] = {0, 0.99, 0.3, 0.3, 1e-4}}};
        ds_transient f = *empty;
        const double start[] = {f.brightest - starts[n].rise, log(starts[n].rise), log(starts[n].fall),
                                starts[n].plateau, 0.3};
        for (int k = 0; k < UNKNOWNS; k++)
            f.at[k] = start[k];
        ds_transient_descend(&f, &form);
        const double chi = f.chi - 2 * log(share[kind] / within[kind]);
        if (chi < least) {
            least = chi;
            best = f;
        }
    }
    return best;
}

static int compute(const ds_feature_object *object, int a, int b, double *out, nn_error *error)
{
    (void)b, (void)error;
    ds_transient best;
    if (!ds_transient_take(&best, object, a, LEAST_POINTS))
        return NN_OK;
    best = fit(&best);
    const double flat = ds_transient_flat(&best);
    out[0] = best.amplitude < 10 * best.largest ? best.amplitude : NAN; /* far above every point */
    out[1] = best.at[TIME] - object->brightest;
    out[2] = exp(best.at[RISE]);
    out[3] = exp(best.at[FALL]);
    out[4] = best.at[PLATEAU];
    out[5] = best.at[DROP];
    out[6] = best.base;
    out[7] = best.count > 7 ? best.chi / (best.count - 7) : NAN;
    out[8] = flat > 0 ? fmax(0, 1 - best.chi / flat) : NAN;
    return NN_OK;
}

const ds_feature_group ds_feature_villar = {
    .name = "villar",
    .summary = "rise, plateau and fall of a transient by a fit to the fluxes of each band",
    .source = "Villar et al. 2019 (doi 10.3847/1538-4357/ab418c); plateaus as of Hosseinzadeh et al. 2020",
    .on_request = true,
    .scope = DS_FEATURE_OF_BAND,
    .names = names,
    .compute = compute,
};
