/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Naive forecasts, which every score stands beside. */
#ifndef FC_BASELINES_H
#define FC_BASELINES_H

#include "forecast/tasks/series_samples.h"

/* Writes (horizon,N) scaled forecasts for the rows from `row` on, from the rows before it. season: rows per
 * period. */
typedef void (*fc_baseline_fn)(nn_real *out, const fc_series *series, size_t row, int horizon, int season);

/* All of them: "repeat-last", the last value repeated, and "seasonal-naive". The entry without a name ends
 * the list. */
typedef struct fc_baseline {
    const char *name;
    fc_baseline_fn forecast;
} fc_baseline;
extern const fc_baseline fc_baselines[];
enum { FC_BASELINES = 2 };

/* The value of the same phase in the last whole period before row; where the table does not reach back that
 * far, the last value. */
void fc_seasonal_naive(nn_real *out, const fc_series *series, size_t row, int horizon, int season);

#endif
