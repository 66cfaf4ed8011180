/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Box least squares: periodic dips of one depth and duration, as of eclipses and transits (Kovacs, Zucker &
 * Mazeh 2002, A&A 391, 369). */
#ifndef DS_BOX_H
#define DS_BOX_H

#include "datasets/lightcurves/period/spectrum.h"

typedef struct ds_box_settings {
    double shortest, longest; /* periods, days; 0: 0.3, a third of the span */
    double least, most;       /* durations as shares of the period; 0: 0.02, 0.2 */
    bool rising;              /* dips are towards higher values, as magnitudes have them */
    ds_spectrum_sink sink;    /* gets the powers of the search as they come; NULL */
    void *context;
} ds_box_settings;

typedef struct ds_box {
    double period;       /* days; NaN: too few points, or no dip */
    double power;        /* 0 to 1: the share of the weighted variance that the box takes away */
    double significance; /* by how many standard deviations of the spectrum its peak stands above its mean:
                            the signal detection efficiency */
    double depth;        /* > 0, unit of the values */
    double duration;     /* days */
    double epoch;        /* middle of a dip, the one nearest to the middle of the points */
    double second, second_power; /* the best of the peaks that are not this period, its multiples or parts */
    int inside;                  /* points within the dips */
} ds_box;

/* Workspace of one thread at a time. It grows to the largest object seen and then allocates no more. */
typedef struct ds_box_finder ds_box_finder;
ds_box_finder *ds_box_finder_new(nn_error *error); /* NULL: no memory */
void ds_box_finder_free(ds_box_finder *self);      /* NULL is allowed */

/* The frequencies that are searched, from the first on in equal steps, such that over the span a dip of the
 * least duration drifts by less than half of it. */
void ds_box_grid(double span, const ds_box_settings *settings, double *first, double *step, long *count);

/* Bands are taken less their own weighted mean. NN_FAILED: no memory. */
int ds_box_find(ds_box_finder *self, const ds_period_points *points, const ds_box_settings *settings,
                ds_box *result, nn_error *error);

#endif
