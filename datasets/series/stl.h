/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A series taken apart into seasons, a trend and the rest: STL (Cleveland, Cleveland, McRae & Terpenning
 * 1990), several seasons by turns (MSTL: Bandara, Hyndman & Bergmeir 2021), and the classical decomposition
 * by moving averages. All values are there (no NaN) and evenly spaced; results are in the series' unit and,
 * but for the multiplicative figure, add up to it. */
#ifndef DS_STL_H
#define DS_STL_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* How the smoothers look. 0 anywhere: the usual value, so {.period = 12} is the periodic STL of months. */
typedef struct ds_stl_options {
    int period;        /* rows of a season, at least 2 */
    int season_window; /* cycles that a phase is smoothed over, odd and at least 7; 0: all alike (periodic) */
    int trend_window;  /* rows; usually the next odd number above 1.5 period / (1 - 1.5 / season_window) */
    bool robust;       /* outliers count less: 15 outer passes, of one inner pass instead of two */
} ds_stl_options;

/* season and trend (count each) of the series. weight (count), where not NULL: how much each value counted, 1
 * unless robust. NN_BAD_DATA unless there are more than two periods. */
int ds_stl(const double *series, size_t count, const ds_stl_options *options, double *season, double *trend,
           double *weight, nn_error *error);

/* Several seasons: each in turn by STL with windows of 11, 15, 19 ... cycles from the series less the others,
 * twice over (once where it is one alone). periods: rising. season: (seasons, count), zeros for a period of
 * half the rows or more. Without any season that fits, the trend is a loess over a third of the rows. */
int ds_mstl(const double *series, size_t count, const int *periods, int seasons, bool robust, double *season,
            double *trend, nn_error *error);

/* How strong the season is beside the rest, 0 to 1: 1 - var(rest) / var(rest + season) (Wang, Smith & Hyndman
 * 2006). */
double ds_season_strength(const double *series, const double *season, const double *trend, size_t count);

/* The classical decomposition: the trend is the centred moving average of one period (NaN in the half periods
 * at both ends), figure (period) the mean of each phase of what it leaves, with mean 0 (additive) or 1
 * (multiplicative). trend may be NULL. NN_BAD_DATA unless there are two periods. */
int ds_decompose(const double *series, size_t count, int period, bool multiplicative, double *figure,
                 double *trend, nn_error *error);

#endif
