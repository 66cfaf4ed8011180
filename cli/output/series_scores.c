/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scores of a model of a table for people, as JSON and as CSV. */
#include "cli/output/series_scores.h"

#include "cli/output/scores.h"
#include "cli/shell/report.h"

enum { PER_SERIES = 3, PER_STEP, PARTS };

static cli_scores scores_of(const fc_evaluation *e)
{
    cli_scores s = {
        .heading = "forecast",
        .ids = "series,step",
        .notes = {"MSE, MAE, RMSE: scaled values; units: the file's own; MASE: against the naive error in "
                  "training; sMAPE: percent; p: chance of an MSE this far from the model's if both forecast "
                  "equally well"},
        .part_count = PARTS,
        .parts = {{.metrics = NULL},
                  {.metrics = fc_scaled_metrics,
                   .offset = offsetof(fc_entry, all),
                   .level = FC_WHOLE,
                   .ids = {"", ""}},
                  {.metrics = fc_entry_metrics, .level = FC_WHOLE, .only = 1 << FC_TEXT | 1 << FC_JSON},
                  [PER_SERIES] = {.metrics = fc_scaled_metrics,
                                  .offset = offsetof(fc_entry, each),
                                  .level = FC_EACH,
                                  .key = "variates",
                                  .ids = {"*", ""},
                                  .size = sizeof(fc_errors),
                                  .count = e->targets,
                                  .heading = "series",
                                  .names = (const char *const *)e->names,
                                  .name_key = "name"},
                  [PER_STEP] = {.metrics = fc_scaled_metrics,
                                .offset = offsetof(fc_entry, step),
                                .level = FC_STEP,
                                .key = "steps",
                                .ids = {"", "*"},
                                .size = sizeof(fc_errors),
                                .count = e->horizon,
                                .heading = ">step",
                                .layout = CLI_WIDE,
                                .json = CLI_LISTS}}};
    for (int i = 0; i < e->score_count; i++)
        cli_scores_add(&s, e->scores[i].name, &e->scores[i]);
    return s;
}

void cli_series_print(const cli_scored *scored, bool per_variate, bool per_step)
{
    const fc_evaluation *e = scored->evaluation;
    const cli_scores scores = scores_of(e);
    char windows[40], points[40], skipped[80] = "", clean[512], took[32];
    if (e->skipped) {
        char count[40];
        snprintf(skipped, sizeof skipped, ", %s left out as missing", cli_count(e->skipped, count));
    }
    printf("%s, %s part (%s): %s windows, look-back %d, horizon %d, season %d\n",
           cli_clean(scored->data, clean, sizeof clean), scored->part, scored->split,
           cli_count(e->windows.count, windows), e->windows.lookback, e->windows.horizon, e->season);
    printf("%s values of %d series scored%s, in %s\n\n", cli_count(e->points, points), e->targets, skipped,
           cli_duration(e->seconds, took));
    cli_scores_print(&scores);
    if (per_variate)
        cli_scores_print_group(&scores, &scores.parts[PER_SERIES]);
    if (per_step)
        cli_scores_print_group(&scores, &scores.parts[PER_STEP]);
    cli_verdict_print(e->verdict, e->beats_naive);
}

int cli_series_json(const cli_scored *scored, nn_error *error)
{
    const fc_evaluation *e = scored->evaluation;
    const cli_scores scores = scores_of(e);
    json_t *object = cli_json_new("auspex.evaluate/1");
    nn_json_set(object, "data", nn_json_text(scored->data));
    nn_json_set(object, "model", nn_json_text(scored->model->kind->name));
    nn_json_set(object, "part", nn_json_text(scored->part));
    nn_json_set(object, "split", nn_json_text(scored->split));
    nn_json_set(object, "windows", json_integer((json_int_t)e->windows.count));
    nn_json_set(object, "lookback", json_integer(e->windows.lookback));
    nn_json_set(object, "horizon", json_integer(e->horizon));
    nn_json_set(object, "season", json_integer(e->season));
    nn_json_set(object, "points", json_integer((json_int_t)e->points));
    nn_json_set(object, "skipped", json_integer((json_int_t)e->skipped));
    nn_json_set(object, "scores", cli_scores_json(&scores));
    nn_json_set(object, "best_naive", nn_json_text(e->scores[e->best_naive].name));
    nn_json_set(object, "p", nn_json_real(e->scores[e->best_naive].p));
    nn_json_set(object, "beats_naive", json_boolean(e->beats_naive));
    nn_json_set(object, "verdict", nn_json_text(e->verdict));
    nn_json_set(object, "seconds", nn_json_real(e->seconds));
    return cli_json_print(object, error);
}

int cli_series_csv(const cli_scored *scored, const char *path, nn_error *error)
{
    const cli_scores scores = scores_of(scored->evaluation);
    return cli_scores_csv(&scores, 1, path, error);
}
