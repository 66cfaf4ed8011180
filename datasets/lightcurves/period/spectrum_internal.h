/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the spectrum_*.c: the points in hand and the sums that the model is fitted by. */
#ifndef DS_SPECTRUM_INTERNAL_H
#define DS_SPECTRUM_INTERNAL_H

#include "datasets/lightcurves/band.h"
#include "datasets/lightcurves/period/spectrum.h"

#include <complex.h>

enum { DS_SPECTRUM_LANES = 8 };

/* Sums over the points at `count` neighbouring frequencies: row h - 1 is that of the harmonic h. */
typedef struct ds_spectrum_sums {
    int count, stride;
    double *wc, *ws; /* (2 harmonics, stride): w cos, w sin, of all bands */
    double *yc, *ys; /* (harmonics, stride): w y cos, w y sin */
    double *bc, *bs; /* (bands, harmonics, stride): w cos, w sin, of each band; with one band those above */
} ds_spectrum_sums;

struct ds_spectrum_fast; /* of spectrum_fast.c */

/* Points stand band by band. */
struct ds_spectrum {
    int count, room;
    double *time;            /* from the middle of the span */
    double *weight, *wy;     /* of sum 1; weight times the value less its band's mean */
    double *cosine, *sine;   /* (count, DS_SPECTRUM_LANES) */
    double *turn_c, *turn_s; /* (count) */
    int bands;               /* that have points */
    int begin[DS_BAND_LIMIT + 1];
    double share[DS_BAND_LIMIT]; /* of the weight */
    double middle, span, variance;
    double *sums; /* room of a block's sums */
    size_t sums_room;
    struct ds_spectrum_fast *fast; /* NULL until it is needed */
};

/* Sums at first + n step for n = 0 .. count - 1, a multiple of DS_SPECTRUM_LANES, by one pass per frequency.
 */
void ds_spectrum_direct(ds_spectrum *self, double first, double step, int harmonics, ds_spectrum_sums *sums);

/* The same by gridding and the fast Fourier transform; sums->count is ds_spectrum_fast_block's. NN_FAILED: no
 * memory. */
int ds_spectrum_fast(ds_spectrum *self, double first, double step, int harmonics, ds_spectrum_sums *sums,
                     nn_error *error);
int ds_spectrum_fast_block(const ds_spectrum *self);
void ds_spectrum_fast_free(struct ds_spectrum_fast *fast);

#endif
