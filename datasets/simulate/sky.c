/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where sources are: distances, redshifts, fields, dust. */
#include "datasets/simulate/source.h"

#include <gsl/gsl_integration.h>
#include <gsl/gsl_interp.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_spline.h>
#include <math.h>
#include <stdlib.h>

enum { NODES = 800, WORKSPACE = 64 };
static const double hubble_distance = 299792.458 / 70; /* Mpc */
static const double omega_m = 0.3;
static const double nearest = 0.0005;

const double ds_sim_wavelength[DS_SIM_BANDS] = {3685, 4802, 6231, 7542, 8690, 9736};
const double ds_sky_extinction[DS_SIM_BANDS] = {4.145, 3.237, 2.273, 1.684, 1.323, 1.088};

struct ds_sky {
    gsl_spline *distance; /* comoving, Mpc, over z */
};

/* --- distances --- */

static double expansion(double z)
{
    const double a = 1 + z;
    return sqrt(omega_m * a * a * a + 1 - omega_m);
}

static double inverse_expansion(double z, void *nothing)
{
    (void)nothing;
    return 1 / expansion(z);
}

/* Panel by panel, so that every node costs one short integral. */
static int integrate_distance(double *z, double *distance)
{
    gsl_integration_workspace *space = gsl_integration_workspace_alloc(WORKSPACE);
    gsl_function f = {inverse_expansion, NULL};
    double panel, error;
    if (!space)
        return NN_FAILED;
    z[0] = distance[0] = 0;
    for (int i = 1; i < NODES; i++) {
        z[i] = nearest * pow(DS_SKY_FARTHEST / nearest, (i - 1) / (double)(NODES - 2));
        gsl_integration_qag(&f, z[i - 1], z[i], 0, 1e-10, WORKSPACE, GSL_INTEG_GAUSS21, space, &panel,
                            &error);
        distance[i] = distance[i - 1] + hubble_distance * panel;
    }
    /* Rounding may carry the last node past the limit or not quite to it. */
    z[NODES - 1] = DS_SKY_FARTHEST;
    gsl_integration_workspace_free(space);
    return NN_OK;
}

ds_sky *ds_sky_new(void)
{
    ds_sky *sky = calloc(1, sizeof *sky);
    double *z = calloc(2 * NODES, sizeof *z);
    if (sky)
        sky->distance = gsl_spline_alloc(gsl_interp_cspline, NODES);
    const bool whole = sky && sky->distance && z && integrate_distance(z, z + NODES) == NN_OK &&
                       gsl_spline_init(sky->distance, z, z + NODES, NODES) == 0;
    free(z);
    if (whole)
        return sky;
    ds_sky_free(sky);
    return NULL;
}

void ds_sky_free(ds_sky *sky)
{
    if (sky && sky->distance)
        gsl_spline_free(sky->distance);
    free(sky);
}

double ds_sky_distmod(const ds_sky *sky, double z)
{
    const double far = z > DS_SKY_FARTHEST ? DS_SKY_FARTHEST : z;
    const double mpc = z < nearest ? hubble_distance * z : gsl_spline_eval(sky->distance, far, NULL);
    return 5 * log10((1 + z) * mpc) + 25;
}

double ds_sky_volume(const ds_sky *sky, double z)
{
    const double d = gsl_spline_eval(sky->distance, z, NULL);
    return 4 * M_PI * hubble_distance * d * d / expansion(z);
}

/* --- redshifts --- */

/* Relative to the local rate. Ia, 91bg and star formation: as ELAsTiCC has them; TDE: Kochanek 2016; AGN: the
 * fall that gives the median of PLAsTiCC's training set. */
static double rate_at(ds_rate rate, double z)
{
    const double a = 1 + z;
    switch (rate) {
    case DS_RATE_IA:
        return z < 1 ? 2.5e-5 * pow(a, 1.5) : 9.7e-5 / sqrt(a);
    case DS_RATE_91BG:
        return pow(a, 1.5);
    case DS_RATE_STARS:
        return pow(a, 2.7) / (1 + pow(a / 2.9, 5.6));
    case DS_RATE_TDE:
        return pow(10, -5 * z / 6);
    case DS_RATE_AGN:
        return exp(-z / 0.6);
    case DS_RATE_FLAT:
    case DS_RATE_NONE:
        break;
    }
    return 1;
}

void ds_redshifts_make(ds_redshifts *r, const ds_sky *sky, ds_rate rate, double least, double most)
{
    double before = 0;
    for (int i = 0; i < DS_REDSHIFT_NODES; i++) {
        const double z = least + (most - least) * i / (DS_REDSHIFT_NODES - 1);
        const double density = rate_at(rate, z) / (1 + z) * ds_sky_volume(sky, z);
        r->z[i] = z;
        r->cumulative[i] = i ? r->cumulative[i - 1] + (density + before) / 2 : 0;
        before = density;
    }
    for (int i = 0; i < DS_REDSHIFT_NODES; i++)
        r->cumulative[i] /= r->cumulative[DS_REDSHIFT_NODES - 1];
}

double ds_redshifts_draw(const ds_redshifts *r, gsl_rng *rng)
{
    const double share = gsl_rng_uniform(rng);
    const size_t i = gsl_interp_bsearch(r->cumulative, share, 0, DS_REDSHIFT_NODES - 1);
    const double wide = r->cumulative[i + 1] - r->cumulative[i];
    return r->z[i] + (r->z[i + 1] - r->z[i]) * (share - r->cumulative[i]) / wide;
}

/* --- places --- */

static double sine_of_latitude(double ra, double decl)
{
    const double pole_ra = 192.85948 * M_PI / 180, pole_decl = 27.12825 * M_PI / 180;
    return sin(decl) * sin(pole_decl) + cos(decl) * cos(pole_decl) * cos(ra - pole_ra);
}

/* COSMOS, XMM-LSS, ELAIS-S1, CDFS, Euclid Deep Field South: degrees. */
static const double fields[][2] = {{150.1, 2.2}, {35.7, -4.7}, {9.45, -44.0}, {53.1, -28.1}, {58.9, -49.3}};

static void place_deep(ds_sim_object *o, gsl_rng *rng)
{
    const double *field = fields[gsl_rng_uniform_int(rng, sizeof fields / sizeof *fields)];
    const double distance = 1.75 * sqrt(gsl_rng_uniform(rng)), angle = ds_sim_uniform(rng, 0, 2 * M_PI);
    o->decl = field[1] + distance * sin(angle);
    o->ra = fmod(field[0] + distance * cos(angle) / cos(o->decl * M_PI / 180) + 360, 360);
    o->mwebv = fmin(0.012 * exp(ds_sim_normal(rng, 0, 0.35)), 0.1);
}

/* Declination -65 to +5, away from the plane of the Galaxy; the dust of a thin layer seen at that latitude.
 */
void ds_sky_place(ds_sim_object *o, gsl_rng *rng)
{
    if (o->deep) {
        place_deep(o, rng);
        return;
    }
    const double south = sin(-65 * M_PI / 180), north = sin(5 * M_PI / 180);
    double ra, decl, height;
    do {
        ra = ds_sim_uniform(rng, 0, 2 * M_PI);
        decl = asin(ds_sim_uniform(rng, south, north));
        height = fabs(sine_of_latitude(ra, decl));
    } while (height < 0.15);
    o->ra = ra * 180 / M_PI;
    o->decl = decl * 180 / M_PI;
    o->mwebv = fmin(0.02 / height * exp(ds_sim_normal(rng, 0, 0.6)), 2);
}

void ds_sky_photoz(const ds_sky *sky, ds_sim_object *o, gsl_rng *rng)
{
    const double sigma = 0.02 * (1 + o->true_z);
    const bool failed = gsl_rng_uniform(rng) < 0.05;
    const double z = failed ? ds_sim_uniform(rng, 0.01, 3) : o->true_z + ds_sim_normal(rng, 0, sigma);
    o->photoz = fmax(fabs(z), 0.001);
    o->photoz_error = sigma * ds_sim_normal_within(rng, 1, 0.05, 0.5, 1.5);
    o->distmod = ds_sky_distmod(sky, o->photoz);
}
