/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intervals along a stream of forecasts, and their scores. Each quantile goes up where the truth that has
 * become known is above it and down where it is below, by as much that in the end the right share is below:
 * adaptive conformal inference (Gibbs & Candes 2021) on the quantile itself (Angelopoulos, Candes &
 * Tibshirani 2023, without their integrator). A forecast's quantiles know only of truths before its origin.
 */
#ifndef FC_STREAM_H
#define FC_STREAM_H

#include "forecast/errors/spread.h"
#include "forecast/intervals/interval_set.h"

typedef struct fc_stream fc_stream;

/* targets x horizon quantiles and sums of scores; the set is borrowed. */
int fc_stream_new(fc_stream **stream, const fc_interval_set *set, int targets, int horizon, nn_error *error);
/* NULL is allowed. */
void fc_stream_free(fc_stream *stream);

/* What the quantiles begin with, as fc_spread_offset has it; NaN: not known, and not scored. */
typedef double (*fc_stream_offset)(const void *context, int k, int step, double share);
void fc_stream_begin(fc_stream *stream, fc_stream_offset offset, const void *context);
/* Scores the forecast of the rows from `row` on by what it was wrong by (horizon x targets: truth less
 * forecast, NaN where nothing is known). Rows rise from call to call. */
void fc_stream_take(fc_stream *stream, size_t row, const double *error);
/* The offsets that stand now: shares of them for target k and step (from 0). */
const double *fc_stream_offsets(const fc_stream *stream, int k, int step);

/* Whether it has begun. */
bool fc_stream_begun(const fc_stream *stream);

/* Sums of scores by part of the horizon, each with the count in front. */
typedef struct fc_interval_sums {
    double sum[FC_INTERVAL_PARTS][1 + FC_INTERVAL_VALUES];
} fc_interval_sums;
/* Adds those of all the stream's targets. */
void fc_stream_sum(const fc_stream *stream, fc_interval_sums *sums);
void fc_interval_sums_join(fc_interval_sums *to, const fc_interval_sums *from);
/* The means over a part, -1: over all of them. NaN where nothing was scored. */
fc_interval_scores fc_interval_sums_mean(const fc_interval_sums *sums, int part);

#endif
