/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moves light curves in redshift, and shows them to another eye. */
#include "datasets/lightcurves/augment.h"

#include "lib/base/random.h"

#include <math.h>
#include <stdlib.h>

double ds_distance_modulus(double redshift)
{
    enum { STEPS = 64 }; /* of Simpson's rule: better than 1e-6 magnitudes below redshift 5 */
    static const double hubble_distance = 299792.458 / 70, matter = 0.3;
    const double h = redshift / STEPS;
    double sum = 0;
    for (int i = 0; i <= STEPS; i++) {
        const double weight = i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2;
        sum += weight / sqrt(matter * pow(1 + i * h, 3) + 1 - matter);
    }
    return 5 * log10((1 + redshift) * hubble_distance * sum * h / 3) + 25;
}

bool ds_augment_reaches(double z, double redshift)
{
    return redshift >= 0.95 * z && redshift <= fmin(5 * z, 1.5 * (1 + z) - 1);
}

/* The time of the point that stands out most. */
static double brightest(const ds_points *p)
{
    int best = 0;
    for (int i = 1; i < p->count; i++)
        if (p->flux[i] / p->error[i] > p->flux[best] / p->error[best])
            best = i;
    return p->time[best];
}

/* Of a standard normal distribution (Box & Muller 1958). */
static double normal(uint64_t key, uint64_t n)
{
    const double u = 1 - nn_random_uniform(key, 2 * n), turn = nn_random_uniform(key, 2 * n + 1);
    return sqrt(-2 * log(u)) * cos(2 * M_PI * turn);
}

int ds_augment(ds_gp *gp, const ds_bands *bands, const ds_augment_object *source,
               const ds_augment_object *template, double jitter, uint64_t key, ds_points *out,
               int *detections, nn_error *error)
{
    const ds_points *seen = template->points;
    const size_t n = (size_t)seen->count;
    const bool moves = source->redshift > 0 && template->redshift > 0;
    const double stretch = moves ? (1 + template->redshift) / (1 + source->redshift) : 1,
                 dimming = moves ? pow(10, 0.4 * (ds_distance_modulus(source->redshift) -
                                                  ds_distance_modulus(template->redshift))) /
                                       stretch
                                 : 1,
                 here = brightest(seen) + jitter * (2 * nn_random_uniform(key, 4 * n) - 1),
                 there = brightest(source->points);
    double *room = malloc((4 * n + 1) * sizeof *room);
    *detections = 0;
    int code = room ? ds_points_reserve(out, seen->count, error)
                    : nn_fail(error, NN_FAILED, "no memory for a light curve of %d points", seen->count);
    for (size_t i = 0; i < n && !code; i++) {
        room[i] = there + (seen->time[i] - here) / stretch;
        room[n + i] = bands->wavelength[seen->band[i]] / stretch;
    }
    if (!code)
        code = ds_gp_predict(gp, room, room + n, n, room + 2 * n, room + 3 * n, error);
    for (size_t i = 0; i < n && !code; i++) {
        const double deviation = dimming * sqrt(fmax(0, room[3 * n + i])),
                     sigma = hypot(seen->error[i], deviation);
        out->time[i] = seen->time[i];
        out->band[i] = seen->band[i];
        out->error[i] = sigma;
        out->flux[i] = dimming * room[2 * n + i] + sigma * normal(key, i);
        out->detected[i] = fabs(out->flux[i]) >= DS_DETECTION * sigma;
        *detections += out->detected[i];
    }
    out->count = code ? 0 : seen->count;
    free(room);
    return code;
}
