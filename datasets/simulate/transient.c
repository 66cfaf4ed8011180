/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A transient's flux from its parameters; see ds_transient. */
#include "datasets/simulate/source.h"

#include <math.h>

double ds_sim_black_body(double wavelength, double temperature)
{
    const double hc_over_k = 1.438777e5; /* Angstrom kK */
    const double nu = 1e4 / wavelength, t2 = temperature * temperature;
    return nu * nu * nu / expm1(hc_over_k / (wavelength * temperature)) / (t2 * t2);
}

double ds_transient_temperature(const ds_transient *s, double t)
{
    if (s->curve == DS_CURVE_KILONOVA) {
        const double since = t + s->shift;
        return since < 0.5 ? s->hot : fmax(s->cool, s->hot * pow(since / 0.5, -0.6));
    }
    return s->cool + (s->hot - s->cool) / (1 + exp((t - s->cooling) / s->pace));
}

/* --- curves in their own time, without scale --- */

/* Bazin et al. 2009. */
static double bazin(double t, double rise, double fall)
{
    return exp(-t / fall) / (1 + exp(-t / rise));
}

static double bazin_peak(double rise, double fall)
{
    return rise * log(fall / rise - 1);
}

/* Villar et al. 2019 with the slope as a share of the peak; the radioactive tail follows cobalt. */
static double villar(const ds_transient *s, double t)
{
    const double cobalt = 111.3, after = t - s->plateau;
    const double shape =
        after < 0 ? 1 - s->slope * fmax(t, 0) / s->plateau
                  : (1 - s->slope) * ((1 - s->tail) * exp(-after / s->fall) + s->tail * exp(-after / cobalt));
    return shape / (1 + exp(-t / s->rise));
}

static double disruption(const ds_transient *s, double t)
{
    return t < 0 ? exp(-0.5 * t * t / (s->rise * s->rise)) : pow(1 + t / s->fall, -5.0 / 3);
}

static double kilonova(const ds_transient *s, double t)
{
    return t <= 0 ? 0 : -expm1(-t / s->rise) * pow(1 + t / 0.5, -1.3);
}

double ds_transient_curve(const ds_transient *s, double t, int band)
{
    const double own = t + s->shift;
    double f = 0;
    switch (s->curve) {
    case DS_CURVE_BAZIN: {
        const double fall = band < 0 ? s->fall : s->fall_at[band];
        f = bazin(own, s->rise, fall) / bazin(bazin_peak(s->rise, fall), s->rise, fall);
        if (band >= 0 && s->bump_at[band] > 0) {
            const double x = (t - s->bump_time) / s->bump_width;
            f += s->bump_at[band] * exp(-0.5 * x * x);
        }
        return f;
    }
    case DS_CURVE_VILLAR:
        return villar(s, own);
    case DS_CURVE_TDE:
        return disruption(s, own);
    case DS_CURVE_KILONOVA:
        return kilonova(s, own);
    }
    return f;
}

/* --- from parameters to flux --- */

double ds_transient_spectrum(const ds_transient *s, double wavelength, double temperature)
{
    const double f = ds_sim_black_body(wavelength, temperature);
    return s->anchor > 0 ? f / ds_sim_black_body(s->anchor, temperature) : f;
}

/* Own time at which the flux at the reference wavelength peaks, cooling included. */
static double find_peak(ds_transient *s)
{
    const double last = s->curve == DS_CURVE_KILONOVA ? 3 : 12 * s->rise + 5, steps = 120;
    double best = 0, at = 0;
    s->shift = 0;
    for (int i = 0; i <= steps; i++) {
        const double t = last * i / steps;
        const double f =
            ds_transient_curve(s, t, -1) *
            (s->curve == DS_CURVE_KILONOVA ? ds_sim_black_body(s->reference, ds_transient_temperature(s, t))
                                           : 1);
        if (f > best) {
            best = f;
            at = t;
        }
    }
    return at;
}

static double ultraviolet_cut(const ds_transient *s, double wavelength)
{
    return wavelength >= s->cut ? 1 : pow(wavelength / s->cut, s->power);
}

/* What a reddening of E(B-V) = 1 takes at a rest wavelength beyond what it takes at the reference. */
static double reddening(const ds_transient *s, double wavelength)
{
    return 4.1 * (pow(wavelength / 4400, -1.3) - pow(s->reference / 4400, -1.3));
}

void ds_transient_finish(ds_sim_source *source)
{
    ds_transient *s = &source->transient;
    const ds_sim_object *o = source->object;
    const double a = 1 + o->true_z;
    s->shift = s->curve == DS_CURVE_BAZIN ? bazin_peak(s->rise, s->fall)
               : s->curve == DS_CURVE_TDE ? 0
                                          : find_peak(s);
    const double hot = ds_transient_temperature(s, 0), top = ds_transient_curve(s, 0, -1);
    const double unit = top * ds_transient_spectrum(s, s->reference, hot) * ultraviolet_cut(s, s->reference);
    const double far = o->true_magnitude + ds_sky_distmod(source->sky, o->true_z) - 2.5 * log10(a) - 27.5;
    for (int b = 0; b < DS_SIM_BANDS; b++) {
        const double lambda = s->lambda[b] = source->survey->wavelength[b] / a;
        const double dimming =
            far + source->survey->extinction[b] * o->mwebv + s->excess * reddening(s, lambda);
        s->scale[b] = pow(10, -0.4 * dimming) * ultraviolet_cut(s, lambda) / unit;
        source->steady[b] = 0;
        source->brightest[b] =
            s->scale[b] * ds_transient_curve(s, 0, b) * ds_transient_spectrum(s, lambda, hot);
    }
}

void ds_observe_transient(ds_sim_source *source, ds_sim_epoch *epochs, int count, gsl_rng *rng)
{
    const ds_transient *s = &source->transient;
    const ds_sim_object *o = source->object;
    (void)rng;
    for (ds_sim_epoch *e = epochs; e < epochs + count; e++) {
        const double t = (e->mjd - o->true_peak) / (1 + o->true_z), own = t + s->shift;
        const bool early = own < -25 * s->rise;
        const double f = early ? 0 : s->scale[e->band] * ds_transient_curve(s, t, e->band);
        e->truth =
            f > 0 ? f * ds_transient_spectrum(s, s->lambda[e->band], ds_transient_temperature(s, t)) : 0;
    }
}
