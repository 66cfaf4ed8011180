/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scores of a panel of stations for people, as JSON and as CSV. */
#include "cli/output/stations_scores.h"

#include "cli/output/scores.h"
#include "cli/shell/report.h"

enum { PER_STATION = 3, PER_STEP };

/* A group of the forecasters' errors. */
static cli_part group(size_t offset, int count, const char *key, const char *of)
{
    return (cli_part){.metrics = fc_own_metrics,
                      .offset = offset,
                      .level = FC_STEP,
                      .key = key,
                      .ids = {of, "", "*"},
                      .size = sizeof(fc_errors),
                      .count = count,
                      .heading = ">step",
                      .layout = CLI_WIDE};
}

static cli_scores scores_of(const fc_panel_evaluation *e)
{
    cli_scores s = {
        .heading = "forecast",
        .ids = "of,station,step",
        .part_count = 9,
        .parts = {{.metrics = fc_own_metrics,
                   .offset = offsetof(fc_panel_score, base.all),
                   .level = FC_WHOLE,
                   .ids = {"all", "", ""}},
                  {.metrics = NULL},
                  {.metrics = fc_own_metrics,
                   .offset = offsetof(fc_panel_score, farm),
                   .level = FC_WHOLE,
                   .key = "farm",
                   .prefix = "farm ",
                   .ids = {"farm", "", ""}},
                  group(offsetof(fc_panel_score, base.each), e->panel->count, "stations", "station"),
                  group(offsetof(fc_panel_score, base.step), e->horizon, "steps", "step"),
                  group(offsetof(fc_panel_score, farm_step), e->horizon, "farm_steps", "farm-step"),
                  {.metrics = fc_entry_metrics, .level = FC_WHOLE, .only = 1 << FC_TEXT},
                  {.metrics = fc_kdd_metrics,
                   .offset = offsetof(fc_panel_score, kdd),
                   .level = e->settings.kdd ? FC_WHOLE : 0,
                   .key = "kdd_cup_2022",
                   .ids = {"kdd-cup-2022", "", ""}},
                  {.metrics = fc_entry_metrics, .level = FC_WHOLE, .only = 1 << FC_JSON}}};
    cli_part *stations = &s.parts[PER_STATION];
    stations->level = FC_EACH;
    stations->names = (const char *const *)e->panel->ids;
    stations->heading = "station";
    stations->ids[1] = "*";
    stations->ids[2] = "";
    stations->layout = CLI_LONG;
    stations->name_key = "station";
    stations->name_last = true;
    for (int i = 0; i < e->score_count; i++)
        cli_scores_add(&s, e->scores[i].base.name, &e->scores[i]);
    return s;
}

/* --- for people --- */

static void print_all(const fc_panel_evaluation *e, cli_scores *scores)
{
    char text[600];
    snprintf(
        text, sizeof text,
        "MAE, RMSE: the file's units, over all valid values; WAPE: sum of absolute errors over sum of "
        "absolute values; farm: of the sum over the stations; p: chance of an MSE this far from %s's if both "
        "forecast equally well%s",
        e->scores[0].base.name,
        e->settings.kdd ? "; score: KDD Cup 2022, each turbine's MAE and RMSE in MW summed, and their mean"
                        : "");
    scores->notes[0] = text;
    cli_scores_print(scores);
}

void cli_panel_scores_print(const cli_panel_scored *scored, bool per_station, bool per_step)
{
    const fc_panel_evaluation *e = scored->evaluation;
    cli_scores scores = scores_of(e);
    char windows[40], points[40], count[40], skipped[100] = "", clean[512], took[32];
    if (e->skipped)
        snprintf(skipped, sizeof skipped, ", %s left out as missing%s", cli_count(e->skipped, count),
                 e->panel->mask ? " or masked" : "");
    printf("%s, %s part (%s): %s windows, horizon %d, stride %d, season %d\n",
           cli_clean(scored->data, clean, sizeof clean), scored->part, scored->split,
           cli_count(e->windows, windows), e->horizon, e->settings.stride, e->season);
    printf("%s values of %d stations scored%s, in %s\n", cli_count(e->points, points), e->panel->count,
           skipped, cli_duration(scored->seconds, took));
    printf("ar: least squares on the last %d values; ar-neighbours: and those of %d other stations\n\n",
           e->order, e->neighbours);
    print_all(e, &scores);
    if (per_station)
        cli_scores_print_group(&scores, &scores.parts[PER_STATION]);
    if (per_step)
        cli_scores_print_group(&scores, &scores.parts[PER_STEP]);
    cli_verdict_print(e->verdict, e->has_model ? e->beats : -1);
}

int cli_panel_scores_json(const cli_panel_scored *scored, nn_error *error)
{
    const fc_panel_evaluation *e = scored->evaluation;
    const cli_scores scores = scores_of(e);
    json_t *object = cli_json_new("auspex.evaluate-panel/1");
    nn_json_set(object, "data", nn_json_text(scored->data));
    nn_json_set(object, "model", e->has_model ? nn_json_text(e->scores[0].base.name) : json_null());
    nn_json_set(object, "part", nn_json_text(scored->part));
    nn_json_set(object, "split", nn_json_text(scored->split));
    nn_json_set(object, "windows", json_integer((json_int_t)e->windows));
    nn_json_set(object, "horizon", json_integer(e->horizon));
    nn_json_set(object, "stride", json_integer(e->settings.stride));
    nn_json_set(object, "season", json_integer(e->season));
    nn_json_set(object, "order", json_integer(e->order));
    nn_json_set(object, "neighbours", json_integer(e->neighbours));
    nn_json_set(object, "mask", nn_json_text(e->panel->mask));
    nn_json_set(object, "points", json_integer((json_int_t)e->points));
    nn_json_set(object, "skipped", json_integer((json_int_t)e->skipped));
    nn_json_set(object, "scores", cli_scores_json(&scores));
    nn_json_set(object, "best_simple", nn_json_text(e->scores[e->best].base.name));
    nn_json_set(object, "p", nn_json_real(e->scores[e->best].base.p));
    nn_json_set(object, "beats_simple", e->has_model ? json_boolean(e->beats) : json_null());
    nn_json_set(object, "verdict", nn_json_text(e->verdict));
    nn_json_set(object, "seconds", nn_json_real(scored->seconds));
    return cli_json_print(object, error);
}

int cli_panel_scores_csv(const cli_panel_scored *scored, const char *path, nn_error *error)
{
    const cli_scores scores = scores_of(scored->evaluation);
    return cli_scores_csv(&scores, 1, path, error);
}
