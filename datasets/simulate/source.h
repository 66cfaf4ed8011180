/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the light-curve simulator: the sky, the survey, and what a family of sources does. */
#ifndef DS_SIMULATE_SOURCE_H
#define DS_SIMULATE_SOURCE_H

#include "datasets/simulate/simulate.h"

#include <gsl/gsl_rng.h>

/* Effective wavelengths of u g r i z y, Angstrom. */
extern const double ds_sim_wavelength[DS_SIM_BANDS];
/* A table of ugrizy read at a wavelength. */
double ds_sim_between(const double table[DS_SIM_BANDS], double wavelength);
enum { DS_SIM_U, DS_SIM_G, DS_SIM_R, DS_SIM_I, DS_SIM_Z, DS_SIM_Y };

/* --- random numbers --- */

/* splitmix64 (lib/random.h) as a generator of GSL: 64-bit seeds that give unrelated streams and cost nothing
 * to set. */
extern const gsl_rng_type *const ds_sim_generator;
/* The seed of stream `number` of a seed. */
uint64_t ds_sim_mix(uint64_t seed, uint64_t number);
double ds_sim_uniform(gsl_rng *rng, double least, double most);
double ds_sim_normal(gsl_rng *rng, double mean, double deviation);
/* Normal, drawn again until it falls into [least, most]. */
double ds_sim_normal_within(gsl_rng *rng, double mean, double deviation, double least, double most);
/* Two half normals joined at the peak, within [least, most]. */
double ds_sim_split_normal(gsl_rng *rng, double peak, double below, double above, double least, double most);

/* --- the sky --- */

typedef enum ds_rate {
    DS_RATE_NONE, /* in the Galaxy */
    DS_RATE_IA,
    DS_RATE_91BG,
    DS_RATE_STARS, /* follows the star formation of Madau & Dickinson 2014 */
    DS_RATE_TDE,
    DS_RATE_FLAT,
    DS_RATE_AGN
} ds_rate;

/* Distances in a flat universe with H0 = 70 km/s/Mpc, Omega_m = 0.3, tabulated up to DS_SKY_FARTHEST. */
#define DS_SKY_FARTHEST 4.0
typedef struct ds_sky ds_sky;
ds_sky *ds_sky_new(void); /* NULL without memory */
void ds_sky_free(ds_sky *sky);
/* Distance modulus of 0.0005 <= z <= DS_SKY_FARTHEST; nearer ones by Hubble's law. */
double ds_sky_distmod(const ds_sky *sky, double z);
/* dV/dz over the whole sky, Mpc^3. */
double ds_sky_volume(const ds_sky *sky, double z);

/* Inverse of the cumulative p(z) ~ R(z)/(1+z) dV/dz on [least, most]. */
enum { DS_REDSHIFT_NODES = 600 };
typedef struct ds_redshifts {
    double z[DS_REDSHIFT_NODES], cumulative[DS_REDSHIFT_NODES];
} ds_redshifts;
void ds_redshifts_make(ds_redshifts *redshifts, const ds_sky *sky, ds_rate rate, double least, double most);
double ds_redshifts_draw(const ds_redshifts *redshifts, gsl_rng *rng);

/* Sets position, field and dust of the object. */
void ds_sky_place(ds_sim_object *object, gsl_rng *rng);
/* Magnitudes that dust takes in a band per E(B-V); Schlafly & Finkbeiner 2011. */
extern const double ds_sky_extinction[DS_SIM_BANDS];
/* Sets the photometric redshift, its error and the distance modulus from true_z > 0. */
void ds_sky_photoz(const ds_sky *sky, ds_sim_object *object, gsl_rng *rng);

/* --- the survey --- */

/* Draws the visits of the object's place: times in order, bands, and the error of a faint source. Returns
 * their number. */
int ds_survey_plan(const ds_sim_survey *survey, const ds_sim_object *object, ds_sim_epoch *epochs,
                   gsl_rng *rng);
/* From truth to measurement: adds the photons of a bright source (steady: its flux in the template, added to
 * truth) to the error, then noise, then decides what is detected. Returns the number of detections. */
int ds_survey_observe(const ds_sim_survey *survey, ds_sim_epoch *epochs, int count,
                      const double steady[DS_SIM_BANDS], gsl_rng *rng);
/* The probability that a difference of this signal-to-noise is detected. */
double ds_survey_detection(double signal_to_noise);

/* --- sources --- */

/* A transient in its own time, days: f_nu = curve(t, lambda) B_nu(T(t)) / T^4 min(1, (lambda/cut)^power), so
 * that the curve is the luminosity; with an anchor, B_nu(T(t)) / B_anchor(T(t)) in place of B_nu/T^4, so that
 * the curve is what the band there shows. */
typedef enum ds_curve { DS_CURVE_BAZIN, DS_CURVE_VILLAR, DS_CURVE_TDE, DS_CURVE_KILONOVA } ds_curve;
typedef struct ds_transient {
    ds_curve curve;
    double rise;                  /* days */
    double fall;                  /* at the reference wavelength */
    double fall_at[DS_SIM_BANDS]; /* in every observed band */
    double bump_at[DS_SIM_BANDS]; /* height of a second maximum against the first */
    double bump_time, bump_width; /* after the peak */
    double plateau, slope, tail;  /* Villar: length, share lost on it, height of the radioactive tail */
    double shift;                 /* own time of the peak at the reference wavelength */
    double hot, cool, cooling,
        pace;                    /* T = cool + (hot-cool)/(1+exp((t-cooling)/pace)), kK, days after peak */
    double cut, power;           /* Angstrom */
    double reference;            /* wavelength of the absolute magnitude, Angstrom */
    double anchor;               /* Angstrom; 0: none */
    double excess;               /* reddening at the source: E(B-V) against the mean of the class */
    double lambda[DS_SIM_BANDS]; /* rest wavelengths */
    double scale[DS_SIM_BANDS];  /* FLUXCAL per unit of curve x B/T^4 */
} ds_transient;

typedef struct ds_star {
    double period, phase;
    double amplitude[DS_SIM_BANDS]; /* magnitudes, or depth of the first eclipse */
    double second[DS_SIM_BANDS];    /* depth of the second eclipse */
    double width, ellipse;          /* eclipse width in phase, ellipsoidal half amplitude */
    double rise;                    /* share of the period in which brightness grows */
    double cycle[64];               /* Mira: amplitude factor of cycle n modulo 64 */
    double impact, crossing, blend; /* lens: u0, t_E in days, share of the light that is lensed */
    double flares, strength;        /* per day; u flux of the weakest against the quiet star */
    double heat[DS_SIM_BANDS];      /* flux of a flare in each band per flux in u */
} ds_star;

typedef struct ds_agn {
    double tau;                 /* observed frame, days */
    double sigma[DS_SIM_BANDS]; /* magnitudes */
} ds_agn;

typedef struct ds_sim_source {
    ds_sim_object *object;
    const ds_sim_survey *survey;
    const ds_sky *sky;
    double mean[DS_SIM_BANDS];      /* flux of a variable star or nucleus at its mean magnitude */
    double steady[DS_SIM_BANDS];    /* flux in the template; 0 for transients */
    double brightest[DS_SIM_BANDS]; /* transients: flux at the peak, to leave out hopeless ones early */
    union {
        ds_transient transient;
        ds_star star;
        ds_agn agn;
    };
} ds_sim_source;

/* What a class is made of. draw: parameters of one source, with the object's true_ fields (true_z is set
 * before, mwebv and count are known). observe: truth of all epochs, template subtracted. */
typedef struct ds_family {
    ds_rate rate;
    double nearest, farthest; /* redshift */
    void (*draw)(ds_sim_source *source, gsl_rng *rng);
    void (*observe)(ds_sim_source *source, ds_sim_epoch *epochs, int count, gsl_rng *rng);
} ds_family;

void ds_draw_ia(ds_sim_source *source, gsl_rng *rng);
void ds_draw_91bg(ds_sim_source *source, gsl_rng *rng);
void ds_draw_iax(ds_sim_source *source, gsl_rng *rng);
void ds_draw_ii(ds_sim_source *source, gsl_rng *rng);
void ds_draw_ibc(ds_sim_source *source, gsl_rng *rng);
void ds_draw_slsn(ds_sim_source *source, gsl_rng *rng);
void ds_draw_tde(ds_sim_source *source, gsl_rng *rng);
void ds_draw_kilonova(ds_sim_source *source, gsl_rng *rng);
void ds_draw_other(ds_sim_source *source, gsl_rng *rng);
void ds_observe_transient(ds_sim_source *source, ds_sim_epoch *epochs, int count, gsl_rng *rng);
/* Sets rest wavelengths, scales and brightest from the parameters, absolute magnitude and distance. */
void ds_transient_finish(ds_sim_source *source);
/* The curve's own part at t days after the peak, in an observed band or (band -1) at the reference. */
double ds_transient_curve(const ds_transient *transient, double t, int band);
double ds_transient_temperature(const ds_transient *transient, double t); /* kK */
/* B_nu / T^4, or B_nu against that at the anchor. */
double ds_transient_spectrum(const ds_transient *transient, double wavelength, double temperature);
/* Black-body f_nu / T^4 in units of its own; wavelength in Angstrom, temperature in kK. */
double ds_sim_black_body(double wavelength, double temperature);

void ds_draw_lens(ds_sim_source *source, gsl_rng *rng);
void ds_observe_lens(ds_sim_source *source, ds_sim_epoch *epochs, int count, gsl_rng *rng);
void ds_draw_binary(ds_sim_source *source, gsl_rng *rng);
void ds_observe_binary(ds_sim_source *source, ds_sim_epoch *epochs, int count, gsl_rng *rng);
void ds_draw_rrlyrae(ds_sim_source *source, gsl_rng *rng);
void ds_observe_rrlyrae(ds_sim_source *source, ds_sim_epoch *epochs, int count, gsl_rng *rng);
void ds_draw_mira(ds_sim_source *source, gsl_rng *rng);
void ds_observe_mira(ds_sim_source *source, ds_sim_epoch *epochs, int count, gsl_rng *rng);
void ds_draw_dwarf(ds_sim_source *source, gsl_rng *rng);
void ds_observe_dwarf(ds_sim_source *source, ds_sim_epoch *epochs, int count, gsl_rng *rng);
/* Magnification of a point lens and point source; Paczynski 1986. */
double ds_lens_magnification(double u);
/* Flux of a flare against its peak, x = (t - t_peak) / t_half; Davenport et al. 2014. */
double ds_flare_profile(double x);

/* Turns the tables of a star, which are drawn for ugrizy, into those of a survey's bands. */
void ds_sim_star_through(ds_sim_source *source, const ds_sim_survey *survey);

void ds_draw_agn(ds_sim_source *source, gsl_rng *rng);
void ds_observe_agn(ds_sim_source *source, ds_sim_epoch *epochs, int count, gsl_rng *rng);
/* One step of an Ornstein-Uhlenbeck process with deviation 1, exact for any dt/tau. */
double ds_ou_step(double now, double steps, gsl_rng *rng);

#endif
