/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When the survey looks, how deep, and what it detects. */
#include "datasets/simulate/source.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double magnitude = 1.0857362047581294; /* of one relative flux: 2.5 / ln 10 */
enum { MOST_NIGHTS = 1096 };

/* --- nights --- */

/* Nights between first and last within half days of the object's opposition, in order. */
static int season_nights(double ra, double half, double nights[MOST_NIGHTS])
{
    const double year = 365.25, march_equinox = 59658;
    const double opposition = march_equinox + (ra - 180) / 360 * year;
    int count = 0;
    for (double night = DS_SIM_FIRST_MJD; night < DS_SIM_LAST_MJD && count < MOST_NIGHTS; night++) {
        const double off = remainder(night - opposition, year);
        if (fabs(off) <= half)
            nights[count++] = night;
    }
    return count;
}

/* Keeps about `wanted` of the nights, at random, in order. */
static int choose_nights(double *nights, int count, int wanted, gsl_rng *rng)
{
    int kept = 0;
    for (int i = 0; i < count && kept < wanted; i++)
        if (gsl_rng_uniform(rng) * (count - i) < wanted - kept)
            nights[kept++] = nights[i];
    return kept;
}

/* Hours around local midnight in Chile, which is 0.2 of a day of MJD. */
static double moment(double night, gsl_rng *rng)
{
    return night + 0.2 + ds_sim_uniform(rng, -0.15, 0.15);
}

/* 0 at new moon, 1 at full moon. */
static double moonlight(double mjd)
{
    return 0.5 - 0.5 * cos(2 * M_PI * (mjd - 59581.8) / 29.530588);
}

static ds_sim_epoch epoch_at(const ds_sim_survey *survey, double mjd, int band, bool deep, gsl_rng *rng)
{
    const double *d = survey->depth[deep][band];
    return (ds_sim_epoch){.mjd = mjd, .band = band, .error = exp(ds_sim_normal(rng, d[0], d[1]))};
}

/* --- the wide survey --- */

static bool is_ultraviolet(const ds_sim_survey *survey, int band)
{
    return survey->wavelength[band] < 4200;
}

/* The moon shifts u and g to dark nights, z and y to bright ones. */
static int wide_band(const ds_sim_survey *survey, double light, gsl_rng *rng)
{
    double weight[DS_SIM_BANDS], total = 0;
    for (int b = 0; b < survey->count; b++) {
        const double w = survey->wavelength[b], tilt = is_ultraviolet(survey, b) ? 2 - 2 * light
                                                       : w < 5600                ? 1.5 - light
                                                       : w > 8100                ? 0.6 + 0.8 * light
                                                                                 : 1;
        total += weight[b] = survey->visits[b] * tilt;
    }
    double left = gsl_rng_uniform(rng) * total;
    int band = 0;
    while (band < survey->count - 1 && left >= weight[band])
        left -= weight[band++];
    return band;
}

static int wide_count(gsl_rng *rng)
{
    for (;;) {
        const double which = gsl_rng_uniform(rng);
        const double n = which < 0.05   ? ds_sim_normal(rng, 95, 20)
                         : which < 0.45 ? ds_sim_normal(rng, 115, 8)
                                        : ds_sim_normal(rng, 138, 8);
        if (n >= 50 && n <= 200)
            return (int)lround(n);
    }
}

static int plan_wide(const ds_sim_survey *survey, double ra, ds_sim_epoch *epochs, gsl_rng *rng)
{
    const double pairs = 0.5; /* share of nights with a second visit */
    double nights[MOST_NIGHTS];
    const int wanted = wide_count(rng);
    int count = season_nights(ra, 91 + ds_sim_uniform(rng, -6, 6), nights), n = 0;
    count = choose_nights(nights, count, (int)ceil(wanted / (1 + pairs)), rng);
    for (int i = 0; i < count; i++) {
        const double mjd = moment(nights[i], rng);
        int band = wide_band(survey, moonlight(mjd), rng);
        epochs[n++] = epoch_at(survey, mjd, band, false, rng);
        if (gsl_rng_uniform(rng) >= pairs)
            continue;
        if (!is_ultraviolet(survey, band) && gsl_rng_uniform(rng) < 0.5)
            band = band < survey->count - 1 ? band + 1 : band ? band - 1 : 0;
        epochs[n++] = epoch_at(survey, mjd + ds_sim_uniform(rng, 15, 40) / 1440, band, false, rng);
    }
    return n;
}

/* --- the deep fields --- */

static int by_time(const void *a, const void *b)
{
    const double x = ((const ds_sim_epoch *)a)->mjd, y = ((const ds_sim_epoch *)b)->mjd;
    return (x > y) - (x < y);
}

/* grizy one after the other every few nights, u in dark nights between. */
static int plan_deep(const ds_sim_survey *survey, double ra, ds_sim_epoch *epochs, gsl_rng *rng)
{
    static const int lsst[] = {DS_SIM_R, DS_SIM_G, DS_SIM_I, DS_SIM_Z, DS_SIM_Y};
    int order[DS_SIM_BANDS], optical = 0;
    for (int k = 0; k < survey->count; k++)
        if (!is_ultraviolet(survey, k))
            order[optical++] = k;
    if (survey->lsst)
        memcpy(order, lsst, sizeof lsst);
    const bool first = survey->count > optical; /* in the ultraviolet */
    double nights[MOST_NIGHTS];
    const int wanted = (int)lround(ds_sim_normal_within(rng, 330, 30, 200, 440));
    const int ultraviolet = (int)lround(wanted * ds_sim_uniform(rng, 0.1, 0.2));
    const int count = season_nights(ra, ds_sim_uniform(rng, 56, 74), nights),
              sets = (wanted - ultraviolet) / 5;
    int n = 0, dark = 0;
    bool taken[MOST_NIGHTS] = {false};
    for (int i = 0; i < sets; i++) { /* one night of every stretch, so that gaps stay short */
        const int night = (int)((i + gsl_rng_uniform(rng)) * count / sets);
        const double mjd = moment(nights[night], rng);
        taken[night] = true;
        for (int k = 0; k < optical; k++)
            epochs[n++] = epoch_at(survey, mjd + k * 0.0076, order[k], true, rng);
    }
    for (int i = 0; i < count; i++)
        if (!taken[i] && moonlight(nights[i]) < 0.5)
            nights[dark++] = nights[i];
    dark = choose_nights(nights, dark, ultraviolet, rng);
    for (int i = 0; i < dark && first; i++)
        epochs[n++] = epoch_at(survey, moment(nights[i], rng), DS_SIM_U, true, rng);
    qsort(epochs, (size_t)n, sizeof *epochs, by_time);
    return n;
}

int ds_survey_plan(const ds_sim_survey *survey, const ds_sim_object *object, ds_sim_epoch *epochs,
                   gsl_rng *rng)
{
    return object->deep ? plan_deep(survey, object->ra, epochs, rng)
                        : plan_wide(survey, object->ra, epochs, rng);
}

/* --- measurement --- */

double ds_survey_detection(double signal_to_noise)
{
    return 0.5 * erfc((5.5 - signal_to_noise) / 2);
}

/* LSST's sigma^2 = (0.04 - gamma) x + gamma x^2 mag^2 with x = 10^(0.4 (m - m5)): in flux its first term
 * grows with the source and its second is the sky that the depth table already holds. Then a floor of 0.005
 * mag. */
static double bright_error(const ds_sim_survey *survey, const ds_sim_epoch *e, double flux)
{
    const double limit = 5 * e->error, floor = 0.005 * flux / magnitude;
    const double photons = (0.04 - survey->gamma[e->band]) * limit * flux / (magnitude * magnitude);
    return sqrt(e->error * e->error + photons + floor * floor);
}

int ds_survey_observe(const ds_sim_survey *survey, ds_sim_epoch *epochs, int count,
                      const double steady[DS_SIM_BANDS], gsl_rng *rng)
{
    int detections = 0;
    for (ds_sim_epoch *e = epochs; e < epochs + count; e++) {
        e->error = bright_error(survey, e, fmax(steady[e->band] + e->truth, 0));
        e->flux = e->truth + ds_sim_normal(rng, 0, e->error);
        e->detected = gsl_rng_uniform(rng) < ds_survey_detection(fabs(e->flux) / e->error);
        detections += e->detected;
    }
    return detections;
}
