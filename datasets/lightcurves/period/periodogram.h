/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The period of a variable star: the generalised Lomb-Scargle periodogram of Zechmeister & Kuerster 2009
 * (A&A 496, 577; equations 4 to 15), a sinusoid and a constant fitted at each frequency with weights of
 * 1 / error^2. */
#ifndef DS_PERIODOGRAM_H
#define DS_PERIODOGRAM_H

#include "lib/base/error.h"

#include <stdint.h>

/* Workspace of one thread at a time. It grows to the largest object seen and then allocates no more. */
typedef struct ds_periodogram ds_periodogram;
ds_periodogram *ds_periodogram_new(nn_error *error); /* NULL: no memory */
void ds_periodogram_free(ds_periodogram *self);      /* NULL is allowed */

typedef struct ds_period_points {
    const double *time;  /* days, in any order */
    const double *value; /* any unit */
    const double *error; /* standard deviations in the unit of value, > 0 */
    const uint8_t *band; /* each band is taken less its own weighted mean; NULL: one band */
    int count;
} ds_period_points;

typedef struct ds_period {
    double period;  /* days; NaN: fewer than four points, all at one time, or without any variation */
    double power;   /* 0 to 1: the share of the weighted variance that the sinusoid takes away */
    double maximum; /* a time at which the sinusoid is highest, days */
} ds_period;

enum { DS_PERIOD_MOST_FREQUENCIES = 1 << 20 };

/* Takes the points in. NN_FAILED: no memory. */
int ds_periodogram_load(ds_periodogram *self, const ds_period_points *points, nn_error *error);
/* Of the loaded points, at a frequency in cycles per day. */
double ds_periodogram_power(const ds_periodogram *self, double frequency);
/* The best period from the shortest (days) to the whole span of the points, in steps of a fifth of 1 / span
 * in frequency, then refined. Where that is more than DS_PERIOD_MOST_FREQUENCIES the shortest is taken
 * longer. */
void ds_periodogram_search(ds_periodogram *self, double shortest, ds_period *best);

#endif
