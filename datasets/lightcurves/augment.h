/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves as they would be fainter and farther away, or seen otherwise: as of avocado (Boone 2019, AJ
 * 158, 257, section 3.1). An object's Gaussian process is read at the times, bands and errors of another
 * object, the template, as if it stood at that one's redshift. */
#ifndef DS_AUGMENT_H
#define DS_AUGMENT_H

#include "datasets/lightcurves/gp.h"
#include "datasets/lightcurves/lightcurve.h"

/* Distance modulus of a flat universe with 70 km/s/Mpc and a matter density of 0.3; redshift above 0. */
double ds_distance_modulus(double redshift);

/* Redshifts that an object of redshift z may be moved to: .95 z to the lesser of 5 z and 1.5 (1 + z) - 1,
 * where its bands and its times still say something. */
bool ds_augment_reaches(double z, double redshift);

typedef struct ds_augment_object {
    const ds_points *points; /* at least one; times in any days */
    double redshift;         /* above 0; NaN, both of them: nothing is moved, as of stars of our galaxy */
} ds_augment_object;

/* `out` gets the template's points with what the source would show there, and noise of the template's errors
 * and of the process; the brightest moment of both falls together, but for up to `jitter` days. key: of the
 * noise. gp: conditioned on the source's points (ds_gp_fit_points). Returns the number of detections in
 * *detections. NN_FAILED: no memory. */
int ds_augment(ds_gp *gp, const ds_bands *bands, const ds_augment_object *source,
               const ds_augment_object *template, double jitter, uint64_t key, ds_points *out,
               int *detections, nn_error *error);

#endif
