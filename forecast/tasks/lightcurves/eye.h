/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a classifier sees objects through other bands than its own: its Gaussian process is conditioned on
 * every point at its own wavelength and read at the model's bands. What sees points or features of bands
 * gets, for a band that is not there, those of the band nearest in wavelength. */
#ifndef FC_LIGHT_EYE_H
#define FC_LIGHT_EYE_H

#include "datasets/lightcurves/gp.h"
#include "datasets/lightcurves/lightcurve.h"
#include "forecast/tasks/lightcurves/lightcurves.h"

/* Points of a model's band have its index; those of a band that is none of them have FC_OTHER_BAND and more.
 */
enum { FC_OTHER_BAND = DS_BAND_LIMIT };

typedef struct fc_eye {
    const ds_bands *bands;                /* of the points that come; there may come more */
    int known;                            /* bands that the tables below have */
    uint8_t place[DS_BAND_LIMIT];         /* of a band: the model's band of its name and wavelength, or
                                             FC_OTHER_BAND and its own index */
    double wavelength[2 * DS_BAND_LIMIT]; /* by place; Angstrom */
    bool same;                            /* places are the indices as they come */
    uint32_t usual; /* a bit for each of the model's bands that every object trained on had points in */
} fc_eye;

/* Whether any object trained on had points in the model's band m. */
bool fc_band_known(const fc_classifier *model, int m);

void fc_eye_open(fc_eye *eye, const fc_classifier *model, const ds_bands *bands);
/* Takes in bands that have come since. */
void fc_eye_look(fc_eye *eye, const fc_classifier *model);

/* Gives points of an object, some of the whole, their places. *unseen: the share of the process that is not
 * known at the model's bands for lying outside of the object's, 0 to 1: the mean of 1 - rho^2 of their
 * distance. Returns whether the object is seen otherwise than through the model's bands alone. */
bool fc_eye_take(const fc_eye *eye, const fc_classifier *model, const ds_lightcurve *whole, ds_points *points,
                 double *unseen);
#define FC_MOST_UNSEEN 0.5 /* beyond it nothing is said of an object */

/* Writes why nothing is said of the object. */
void fc_eye_refuse(const fc_eye *eye, const fc_classifier *model, const char *name, const ds_points *points,
                   nn_error *error);

/* The mean over the bands of ln(geometric mean of the points' errors / softening of the model's nearest
 * band): how noisy an object is against those trained on. NaN without points. */
double fc_eye_noise(const fc_eye *eye, const fc_classifier *model, const ds_points *points);
/* Errors ten times beyond those of any object trained on are of another unit, or of another kind of object.
 */
bool fc_eye_strange_noise(const fc_eye *eye, const fc_classifier *model, const ds_points *points);

/* Where the points of each of the model's bands come from, a bit for each place: their own, where there are
 * some; else those of all other bands that are nearest to it in wavelength, or where there are none, of the
 * band that it is nearest to; 0 where it may lack points as objects trained on do. */
void fc_eye_sources(const fc_eye *eye, const fc_classifier *model, const bool there[2 * DS_BAND_LIMIT],
                    uint64_t from[DS_BAND_LIMIT]);

/* Room of one thread; start from {0}. */
typedef struct fc_stand_in {
    ds_gp *gp;
    ds_points points;
    double *block;
    size_t room;
} fc_stand_in;
void fc_stand_in_clear(fc_stand_in *room);
/* Replaces points at places by points of the model's bands: those of the nearest band, moved by the
 * difference of the Gaussian process between the two wavelengths. NN_BAD_DATA where no process is to be had.
 */
int fc_eye_stand_in(const fc_eye *eye, const fc_classifier *model, fc_stand_in *room, const char *name,
                    ds_points *points, nn_error *error);

#endif
