/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores over every window of a part, beside naive forecasts. */
#ifndef FC_EVALUATE_H
#define FC_EVALUATE_H

#include "datasets/series/split.h"
#include "datasets/series/windows.h"
#include "forecast/scores/errors.h"
#include "forecast/scores/score.h"
#include "forecast/scores/verdict.h"
#include "forecast/tasks/series/rivals.h"

enum { FC_FORECASTERS = 1 + FC_RIVALS };

typedef struct fc_evaluation {
    int targets, horizon, season; /* season: rows of the seasonal naive and of MASE */
    bool season_found;            /* in the training rows */
    bool one_unit; /* of all targets, as far as one can tell: else errors in units have no mean */
    char loss[40]; /* name of what the model minimises, which decides */
    char **names;  /* of the targets */
    ds_windows windows;
    size_t clipped;         /* windows left out because some column begins later or ends earlier */
    size_t points, skipped; /* target values scored; left out because they were missing or filled in */
    int score_count;        /* rivals are those of fc_rivals_choose */
    fc_entry scores[FC_FORECASTERS]; /* the model's first, then those of fc_rival_names; mse, mae and rmse of
                                        scaled values */
    int best_naive;    /* 0: there is none. Index of the score with the lowest MSE after the model's */
    char verdict[512]; /* plain words: whether the model beats the best naive forecast, and by how much */
    bool beats_naive;  /* its MSE is lower than that of best_naive, and p not above FC_SIGNIFICANCE */
} fc_evaluation;

/* Sums of a model's forecasts, and of its rivals' where they have room for sums, over windows of the table of
 * a scope: of each target, by step, and the losses. `skipped` target values were missing or filled in. rows:
 * where all forecasts go, NULL: nowhere. */
int fc_score_windows(fc_tally tallies[FC_FORECASTERS], size_t *skipped, fc_scope *scope,
                     const fc_model *model, const ds_windows *windows, ds_part train, int season, int threads,
                     struct fc_forecast_rows *rows, nn_error *error);

/* A model over a part of the table of a request. When the table's columns are not the model's, a kind that
 * takes any number of variates is scored on all of them with a scaler fitted on the training part. */
int fc_evaluate(fc_evaluation **evaluation, const fc_score_request *request, nn_error *error);
/* Fills best_naive, beats_naive and verdict from the scores. */
void fc_pronounce(fc_evaluation *evaluation);
void fc_evaluation_free(fc_evaluation *evaluation);

/* The forecasts of one window of the part, beside the last season, with the look-back before them. *first,
 * unless NULL, is the row of the first forecast. */
int fc_evaluate_window(fc_window_view *view, const fc_score_request *request, size_t window, size_t *first,
                       nn_error *error);

#endif
