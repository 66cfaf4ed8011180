/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the spectrum_*.c: the points in hand and the sums that the model is fitted by. */
#ifndef DS_SPECTRUM_INTERNAL_H
#define DS_SPECTRUM_INTERNAL_H

#include "datasets/lightcurves/band.h"
#include "datasets/lightcurves/period/spectrum.h"
#include "lib/kernels/vector.h" /* cosines of vectors */

#include <complex.h>

enum { DS_SPECTRUM_LANES = 8, DS_SPECTRUM_REACH = 24 };
/* What a term of the normal equations must keep of itself beside those before it. */
#define DS_SPECTRUM_LEAST 1e-6

/* Sums over the points at `count` neighbouring frequencies: row h - 1 is that of the harmonic h. */
typedef struct ds_spectrum_sums {
    int count, stride;
    double *wc, *ws; /* (2 harmonics, stride): w cos, w sin, of all bands */
    double *yc, *ys; /* (harmonics, stride): w y cos, w y sin */
    double *bc, *bs; /* (bands, harmonics, stride): w cos, w sin, of each band; with one band those above */
} ds_spectrum_sums;

/* What sums between the frequencies of a grid are made of: of each harmonic how many neighbours on a side,
 * and how much of them. */
typedef struct ds_spectrum_between {
    int harmonics, reach[2 * DS_MOST_HARMONICS];
    double tap[2 * DS_MOST_HARMONICS][DS_SPECTRUM_REACH];
} ds_spectrum_between;

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
    /* The same points for one frequency at a time: each band is filled up to whole vectors by points without
     * weight. */
    double *full_time, *full_weight, *full_wy;
    int full_begin[DS_BAND_LIMIT + 1];
    double middle, span, variance;
    double *sums; /* room of a block's sums */
    size_t sums_room;
    ds_spectrum_between between;
    struct ds_spectrum_fast *fast; /* NULL until it is needed */
};

/* Cosines and sines of up to DS_SPECTRUM_POINTS points at a frequency. Loops of their own: cosine and sine of
 * one angle in one loop become one call that has no vector form. */
enum { DS_SPECTRUM_POINTS = 256 };
static inline void ds_spectrum_circle(const double *time, int count, double frequency, double *restrict c,
                                      double *restrict s)
{
    double angle[DS_SPECTRUM_POINTS];
    for (int i = 0; i < count; i++) {
        const double turns = frequency * time[i];
        angle[i] = 2 * M_PI * (turns - rint(turns));
    }
    for (int i = 0; i < count; i++)
        c[i] = cos(angle[i]);
    for (int i = 0; i < count; i++)
        s[i] = sin(angle[i]);
}

/* Sums at first + n step for n = 0 .. count - 1, a multiple of DS_SPECTRUM_LANES, by one pass per frequency.
 */
void ds_spectrum_direct(ds_spectrum *self, double first, double step, int harmonics, ds_spectrum_sums *sums);

/* The same by gridding and the fast Fourier transform; sums->count is ds_spectrum_fast_block's. NN_FAILED: no
 * memory. */
int ds_spectrum_fast(ds_spectrum *self, double first, double step, int harmonics, ds_spectrum_sums *sums,
                     nn_error *error);
int ds_spectrum_fast_block(const ds_spectrum *self);
void ds_spectrum_fast_free(struct ds_spectrum_fast *fast);

/* Whether sums in steps of 2 step tell those midway between them, to about 1e-7. */
bool ds_spectrum_tells_between(const ds_spectrum *self, double step, int harmonics);
void ds_spectrum_between_begin(ds_spectrum_between *self, int harmonics);
/* The sums midway between frequencies n and n + 1 of `in`, for n = 0 .. out->count - 1. Rows of `in` go on
 * for DS_SPECTRUM_REACH frequencies before the first and behind the last; the strides are equal. */
void ds_spectrum_sums_between(const ds_spectrum_between *self, ds_spectrum_sums *out,
                              const ds_spectrum_sums *in, int bands);

/* Powers of a model of one harmonic at the first `count` frequencies of sums. */
void ds_spectrum_powers_of_one(const ds_spectrum *self, const ds_spectrum_sums *sums, int count,
                               double *power);

#endif
