/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The periodogram of several harmonics and bands: at each frequency f the model
 *     y(t) = m_b + sum over h = 1 .. H of (a_h cos 2 pi h f t + b_h sin 2 pi h f t)
 * with a mean m_b for each band and one shape for all, fitted by least squares with weights 1 / error^2. With
 * one harmonic and one band it is that of Zechmeister & Kuerster 2009 (A&A 496, 577); harmonics as in
 * Schwarzenberg-Czerny 1996 (ApJ 460, L107), bands as in VanderPlas & Ivezic 2015 (ApJ 812, 18). */
#ifndef DS_SPECTRUM_H
#define DS_SPECTRUM_H

#include "datasets/lightcurves/period/periodogram.h"

#include <stdbool.h>

enum { DS_MOST_HARMONICS = 8 };

/* Workspace of one thread at a time. It grows to the largest object seen and then allocates no more. */
typedef struct ds_spectrum ds_spectrum;
ds_spectrum *ds_spectrum_new(nn_error *error); /* NULL: no memory */
void ds_spectrum_free(ds_spectrum *self);      /* NULL is allowed */

/* Takes the points in. NN_FAILED: no memory. */
int ds_spectrum_load(ds_spectrum *self, const ds_period_points *points, nn_error *error);
double ds_spectrum_span(const ds_spectrum *self);     /* days from the first to the last point */
double ds_spectrum_middle(const ds_spectrum *self);   /* the time that phases are counted from */
double ds_spectrum_variance(const ds_spectrum *self); /* weighted, about the means of the bands */
int ds_spectrum_points(const ds_spectrum *self);
int ds_spectrum_bands(const ds_spectrum *self); /* that have points */

/* The share of the weighted variance that the model takes away, 0 to 1, at a frequency in cycles per day, by
 * sums over the points. Fewer points than the model has numbers: 0. */
double ds_spectrum_power(const ds_spectrum *self, double frequency, int harmonics);
/* The model there: a (harmonics), b (harmonics), phases counted from the middle; the power. */
double ds_spectrum_fit(const ds_spectrum *self, double frequency, int harmonics, double *a, double *b);

/* How sums over the points are made: at each frequency, or on a grid and by the fast Fourier transform,
 * which is right to about 1e-7. */
typedef enum ds_spectrum_way { DS_SPECTRUM_BEST, DS_SPECTRUM_DIRECT, DS_SPECTRUM_FAST } ds_spectrum_way;

/* count powers, those of the frequencies from first + n step on. */
typedef void (*ds_spectrum_sink)(void *context, long n, int count, const double *power);
/* Powers at first + n step for n = 0 .. count - 1, handed out in order. NN_FAILED: no memory. */
int ds_spectrum_scan(ds_spectrum *self, double first, double step, long count, int harmonics,
                     ds_spectrum_way way, ds_spectrum_sink sink, void *context, nn_error *error);

#endif
