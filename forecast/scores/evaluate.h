/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores over every window of a part, beside naive forecasts. */
#ifndef FC_EVALUATE_H
#define FC_EVALUATE_H

#include "datasets/series/split.h"
#include "datasets/series/windows.h"
#include "forecast/model.h"
#include "forecast/scores/errors.h"
#include "forecast/scores/verdict.h"
#include "forecast/tasks/rivals_series.h"

enum { FC_FORECASTERS = 1 + FC_RIVALS };

typedef struct fc_evaluation {
    int targets, horizon, season; /* season: rows of the seasonal naive and of MASE */
    char **names;                 /* of the targets */
    ds_windows windows;
    size_t points, skipped; /* target values scored; left out because they were missing or filled in */
    int score_count;
    fc_entry scores[FC_FORECASTERS]; /* the model's first, then those of fc_rival_names; mse, mae and rmse of
                                        scaled values */
    double seconds;                  /* that the evaluation took */
    int best_naive;                  /* index of the score with the lowest MSE after the model's */
    char verdict[512]; /* plain words: whether the model beats the best naive forecast, and by how much */
    bool beats_naive;  /* its MSE is lower than that of best_naive, and p not above FC_SIGNIFICANCE */
} fc_evaluation;

/* Sums of a model's forecasts, and of its rivals' where they have room for sums, over windows of the table of
 * a scope: of each target, by step, and the losses. `skipped` target values were missing or filled in. */
int fc_score_windows(fc_tally tallies[FC_FORECASTERS], size_t *skipped, fc_scope *scope,
                     const fc_model *model, const ds_windows *windows, ds_part train, int season, int threads,
                     nn_error *error);

/* part_name is "test", "validation" or "train". season 0: of the frequency. When the table's columns are not
 * the model's, a kind that takes any number of variates is scored on all of them with a scaler fitted on
 * split.train. */
int fc_evaluate(fc_evaluation **evaluation, const fc_model *model, const ds_table *table,
                const ds_split *split, const char *part_name, int season, int threads, nn_error *error);
/* Fills best_naive, beats_naive and verdict from the scores, of which there are at least two. */
void fc_pronounce(fc_evaluation *evaluation);
void fc_evaluation_free(fc_evaluation *evaluation);

/* The forecasts of one window of a part, original units: horizon x targets values each; any pointer may be
 * NULL. */
int fc_evaluate_window(const fc_model *model, const ds_table *table, const ds_split *split,
                       const char *part_name, size_t window, int season, double *forecast, double *truth,
                       double *naive, size_t *first_target_row, nn_error *error);

#endif
