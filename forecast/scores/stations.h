/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores of a panel's forecasts: only valid values count, each as much as any other (micro averages), so that
 * windows and stations with gaps weigh as what they have. */
#ifndef FC_PANEL_SCORES_H
#define FC_PANEL_SCORES_H

#include "datasets/series/windows.h"
#include "forecast/scores/errors.h"
#include "forecast/scores/forecast_rows.h"
#include "forecast/statistics/contest.h"
#include "forecast/tasks/stations/rivals.h"
#include "forecast/tasks/stations/stations.h"

/* Of one forecaster, in the file's units; each station is a series. */
typedef struct fc_panel_score {
    fc_entry base;
    /* The sum over the stations, those that are not valid left out on both sides; a point is a step of a
     * window at which any is valid. */
    fc_errors farm;
    fc_errors *farm_step; /* H */
    fc_sums *sums;        /* stations, owned: what the errors come from */
    fc_sums farm_sums;
    fc_interval_sums intervals; /* where they are scored */
    fc_kdd kdd; /* mean over the windows that have a valid point; turbines are the most seen of any window.
                   NaN without settings.kdd */
} fc_panel_score;
extern const fc_metric fc_kdd_metrics[];

typedef struct fc_panel_settings {
    int lookback;        /* rows known before the first forecast of the part; at least 1 */
    int stride;          /* rows from one forecast to the next */
    bool kdd;            /* also the contest's score */
    const fc_kind *kind; /* of the model that is to be scored, and its settings: simple forecasts of the same
                            kind are left out; NULL: none */
    const void *config;
    fc_interval_set *intervals; /* that are scored too; NULL or empty: none */
    fc_forecast_rows *rows;     /* where a model's forecasts are written to; NULL: nowhere */
    fc_panel_baseline_settings baseline;
} fc_panel_settings;

typedef struct fc_panel_evaluation {
    const ds_panel *panel; /* borrowed */
    fc_panel_settings settings;
    int horizon, season, order, neighbours; /* as they were used */
    ds_part part;
    size_t first; /* origin, the first forecast row, of window 0; window w has first + w stride */
    size_t windows;
    size_t points, skipped; /* target values scored; left out as missing or masked */
    bool has_model;         /* scores[0] is a model's, the baselines follow; else they begin at 0 */
    int score_count;
    fc_panel_score scores[1 + FC_PANEL_BASELINES];
    fc_panel_baseline which[FC_PANEL_BASELINES]; /* the baselines that are scored */
    fc_panel_baselines *baselines; /* fitted, so that their forecasts of a window can be had again */
    fc_naive *naive;               /* stations: in training */
    struct fc_panel_tally *tally;  /* of the model, while it is being scored */
    int best;                      /* index of the baseline with the lowest RMSE */
    char verdict[512]; /* plain words: whether the model beats that one, or which simple forecast is best */
    bool beats; /* has_model: a lower RMSE than the best baseline's, and p at most FC_SIGNIFICANCE where it
                   is defined */
} fc_panel_evaluation;

/* Scores the baselines, fitted on split.train, over the windows of a part ("test", "validation" or "train").
 * settings.baseline.season 0: of the frequency. NN_BAD_DATA when the part has no window, or no valid value at
 * all to score. */
int fc_panel_evaluate(fc_panel_evaluation **evaluation, const ds_panel *panel, const ds_split *split,
                      const char *part_name, const fc_panel_settings *settings, nn_error *error);
void fc_panel_evaluation_free(fc_panel_evaluation *evaluation);

/* A model beside them: begin, then one fc_panel_take for every window in any order (the sink of
 * fc_panel_forecasts; context is the evaluation, origin the row of the first forecast value, forecast H x S
 * in the file's units), then finish. Begin and finish fail without memory; finish also with NN_FAILED when
 * windows are missing or a forecast was not finite. */
int fc_panel_model_begin(fc_panel_evaluation *evaluation, const char *name, nn_error *error);
/* After begin: what the model's intervals begin with, where they are scored. */
int fc_panel_model_intervals(fc_panel_evaluation *evaluation, const fc_model *model, nn_error *error);
void fc_panel_take(void *evaluation, size_t origin, const double *forecast);
int fc_panel_model_finish(fc_panel_evaluation *evaluation, nn_error *error);
/* All three for a trained model, with its forecasts of the windows. */
int fc_panel_score_model(fc_panel_evaluation *evaluation, const fc_model *model, int threads,
                         nn_error *error);
/* Writes a window's forecast (H x S) of the model in hand, beside the simple ones, where the settings say so.
 */
int fc_panel_write_rows(const fc_panel_evaluation *evaluation, size_t origin, const double *forecast,
                        const fc_stream *stream);
/* Makes room for another one. */
void fc_panel_model_forget(fc_panel_evaluation *evaluation);
/* Windows that overlap: the steps of a horizon that the next window shares, and itself. */
size_t fc_panel_overlap(int horizon, int stride);

#endif
