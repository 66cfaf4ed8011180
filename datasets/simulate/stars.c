/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Periodic variable stars: RR Lyrae, eclipsing binaries, Miras. */
#include "datasets/simulate/source.h"

#include <gsl/gsl_math.h>
#include <math.h>

enum { TEMPLATE_VISITS = 8 };

/* Magnitudes against r for a mean r magnitude, dust added. */
static void set_mean(ds_sim_source *source, double r, const double colour[DS_SIM_BANDS])
{
    const ds_sim_object *o = source->object;
    for (int b = 0; b < DS_SIM_BANDS; b++) {
        const double m = r + colour[b] + ds_sky_extinction[b] * o->mwebv;
        source->mean[b] = pow(10, -0.4 * (m - 27.5));
    }
    source->object->true_magnitude = r;
}

/* A star's colours against r when it is a black body, with the lines that take a cool star's u. */
static void star_colours(double temperature, double colour[DS_SIM_BANDS])
{
    const double r = ds_sim_black_body(ds_sim_wavelength[DS_SIM_R], temperature);
    for (int b = 0; b < DS_SIM_BANDS; b++)
        colour[b] = -2.5 * log10(ds_sim_black_body(ds_sim_wavelength[b], temperature) / r);
    colour[DS_SIM_U] += 0.9;
}

/* Truth = flux of the moment less the mean of some visits before the survey. */
static void observe(ds_sim_source *source, ds_sim_epoch *epochs, int count,
                    double (*relative)(const ds_star *star, double mjd, int band), gsl_rng *rng)
{
    const ds_star *s = &source->star;
    const double start = DS_SIM_FIRST_MJD - ds_sim_uniform(rng, 200, 400);
    double visit[TEMPLATE_VISITS];
    for (int i = 0; i < TEMPLATE_VISITS; i++)
        visit[i] = start + ds_sim_uniform(rng, 0, 100);
    for (int b = 0; b < DS_SIM_BANDS; b++) {
        source->steady[b] = 0;
        for (int i = 0; i < TEMPLATE_VISITS; i++)
            source->steady[b] += source->mean[b] * relative(s, visit[i], b) / TEMPLATE_VISITS;
    }
    for (ds_sim_epoch *e = epochs; e < epochs + count; e++)
        e->truth = source->mean[e->band] * relative(s, e->mjd, e->band) - source->steady[e->band];
}

static double phase_of(const ds_star *s, double mjd)
{
    const double cycles = (mjd - DS_SIM_FIRST_MJD) / s->period + s->phase;
    return cycles - floor(cycles);
}

/* --- RR Lyrae --- */

void ds_draw_rrlyrae(ds_sim_source *source, gsl_rng *rng)
{
    static const double ratio[DS_SIM_BANDS] = {0.95, 1, 0.72, 0.57, 0.52, 0.50};
    static const double typical[DS_SIM_BANDS] = {2.1, 0.2, 0, -0.01, 0, 0};
    ds_star *s = &source->star;
    double colour[DS_SIM_BANDS], blue = ds_sim_normal(rng, 0, 0.1);
    *s = (ds_star){.phase = gsl_rng_uniform(rng)};
    const bool ab = gsl_rng_uniform(rng) < 0.75;
    s->period = ab ? ds_sim_normal_within(rng, 0.57, 0.08, 0.40, 0.85) : ds_sim_uniform(rng, 0.20, 0.45);
    s->rise = ab ? ds_sim_uniform(rng, 0.12, 0.20) : 0;
    /* Longer periods have smaller amplitudes (Bailey's diagram). */
    const double g = ab ? fmin(fmax(1.1 - 2.2 * (s->period - 0.55) + ds_sim_normal(rng, 0, 0.15), 0.3), 1.4)
                        : ds_sim_uniform(rng, 0.2, 0.6);
    for (int b = 0; b < DS_SIM_BANDS; b++) {
        s->amplitude[b] = g * ratio[b];
        colour[b] = typical[b] + blue * (b == DS_SIM_U ? 1.5 : b == DS_SIM_G ? 0.8 : b > DS_SIM_R ? -0.5 : 0);
    }
    double r;
    do
        r = 16 - 1.4 * log(1 - gsl_rng_uniform(rng));
    while (r > 22);
    set_mean(source, r, colour);
    source->object->true_model = ab ? "RRab" : "RRc";
    source->object->true_period = s->period;
    source->object->true_shape = g;
}

/* Brightest at phase 0. RRab: fast and then slower fall, a flat minimum, a steep rise. */
static double rrlyrae(const ds_star *s, double mjd, int band)
{
    const double phase = phase_of(s, mjd);
    double faint;
    if (s->rise == 0)
        faint = 0.5 - 0.5 * cos(2 * M_PI * phase + 0.25 * sin(2 * M_PI * phase));
    else if (phase < 1 - s->rise)
        faint = pow(sin(M_PI_2 * phase / (1 - s->rise)), 0.9);
    else
        faint = 0.5 + 0.5 * cos(M_PI * (phase - 1 + s->rise) / s->rise);
    return pow(10, -0.4 * s->amplitude[band] * (faint - 0.6));
}

void ds_observe_rrlyrae(ds_sim_source *source, ds_sim_epoch *epochs, int count, gsl_rng *rng)
{
    observe(source, epochs, count, rrlyrae, rng);
}

/* --- eclipsing binaries --- */

void ds_draw_binary(ds_sim_source *source, gsl_rng *rng)
{
    ds_star *s = &source->star;
    double colour[DS_SIM_BANDS], first;
    *s = (ds_star){.phase = gsl_rng_uniform(rng)};
    const bool contact = gsl_rng_uniform(rng) < 0.4;
    if (contact) {
        s->period = ds_sim_uniform(rng, 0.25, 0.6);
        s->width = ds_sim_uniform(rng, 0.08, 0.12);
        s->ellipse = ds_sim_uniform(rng, 0.1, 0.35) / 2;
        first = ds_sim_uniform(rng, 0.05, 0.3);
    } else {
        s->period = exp(ds_sim_normal_within(rng, log(2), 1, log(0.2), log(20)));
        s->width = fmin(ds_sim_uniform(rng, 0.01, 0.06) * fmax(pow(2 / s->period, 0.3), 0.5), 0.08);
        s->ellipse = ds_sim_uniform(rng, 0, 0.02);
        first = ds_sim_uniform(rng, 0.05, 0.6);
    }
    /* A cooler second star is eclipsed more deeply in the red than in the blue, and less when it is fainter.
     */
    const double second = first * (contact ? ds_sim_uniform(rng, 0.6, 1) : ds_sim_uniform(rng, 0.1, 1));
    for (int b = 0; b < DS_SIM_BANDS; b++) {
        const double red = log(ds_sim_wavelength[b] / ds_sim_wavelength[DS_SIM_R]),
                     cooler = 1 - second / first;
        s->amplitude[b] = fmin(first * (1 - 0.15 * cooler * red), 0.9);
        s->second[b] = fmin(fmax(second * (1 + 0.6 * cooler * red), 0.01), s->amplitude[b]);
    }
    star_colours(exp(ds_sim_uniform(rng, log(4), log(9))), colour);
    set_mean(source, ds_sim_normal_within(rng, 18.3, 1.7, 15, 22.5), colour);
    source->object->true_model = contact ? "contact" : "detached";
    source->object->true_period = s->period;
    source->object->true_shape = first;
}

static double eclipse(double phase, double centre, double width)
{
    const double off = phase - centre, x = (off - rint(off)) / width;
    return fabs(x) < 8 ? exp(-0.5 * x * x) : 0;
}

static double binary(const ds_star *s, double mjd, int band)
{
    const double phase = phase_of(s, mjd);
    const double f = 1 - s->amplitude[band] * eclipse(phase, 0, s->width) -
                     s->second[band] * eclipse(phase, 0.5, s->width) - s->ellipse * cos(4 * M_PI * phase);
    return fmax(f, 0.02);
}

void ds_observe_binary(ds_sim_source *source, ds_sim_epoch *epochs, int count, gsl_rng *rng)
{
    observe(source, epochs, count, binary, rng);
}

/* --- Miras --- */

void ds_draw_mira(ds_sim_source *source, gsl_rng *rng)
{
    static const double least[DS_SIM_BANDS] = {2.5, 2.5, 2, 1.5, 1, 0.8},
                        most[DS_SIM_BANDS] = {6, 6, 5, 3, 2.5, 2};
    static const double typical[DS_SIM_BANDS] = {2.4, 1.24, 0, -2.84, -4.2, -4.9};
    ds_star *s = &source->star;
    double colour[DS_SIM_BANDS];
    *s = (ds_star){.phase = gsl_rng_uniform(rng)};
    s->period = ds_sim_uniform(rng, 100, 700);
    s->rise = ds_sim_uniform(rng, 0.3, 0.5);
    const double size = gsl_rng_uniform(rng), red = ds_sim_normal_within(rng, 1, 0.12, 0.6, 1.4);
    for (int b = 0; b < DS_SIM_BANDS; b++) {
        s->amplitude[b] = least[b] + size * (most[b] - least[b]);
        colour[b] = red * typical[b];
    }
    for (size_t i = 0; i < sizeof s->cycle / sizeof *s->cycle; i++)
        s->cycle[i] = ds_sim_uniform(rng, 0.9, 1.1);
    set_mean(source, ds_sim_normal_within(rng, 22, 1.8, 17.5, 24.5), colour);
    source->object->true_period = s->period;
    source->object->true_shape = s->amplitude[DS_SIM_G];
}

/* Brightest at phase 0, half a sine down and half a sine up. The amplitude changes at maximum, where two
 * cycles meet at the same brightness: it sets how deep the minimum is. */
static double mira(const ds_star *s, double mjd, int band)
{
    const double phase = phase_of(s, mjd);
    const long cycle = lround((mjd - DS_SIM_FIRST_MJD) / s->period + s->phase - phase);
    const double fall = 1 - s->rise;
    const double x = phase < fall ? phase / fall : (1 - phase) / s->rise;
    const double deep = s->cycle[(unsigned long)cycle & 63], faint = deep * (0.5 - 0.5 * cos(M_PI * x));
    return pow(10, -0.4 * s->amplitude[band] * (faint - 0.5));
}

void ds_observe_mira(ds_sim_source *source, ds_sim_epoch *epochs, int count, gsl_rng *rng)
{
    observe(source, epochs, count, mira, rng);
}
