/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intervals of models and of what stands beside them, as they are scored. */
#ifndef FC_INTERVALS_H
#define FC_INTERVALS_H

#include "datasets/series/view.h"
#include "forecast/intervals/stream.h"
#include "forecast/model.h"
#include "forecast/scores/score_table.h"

/* Begins with what the model's file says. known: which of the model's targets they are, NULL: the same;
 * scale: what values of a target are divided by where they are scored, NULL: 1. */
void fc_intervals_of_model(fc_stream *stream, const fc_model *model, const int *known, const double *scale);

/* Forecasts of the rows from `row` on, horizon x targets in the file's units. */
typedef void (*fc_intervals_forecast)(void *context, size_t row, double *out);
/* Begins with what the forecasts were wrong by in the last rows before `before`. */
int fc_intervals_rehearse(fc_stream *stream, const ds_view *view, size_t before, int horizon,
                          fc_intervals_forecast forecast, void *context, const double *scale,
                          nn_error *error);

/* Adds the parts of a table of scores that show intervals, where any are scored: the record at `offset` of
 * each forecaster's, and behind the pointer at `parts` those of parts of the horizon. rows: what CSV has in
 * front of them, "*" for the part. */
void fc_intervals_show(fc_score_table *table, fc_interval_set *set, size_t offset, size_t parts, int horizon,
                       const char *const rows[FC_MOST_IDS]);

#endif
