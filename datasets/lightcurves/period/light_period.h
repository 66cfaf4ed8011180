/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The period of a variable star, with what an observer asks of it: its error, how likely noise is to have
 * made it, the next best one, twice it, and when the star is brightest. */
#ifndef DS_LIGHT_PERIOD_H
#define DS_LIGHT_PERIOD_H

#include "datasets/lightcurves/period/spectrum.h"

typedef struct ds_light_period_settings {
    int harmonics; /* of the model, 1 to DS_MOST_HARMONICS; 0: as many as pay, see docs/light-curves.md */
    double shortest, longest; /* days; 0: DS_SHORTEST_PERIOD, the span of the points */
    double oversampling;      /* frequencies in 1 / span; 0: 5 for each harmonic of the search */
    ds_spectrum_sink sink;    /* gets the powers of the search as they come; NULL */
    void *context;
} ds_light_period_settings;

#define DS_SHORTEST_PERIOD 0.05
/* No more frequencies than these are looked at: the shortest period is taken longer. */
enum { DS_LIGHT_PERIOD_MOST_STEPS = 1 << 24 };

typedef struct ds_light_period {
    double period;          /* days; NaN: fewer than four points, all at one time, or without any variation */
    double error;           /* days: one standard deviation by the curvature of the power; NaN: unknown */
    double power;           /* 0 to 1: the share of the weighted variance that the model takes away */
    int harmonics;          /* of the model */
    double log_false_alarm; /* decimal: ds_false_alarm over the frequencies that were searched */
    double second, second_power; /* the best of the peaks that are not this period, its multiples or parts */
    bool second_is_alias; /* it differs by one cycle per day, solar or sidereal, from it, so either may be
                             true */
    double doubled,
        doubled_power;      /* twice the period, and the power there of a model of twice the harmonics */
    double highest, lowest; /* times at which the model's values are highest and lowest, nearest to the middle
                               of the points */
    double range;           /* of the model, from lowest to highest */
    double scatter;         /* weighted standard deviation about the model */
    double a[DS_MOST_HARMONICS], b[DS_MOST_HARMONICS]; /* of cos and sin, phases from `middle` on */
    double middle;
} ds_light_period;

/* Finds the period of points. The spectrum is loaded with them. NN_FAILED: no memory. */
int ds_light_period_find(ds_spectrum *spectrum, const ds_period_points *points,
                         const ds_light_period_settings *settings, ds_light_period *result, nn_error *error);

/* The frequencies that are searched, from the first on in equal steps: for who takes the powers. */
typedef struct ds_light_period_grid {
    double first, step; /* cycles per day */
    long count;
} ds_light_period_grid;
ds_light_period_grid ds_light_period_grid_of(double span, const ds_light_period_settings *settings);

#endif
