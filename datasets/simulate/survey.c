/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When the survey looks, how deep, and what it detects. */
#include "datasets/simulate/source.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

/* ln FLUXCAL error of a faint source: mean and deviation, per band; wide-fast-deep, then deep drilling. From
 * PLAsTiCC, by way of avocado (Boone 2019). */
static const double depth[2][DS_SIM_BANDS][2] = {
    {{2.34, 0.43}, {0.94, 0.41}, {1.30, 0.41}, {1.82, 0.42}, {2.56, 0.36}, {3.33, 0.37}},
    {{0.68, 0.26}, {0.25, 0.50}, {0.16, 0.36}, {0.53, 0.27}, {0.88, 0.22}, {1.76, 0.23}}};
/* Share of the photons' noise in LSST's formula (Ivezic et al. 2019), per band. */
static const double photon_gamma[DS_SIM_BANDS] = {0.037, 0.038, 0.039, 0.039, 0.040, 0.040};
/* Visits a year of the wide survey. */
static const double visits[DS_SIM_BANDS] = {5.6, 8, 18.4, 18.4, 16, 16};
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

static ds_sim_epoch epoch_at(double mjd, int band, bool deep, gsl_rng *rng)
{
    const double *d = depth[deep][band];
    return (ds_sim_epoch){.mjd = mjd, .band = band, .error = exp(ds_sim_normal(rng, d[0], d[1]))};
}

/* --- the wide survey --- */

/* The moon shifts u and g to dark nights, z and y to bright ones. */
static int wide_band(double light, gsl_rng *rng)
{
    double weight[DS_SIM_BANDS], total = 0;
    for (int b = 0; b < DS_SIM_BANDS; b++) {
        const double tilt = b == DS_SIM_U   ? 2 - 2 * light
                            : b == DS_SIM_G ? 1.5 - light
                            : b >= DS_SIM_Z ? 0.6 + 0.8 * light
                                            : 1;
        total += weight[b] = visits[b] * tilt;
    }
    double left = gsl_rng_uniform(rng) * total;
    int band = 0;
    while (band < DS_SIM_Y && left >= weight[band])
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

static int plan_wide(double ra, ds_sim_epoch *epochs, gsl_rng *rng)
{
    const double pairs = 0.5; /* share of nights with a second visit */
    double nights[MOST_NIGHTS];
    const int wanted = wide_count(rng);
    int count = season_nights(ra, 91 + ds_sim_uniform(rng, -6, 6), nights), n = 0;
    count = choose_nights(nights, count, (int)ceil(wanted / (1 + pairs)), rng);
    for (int i = 0; i < count; i++) {
        const double mjd = moment(nights[i], rng);
        int band = wide_band(moonlight(mjd), rng);
        epochs[n++] = epoch_at(mjd, band, false, rng);
        if (gsl_rng_uniform(rng) >= pairs)
            continue;
        if (band != DS_SIM_U && gsl_rng_uniform(rng) < 0.5)
            band = band == DS_SIM_Y ? DS_SIM_Z : band + 1;
        epochs[n++] = epoch_at(mjd + ds_sim_uniform(rng, 15, 40) / 1440, band, false, rng);
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
static int plan_deep(double ra, ds_sim_epoch *epochs, gsl_rng *rng)
{
    static const int order[] = {DS_SIM_R, DS_SIM_G, DS_SIM_I, DS_SIM_Z, DS_SIM_Y};
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
        for (int k = 0; k < 5; k++)
            epochs[n++] = epoch_at(mjd + k * 0.0076, order[k], true, rng);
    }
    for (int i = 0; i < count; i++)
        if (!taken[i] && moonlight(nights[i]) < 0.5)
            nights[dark++] = nights[i];
    dark = choose_nights(nights, dark, ultraviolet, rng);
    for (int i = 0; i < dark; i++)
        epochs[n++] = epoch_at(moment(nights[i], rng), DS_SIM_U, true, rng);
    qsort(epochs, (size_t)n, sizeof *epochs, by_time);
    return n;
}

int ds_survey_plan(const ds_sim_object *object, ds_sim_epoch *epochs, gsl_rng *rng)
{
    return object->deep ? plan_deep(object->ra, epochs, rng) : plan_wide(object->ra, epochs, rng);
}

/* --- measurement --- */

double ds_survey_detection(double signal_to_noise)
{
    return 0.5 * erfc((5.5 - signal_to_noise) / 2);
}

/* LSST's sigma^2 = (0.04 - gamma) x + gamma x^2 mag^2 with x = 10^(0.4 (m - m5)): in flux its first term
 * grows with the source and its second is the sky that the depth table already holds. Then a floor of 0.005
 * mag. */
static double bright_error(const ds_sim_epoch *e, double flux)
{
    const double limit = 5 * e->error, floor = 0.005 * flux / magnitude;
    const double photons = (0.04 - photon_gamma[e->band]) * limit * flux / (magnitude * magnitude);
    return sqrt(e->error * e->error + photons + floor * floor);
}

int ds_survey_observe(ds_sim_epoch *epochs, int count, const double steady[DS_SIM_BANDS], gsl_rng *rng)
{
    int detections = 0;
    for (ds_sim_epoch *e = epochs; e < epochs + count; e++) {
        e->error = bright_error(e, fmax(steady[e->band] + e->truth, 0));
        e->flux = e->truth + ds_sim_normal(rng, 0, e->error);
        e->detected = gsl_rng_uniform(rng) < ds_survey_detection(fabs(e->flux) / e->error);
        detections += e->detected;
    }
    return detections;
}
