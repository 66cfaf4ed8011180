/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameters of the transients outside the Galaxy. Literature values; docs/simulation.md names them. */
#include "datasets/simulate/source.h"

#include <gsl/gsl_randist.h>
#include <math.h>

static const double band_u = 3600, band_b = 4400, band_v = 5500, band_g = 4770, band_r = 6230;

/* The peak falls anywhere in the survey, and the slow ones also somewhat before it. */
static void draw_peak(ds_sim_source *source, double lead, gsl_rng *rng)
{
    ds_sim_object *o = source->object;
    o->true_peak = ds_sim_uniform(rng, DS_SIM_FIRST_MJD - lead * (1 + o->true_z), DS_SIM_LAST_MJD);
}

/* Two deviations either way: a brighter tail would rule what a survey limited by brightness finds. */
static double draw_magnitude(double mean, double deviation, gsl_rng *rng)
{
    return ds_sim_normal_within(rng, mean, deviation, mean - 2 * deviation, mean + 2 * deviation);
}

static void set_heat(ds_transient *s, double hot, double cool, double cooling, double pace)
{
    s->hot = hot;
    s->cool = cool;
    s->cooling = cooling;
    s->pace = pace;
}

static void set_cut(ds_transient *s, double wavelength, double power)
{
    s->cut = wavelength;
    s->power = power;
}

static void same_fall(ds_transient *s, double fall)
{
    s->fall = fall;
    for (int b = 0; b < DS_SIM_BANDS; b++)
        s->fall_at[b] = fall;
}

/* --- thermonuclear --- */

/* Days in which a SN Ia falls by e in u B V r i z at rest, for stretch 1. */
static double ia_fall(double wavelength)
{
    static const double at[] = {3600, 4400, 5500, 6230, 7600, 9000}, days[] = {12, 15, 20, 24, 28, 32};
    enum { NODES = sizeof at / sizeof *at };
    if (wavelength <= at[0])
        return days[0];
    for (int i = 1; i < NODES; i++)
        if (wavelength < at[i])
            return days[i - 1] + (days[i] - days[i - 1]) * (wavelength - at[i - 1]) / (at[i] - at[i - 1]);
    return days[NODES - 1];
}

/* What makes the second maximum: nothing below 6500 A, 0.10 there, 0.30 from 9000 A on; the cooling adds to
 * it. */
static double ia_bump(double wavelength)
{
    return wavelength < 6500 ? 0 : 0.10 + 0.20 * fmin((wavelength - 6500) / 2500, 1);
}

static void ia_shape(ds_sim_source *source, double rise, double stretch, bool bump)
{
    ds_transient *s = &source->transient;
    *s = (ds_transient){.curve = DS_CURVE_BAZIN, .reference = band_b, .anchor = band_v};
    s->rise = rise;
    s->fall = stretch * ia_fall(band_b);
    s->bump_time = 24 * stretch;
    s->bump_width = 7;
    for (int b = 0; b < DS_SIM_BANDS; b++) {
        const double rest = source->survey->wavelength[b] / (1 + source->object->true_z);
        s->fall_at[b] = stretch * ia_fall(rest);
        s->bump_at[b] = bump ? ia_bump(rest) : 0;
    }
    source->object->true_timescale = s->fall;
}

void ds_draw_ia(ds_sim_source *source, gsl_rng *rng)
{
    ds_sim_object *o = source->object;
    const double x1 = ds_sim_split_normal(rng, 0.973, 1.472, 0.222, -3, 2);
    const double c = ds_sim_split_normal(rng, -0.054, 0.043, 0.101, -0.3, 0.5);
    const double stretch = 0.98 + x1 * (0.091 + x1 * (0.003 - 0.00075 * x1));
    o->true_shape = x1;
    o->true_magnitude = -19.36 - 0.14 * x1 + 3.1 * c + ds_sim_normal(rng, 0, 0.1);
    ia_shape(source, ds_sim_uniform(rng, 4, 5) * stretch, stretch, true);
    set_heat(&source->transient, 11, 7.5, 15, 5);
    set_cut(&source->transient, 4000, 4);
    source->transient.excess = c;
    draw_peak(source, 20, rng);
    ds_transient_finish(source);
}

void ds_draw_91bg(ds_sim_source *source, gsl_rng *rng)
{
    ds_sim_object *o = source->object;
    double stretch, colour;
    do {
        gsl_ran_bivariate_gaussian(rng, 0.096, 0.175, -0.656, &stretch, &colour);
        stretch += 0.975;
    } while (stretch < 0.65 || stretch > 1.25);
    o->true_shape = stretch;
    o->true_magnitude = draw_magnitude(-17.2, 0.5, rng);
    ia_shape(source, ds_sim_uniform(rng, 3.5, 4.5) * stretch, 0.65 * stretch, false);
    set_heat(&source->transient, 7.5, 4.5, 10, 4);
    set_cut(&source->transient, 4000, 4);
    source->transient.excess = colour;
    draw_peak(source, 15, rng);
    ds_transient_finish(source);
}

void ds_draw_iax(ds_sim_source *source, gsl_rng *rng)
{
    const double bright = gsl_rng_uniform(rng);
    source->object->true_magnitude = -14 - 4.5 * bright;
    ia_shape(source, ds_sim_uniform(rng, 3.5, 5), 0.8 + 0.3 * bright, false);
    source->object->true_shape = bright;
    source->transient.reference = band_v;
    source->transient.fall = (0.8 + 0.3 * bright) * ia_fall(band_v);
    set_heat(&source->transient, 9, 5.5, 12, 5);
    set_cut(&source->transient, 4000, 4);
    draw_peak(source, 20, rng);
    ds_transient_finish(source);
}

/* --- core collapse --- */

/* Shares of the types per volume: Shivvers et al. 2017, rounded. */
void ds_draw_ii(ds_sim_source *source, gsl_rng *rng)
{
    ds_sim_object *o = source->object;
    ds_transient *s = &source->transient;
    const double type = gsl_rng_uniform(rng);
    *s = (ds_transient){.curve = DS_CURVE_VILLAR, .reference = band_b, .anchor = band_v};
    s->rise = ds_sim_uniform(rng, 2, 10) / 2;
    s->slope = ds_sim_uniform(rng, 0.1, 0.5);
    s->fall = ds_sim_uniform(rng, 5, 20);
    s->tail = ds_sim_uniform(rng, 0.05, 0.2);
    set_heat(s, 15, 5.8, 12, 8);
    if (type < 0.78) {
        o->true_model = "SNIIP";
        o->true_magnitude = draw_magnitude(-16.75, 0.98, rng);
        s->plateau = ds_sim_normal_within(rng, 84, 17, 40, 130);
    } else if (type < 0.90) {
        o->true_model = "SNIIL";
        o->true_magnitude = draw_magnitude(-17.98, 0.86, rng);
        s->plateau = ds_sim_uniform(rng, 5, 30);
        s->fall = ds_sim_uniform(rng, 15, 35);
    } else {
        o->true_model = "SNIIn";
        o->true_magnitude = draw_magnitude(-18.53, 1.36, rng);
        s->rise = ds_sim_uniform(rng, 3, 10);
        s->plateau = ds_sim_uniform(rng, 5, 30);
        s->fall = ds_sim_uniform(rng, 40, 100);
        set_heat(s, 12, 6.5, 40, 20);
    }
    o->true_timescale = s->plateau;
    set_cut(s, 4000, 1.5);
    draw_peak(source, 90, rng);
    ds_transient_finish(source);
}

static void ibc_shape(ds_sim_source *source, double rise, double fall, gsl_rng *rng)
{
    ds_transient *s = &source->transient;
    *s = (ds_transient){.curve = DS_CURVE_BAZIN, .reference = band_b, .rise = rise};
    same_fall(s, fall);
    source->object->true_timescale = s->fall;
    set_heat(s, 8, 5.5, 10, 5);
    set_cut(s, 4000, 3);
    s->excess = gsl_ran_exponential(rng, 0.05);
    draw_peak(source, 25, rng);
}

void ds_draw_ibc(ds_sim_source *source, gsl_rng *rng)
{
    source->object->true_magnitude = draw_magnitude(-17.5, 1.1, rng);
    const double rise = ds_sim_uniform(rng, 4, 8);
    ibc_shape(source, rise, fmax(ds_sim_uniform(rng, 15, 30), 2.5 * rise), rng);
    ds_transient_finish(source);
}

static void slsn_shape(ds_sim_source *source, double slow, gsl_rng *rng)
{
    ds_transient *s = &source->transient;
    *s = (ds_transient){.curve = DS_CURVE_BAZIN, .reference = band_u};
    s->rise = slow * ds_sim_uniform(rng, 15, 40) / 2;
    same_fall(s, fmax(slow * ds_sim_uniform(rng, 30, 100), 2.2 * s->rise));
    source->object->true_timescale = s->fall;
    set_heat(s, 15, 7, 20 * slow, 30 * slow / 2);
    set_cut(s, 3000, 1);
    draw_peak(source, 100 * slow, rng);
}

void ds_draw_slsn(ds_sim_source *source, gsl_rng *rng)
{
    source->object->true_magnitude = draw_magnitude(-21.7, 0.7, rng);
    slsn_shape(source, 1, rng);
    ds_transient_finish(source);
}

/* --- the rest --- */

void ds_draw_tde(ds_sim_source *source, gsl_rng *rng)
{
    ds_transient *s = &source->transient;
    *s = (ds_transient){.curve = DS_CURVE_TDE, .reference = band_g};
    s->rise = ds_sim_uniform(rng, 8, 15);
    s->fall = ds_sim_uniform(rng, 20, 60);
    source->object->true_timescale = s->fall;
    source->object->true_magnitude = draw_magnitude(-19.5, 1, rng);
    const double kelvin = gsl_ran_flat(rng, log(12), log(40));
    set_heat(s, exp(kelvin), exp(kelvin), 0, 1);
    draw_peak(source, 60, rng);
    ds_transient_finish(source);
}

void ds_draw_kilonova(ds_sim_source *source, gsl_rng *rng)
{
    ds_transient *s = &source->transient;
    *s = (ds_transient){.curve = DS_CURVE_KILONOVA, .reference = band_r};
    s->rise = ds_sim_uniform(rng, 0.3, 1);
    s->fall = 0.5;
    source->object->true_timescale = s->rise;
    source->object->true_magnitude = draw_magnitude(-15.7, 1, rng);
    s->hot = ds_sim_uniform(rng, 8, 12);
    s->cool = 2.5;
    draw_peak(source, 2, rng);
    ds_transient_finish(source);
}

/* Class 99: pair instability, calcium-rich, intermediate-luminosity transients. */
void ds_draw_other(ds_sim_source *source, gsl_rng *rng)
{
    ds_sim_object *o = source->object;
    const double type = gsl_rng_uniform(rng);
    if (type < 0.34) {
        o->true_model = "PISN";
        o->true_magnitude = draw_magnitude(-21.5, 0.7, rng);
        slsn_shape(source, 3, rng);
    } else if (type < 0.67) {
        o->true_model = "CaRT";
        o->true_z *= 0.3;
        o->true_magnitude = draw_magnitude(-15.5, 0.5, rng);
        ibc_shape(source, ds_sim_uniform(rng, 2.5, 4), ds_sim_uniform(rng, 8, 14), rng);
    } else {
        ds_transient *s = &source->transient;
        o->true_model = "ILOT";
        o->true_z *= 0.1;
        o->true_magnitude = ds_sim_uniform(rng, -15, -12);
        *s = (ds_transient){.curve = DS_CURVE_BAZIN, .reference = band_v, .rise = ds_sim_uniform(rng, 3, 10)};
        same_fall(s, ds_sim_uniform(rng, 30, 80));
        o->true_timescale = s->fall;
        set_heat(s, 6, 3.2, 20, 10);
        set_cut(s, 4000, 3);
        draw_peak(source, 60, rng);
    }
    ds_transient_finish(source);
}
