/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stars that are quiet but for a while: microlensing and the flares of M dwarfs. */
#include "datasets/simulate/source.h"

#include <gsl/gsl_randist.h>
#include <math.h>

enum { MOST_FLARES = 32 };

static void set_steady(ds_sim_source *source, double r, const double colour[DS_SIM_BANDS])
{
    for (int b = 0; b < DS_SIM_BANDS; b++) {
        const double m = r + colour[b] + ds_sky_extinction[b] * source->object->mwebv;
        source->mean[b] = source->steady[b] = pow(10, -0.4 * (m - 27.5));
    }
    source->object->true_magnitude = r;
}

/* --- microlensing --- */

double ds_lens_magnification(double u)
{
    return (u * u + 2) / (u * sqrt(u * u + 4));
}

void ds_draw_lens(ds_sim_source *source, gsl_rng *rng)
{
    static const double typical[DS_SIM_BANDS] = {2.5, 0.7, 0, -0.28, -0.45, -0.58};
    ds_star *s = &source->star;
    double colour[DS_SIM_BANDS];
    const double red = ds_sim_normal_within(rng, 1, 0.25, 0.4, 1.8);
    *s = (ds_star){.impact = fmax(ds_sim_uniform(rng, 0, 1.3), 0.001)};
    s->crossing = pow(10, ds_sim_normal(rng, 1.3, 0.4));
    s->blend = ds_sim_uniform(rng, 0.2, 1);
    for (int b = 0; b < DS_SIM_BANDS; b++)
        colour[b] = red * typical[b];
    set_steady(source, ds_sim_normal_within(rng, 19.2, 1.5, 15.5, 23), colour);
    source->object->true_peak = ds_sim_uniform(rng, DS_SIM_FIRST_MJD, DS_SIM_LAST_MJD);
    source->object->true_timescale = s->crossing;
    source->object->true_shape = s->impact;
}

void ds_observe_lens(ds_sim_source *source, ds_sim_epoch *epochs, int count, gsl_rng *rng)
{
    const ds_star *s = &source->star;
    (void)rng;
    for (ds_sim_epoch *e = epochs; e < epochs + count; e++) {
        const double u = hypot(s->impact, (e->mjd - source->object->true_peak) / s->crossing);
        e->truth = source->steady[e->band] * s->blend * (ds_lens_magnification(u) - 1);
    }
}

/* --- flares --- */

double ds_flare_profile(double x)
{
    if (x <= -1)
        return 0;
    if (x < 0)
        return 1 + x * (1.941 + x * (-0.175 + x * (-2.246 - 1.125 * x)));
    return 0.6890 * exp(-1.600 * x) + 0.3030 * exp(-0.2783 * x);
}

void ds_draw_dwarf(ds_sim_source *source, gsl_rng *rng)
{
    static const double typical[DS_SIM_BANDS] = {3.5, 1.2, 0, -1.65, -2.4, -2.95};
    ds_star *s = &source->star;
    double colour[DS_SIM_BANDS];
    const double cool = ds_sim_normal_within(rng, 1, 0.12, 0.7, 1.25), kelvin = ds_sim_uniform(rng, 9, 10);
    *s = (ds_star){.strength = 0.02};
    s->flares = exp(ds_sim_uniform(rng, log(0.3), log(6)));
    for (int b = 0; b < DS_SIM_BANDS; b++) {
        colour[b] = typical[b] * (b == DS_SIM_U || b == DS_SIM_G ? 1 : cool);
        s->heat[b] = ds_sim_black_body(ds_sim_wavelength[b], kelvin) /
                     ds_sim_black_body(ds_sim_wavelength[DS_SIM_U], kelvin);
    }
    set_steady(source, ds_sim_normal_within(rng, 21.4, 1.4, 18.5, 24), colour);
    source->object->true_shape = s->flares;
}

typedef struct flare {
    double peak, half, height; /* MJD, days, flux in u */
} flare;

/* Flares between 0.6 days before mjd and 0.2 after it. Energies fall as E^-1.8 over four decades; the energy
 * goes into both height and length, which lies between one minute and one hour. */
static int draw_flares(const ds_sim_source *source, double mjd, flare flares[MOST_FLARES], gsl_rng *rng)
{
    const ds_star *s = &source->star;
    const int count = (int)fmin(gsl_ran_poisson(rng, 0.8 * s->flares), MOST_FLARES);
    for (int i = 0; i < count; i++) {
        const double energy = fmin(gsl_ran_pareto(rng, 0.8, 1), 1e4);
        const double minutes = fmin(fmax(1.5 * pow(energy, 0.35) * exp(ds_sim_normal(rng, 0, 0.4)), 1), 60);
        flares[i].peak = mjd + ds_sim_uniform(rng, -0.6, 0.2);
        flares[i].half = minutes / 1440;
        flares[i].height = source->steady[DS_SIM_U] * s->strength * 20 * energy / minutes;
    }
    return count;
}

/* The flares of a night are those of all its visits. */
void ds_observe_dwarf(ds_sim_source *source, ds_sim_epoch *epochs, int count, gsl_rng *rng)
{
    flare flares[MOST_FLARES];
    int flaring = 0;
    double night = -1;
    for (ds_sim_epoch *e = epochs; e < epochs + count; e++) {
        if (floor(e->mjd - 0.5) != night) {
            night = floor(e->mjd - 0.5);
            flaring = draw_flares(source, e->mjd, flares, rng);
        }
        e->truth = 0;
        for (int i = 0; i < flaring; i++)
            e->truth += source->star.heat[e->band] * flares[i].height *
                        ds_flare_profile((e->mjd - flares[i].peak) / flares[i].half);
    }
}
