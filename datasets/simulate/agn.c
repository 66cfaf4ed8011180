/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Active nuclei as damped random walks of their magnitude: Kelly et al. 2009, MacLeod et al. 2010. */
#include "datasets/simulate/source.h"

#include <math.h>

enum { TEMPLATE_VISITS = 8 };

/* log10 X = a + b log10(rest wavelength / 4000 A) + c (M_i + 23) + d log10(M_BH / 1e9). */
static double regression(const double abcd[4], double wavelength, double magnitude, double mass)
{
    return pow(10, abcd[0] + abcd[1] * log10(wavelength / 4000) + abcd[2] * (magnitude + 23) +
                       abcd[3] * (mass - 9));
}

void ds_draw_agn(ds_sim_source *source, gsl_rng *rng)
{
    static const double of_sf[4] = {-0.51, -0.479, 0.131, 0.18}, of_tau[4] = {2.4, 0.17, 0.03, 0.21};
    ds_sim_object *o = source->object;
    ds_agn *a = &source->agn;
    double magnitude;
    do
        magnitude = -22 + log(1 - gsl_rng_uniform(rng)) / 0.7; /* the faint outnumber the bright */
    while (magnitude < -28);
    const double mass = ds_sim_normal(rng, 2 - 0.27 * magnitude, 0.58 + 0.011 * magnitude);
    const double stretch = 1 + o->true_z, distance = ds_sky_distmod(source->sky, o->true_z);
    a->tau = stretch * regression(of_tau, ds_sim_wavelength[DS_SIM_R] / stretch, magnitude, mass);
    for (int b = 0; b < DS_SIM_BANDS; b++) {
        const double rest = source->survey->wavelength[b] / stretch;
        const double colour = -1.25 * log10(rest / ds_sim_wavelength[DS_SIM_I]); /* f_nu ~ nu^-0.5 */
        const double m =
            magnitude + colour + distance - 2.5 * log10(stretch) + source->survey->extinction[b] * o->mwebv;
        source->mean[b] = pow(10, -0.4 * (m - 27.5));
        a->sigma[b] = regression(of_sf, rest, magnitude, mass) / sqrt(2);
    }
    o->true_magnitude = magnitude;
    o->true_timescale = a->tau;
    o->true_shape = regression(of_sf, ds_sim_wavelength[DS_SIM_R] / stretch, magnitude, mass);
}

/* One path for all bands: they vary together. The template is the mean of visits in the year before. */
void ds_observe_agn(ds_sim_source *source, ds_sim_epoch *epochs, int count, gsl_rng *rng)
{
    const ds_agn *a = &source->agn;
    double path = ds_sim_normal(rng, 0, 1), mjd = DS_SIM_FIRST_MJD - ds_sim_uniform(rng, 200, 400);
    for (int b = 0; b < DS_SIM_BANDS; b++)
        source->steady[b] = 0;
    for (int i = 0; i < TEMPLATE_VISITS; i++) {
        const double wait = ds_sim_uniform(rng, 2, 20);
        path = ds_ou_step(path, wait / a->tau, rng);
        mjd += wait;
        for (int b = 0; b < DS_SIM_BANDS; b++)
            source->steady[b] += source->mean[b] * pow(10, -0.4 * a->sigma[b] * path) / TEMPLATE_VISITS;
    }
    for (ds_sim_epoch *e = epochs; e < epochs + count; e++) {
        path = ds_ou_step(path, (e->mjd - mjd) / a->tau, rng);
        mjd = e->mjd;
        e->truth = source->mean[e->band] * pow(10, -0.4 * a->sigma[e->band] * path) - source->steady[e->band];
    }
}
