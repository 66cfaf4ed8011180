/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scores of a model of a table as data. */
#include "forecast/scores/evaluate.h"
#include "forecast/scores/intervals.h"
#include "forecast/scores/prices.h"
#include "forecast/tasks/series/series.h"

#include <stdio.h>

typedef struct scored {
    fc_score_request request;
    fc_evaluation *evaluation;
} scored;

static void clear(void *state)
{
    fc_evaluation_free(((scored *)state)->evaluation);
}

static int window(const fc_scores *scores, size_t window, fc_window_view *view, nn_error *error)
{
    const scored *s = scores->state;
    return fc_evaluate_window(view, &s->request, window, NULL, error);
}

static void fill_table(fc_score_table *t, const fc_evaluation *e, fc_interval_set *intervals)
{
    *t = (fc_score_table){
        .heading = "forecast",
        .ids = "series,step",
        .sheet = {{.heading = "forecast"}},
        .part_count = 5,
        .parts = {{.metrics = NULL},
                  {.metrics = fc_scaled_metrics,
                   .offset = offsetof(fc_entry, all),
                   .level = FC_WHOLE,
                   .ids = {"", ""}},
                  {.metrics = fc_entry_metrics, .level = FC_WHOLE, .only = 1 << FC_TEXT | 1 << FC_JSON},
                  {.metrics = fc_scaled_metrics,
                   .offset = offsetof(fc_entry, each),
                   .level = FC_EACH,
                   .key = "variates",
                   .ids = {"*", ""},
                   .size = sizeof(fc_errors),
                   .count = e->targets,
                   .heading = "series",
                   .names = (const char *const *)e->names,
                   .name_key = "name"},
                  {.metrics = fc_scaled_metrics,
                   .offset = offsetof(fc_entry, step),
                   .level = FC_STEP,
                   .key = "steps",
                   .ids = {"", "*"},
                   .size = sizeof(fc_errors),
                   .count = e->horizon,
                   .heading = ">step",
                   .layout = FC_WIDE,
                   .json = FC_LISTS}},
        .verdict = e->verdict,
        .good = e->beats_naive};
    for (int i = 0; i < e->score_count; i++)
        fc_score_table_add(t, e->scores[i].name, &e->scores[i]);
    char loss[120] = "";
    const bool squares = !(e->scores[0].all.loss > 0);
    if (!squares)
        snprintf(loss, sizeof loss, " loss: %s, as trained;%s", e->loss,
                 e->scores[0].all.below > 0 ? " below: share of truths below the forecast;" : "");
    snprintf(t->text, sizeof t->text,
             "MSE, MAE, RMSE: scaled values;%s%s MASE: against the naive error in training; sMAPE: percent; "
             "p: chance of %s this far from the model's if both forecast equally well",
             loss, e->one_unit ? " units: the file's own;" : "", squares ? "an MSE" : "a loss");
    t->sheet[0].note = t->text;
    fc_intervals_show(t, intervals, offsetof(fc_entry, intervals), offsetof(fc_entry, parts), e->horizon,
                      (const char *const[FC_MOST_IDS]){"", "*"});
}

static void describe(fc_scores *s, const fc_score_request *request, const fc_evaluation *e)
{
    json_t *about = s->about;
    fc_score_about(s, request);
    nn_json_set(about, "windows", json_integer((json_int_t)e->windows.count));
    if (e->clipped)
        nn_json_set(about, "clipped", json_integer((json_int_t)e->clipped));
    nn_json_set(about, "lookback", json_integer(e->windows.lookback));
    nn_json_set(about, "horizon", json_integer(e->horizon));
    nn_json_set(about, "season", json_integer(e->season));
    if (e->season_found)
        nn_json_set(about, "season_found", json_true());
    nn_json_set(about, "points", json_integer((json_int_t)e->points));
    nn_json_set(about, "skipped", json_integer((json_int_t)e->skipped));
    nn_json_set(about, "scores", json_null());
    nn_json_set(about, "best_naive", nn_json_text(e->best_naive ? e->scores[e->best_naive].name : NULL));
    nn_json_set(about, "p", nn_json_real(e->scores[e->best_naive].p));
    nn_json_set(about, "beats_naive", json_boolean(e->beats_naive));
    nn_json_set(about, "verdict", nn_json_text(e->verdict));
    char season[60];
    snprintf(season, sizeof season, e->season == 1 ? "no season" : "season %d%s", e->season,
             e->season_found ? " (found in the training rows)" : "");
    snprintf(s->lines, sizeof s->lines,
             "{data}, {part} part ({split}): {windows} windows, look-back %d, horizon %d, %s\n"
             "{points} values of %d series scored%s, in {seconds}\n%s",
             e->windows.lookback, e->horizon, season, e->targets,
             e->skipped ? ", {skipped} left out as missing" : "",
             e->clipped ? "{clipped} windows are left out, in which some column has not begun or has ended\n"
                        : "");
    s->schema = "auspex.evaluate/1";
    s->beats = e->beats_naive;
    s->rival = "the best naive forecast";
    s->window = window;
    s->step = "mse";
    s->step_title = "MSE of scaled values";
}

int fc_series_score(fc_scores **out, const fc_score_request *request, nn_error *error)
{
    if (request->prices)
        return fc_prices_score(out, request, error);
    if (!request->model)
        return nn_fail(error, NN_USAGE, "simple forecasts of a table stand beside a model");
    int code = fc_scores_new(out, 1, sizeof(scored), clear, error);
    if (code)
        return code;
    scored *state = (*out)->state;
    state->request = *request;
    code = fc_evaluate(&state->evaluation, request, error);
    if (code)
        return code;
    fill_table(&(*out)->table[0], state->evaluation, request->how.intervals);
    describe(*out, request, state->evaluation);
    return NN_OK;
}
