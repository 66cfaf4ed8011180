/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A series taken apart for people: trend, each season, and what is left (MSTL, see datasets/series/stl.h). */
#ifndef FC_COMPONENTS_H
#define FC_COMPONENTS_H

#include "forecast/statistics/stl_seasons.h"

typedef struct fc_components {
    size_t begin, count;             /* rows of the column from its first value to its last */
    int seasons, period[FC_SEASONS]; /* rows, rising */
    double strength[FC_SEASONS];     /* beside the rest, 0 to 1 */
    double trend_strength;           /* the same of the trend */
    double *trend, *rest; /* count; rest is NaN where no value is known; they and the seasons add up to the
                             values; owned */
    double *season;       /* seasons x count */
} fc_components;

/* Of `rows` values that lie `width` apart, NaN allowed: gaps are bridged by lines. usual: rows of a season,
 * as fc_seasons_find wants it. count 0: no value is known. */
int fc_components_make(fc_components *components, const double *values, size_t rows, size_t width, int usual,
                       nn_error *error);
void fc_components_clear(fc_components *components);

#endif
