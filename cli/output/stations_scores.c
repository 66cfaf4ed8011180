/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/output/stations_scores.h"

#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "cli/shell/table.h"
#include "forecast/scores/verdict.h"
#include "lib/base/output.h"
#include "lib/base/text.h"

#include <math.h>
#include <string.h>

/* --- for people --- */

static void print_p(cli_table *table, double p)
{
    char text[24];
    fc_p_text(p, text); /* without the "p =" of running text */
    cli_table_cell(table, "%s", isnan(p) ? "-" : strncmp(text, "p < ", 4) ? text + 4 : "<0.001");
}

static void put_errors(cli_table *table, const fc_panel_errors *e)
{
    cli_table_short(table, e->mae, 5);
    cli_table_short(table, e->rmse, 5);
    cli_table_number(table, e->wape, 4);
}

static void print_all(const fc_panel_evaluation *e)
{
    cli_table *table = cli_table_new(
        e->settings.kdd
            ? "forecast|>MAE|>RMSE|>WAPE|>farm MAE|>farm RMSE|>farm WAPE|>p|>sum MAE|>sum RMSE|>score"
            : "forecast|>MAE|>RMSE|>WAPE|>farm MAE|>farm RMSE|>farm WAPE|>p");
    for (int i = 0; i < e->score_count; i++) {
        const fc_panel_score *s = &e->scores[i];
        cli_table_cell(table, "%s", s->name);
        put_errors(table, &s->all);
        put_errors(table, &s->farm);
        print_p(table, s->p);
        if (!e->settings.kdd)
            continue;
        cli_table_number(table, s->kdd.mae, 5);
        cli_table_number(table, s->kdd.rmse, 5);
        cli_table_number(table, s->kdd.score, 5);
    }
    cli_table_print(table, stdout);
    char text[600];
    snprintf(
        text, sizeof text,
        "MAE, RMSE: the file's units, over all valid values; WAPE: sum of absolute errors over sum of "
        "absolute "
        "values; farm: of the sum over the stations; p: chance of an MSE this far from %s's if both forecast "
        "equally well%s",
        e->scores[0].name,
        e->settings.kdd ? "; score: KDD Cup 2022, each turbine's MAE and RMSE in MW summed, and their mean"
                        : "");
    cli_wrap(stdout, text, 0, 0, cli_width(stdout));
}

static void print_stations(const fc_panel_evaluation *e)
{
    cli_table *table = cli_table_new("station|forecast|>values|>MAE|>RMSE|>WAPE");
    for (int s = 0; s < e->panel->count; s++)
        for (int i = 0; i < e->score_count; i++) {
            const fc_panel_errors *errors = &e->scores[i].station[s];
            cli_table_cell(table, "%s", i ? "" : e->panel->ids[s]);
            cli_table_cell(table, "%s", e->scores[i].name);
            cli_table_cell(table, "%zu", errors->count);
            put_errors(table, errors);
        }
    putchar('\n');
    cli_table_print(table, stdout);
}

static void print_steps(const fc_panel_evaluation *e)
{
    char headings[512] = ">step|>values";
    size_t at = strlen(headings);
    for (int i = 0; i < e->score_count; i++) {
        const int n = snprintf(headings + at, sizeof headings - at, "|>%s MAE|>RMSE", e->scores[i].name);
        at += n > 0 ? (size_t)n : 0;
    }
    cli_table *table = cli_table_new(headings);
    for (int h = 0; h < e->horizon; h++) {
        cli_table_cell(table, "%d", h + 1);
        cli_table_cell(table, "%zu", e->scores[0].step[h].count);
        for (int i = 0; i < e->score_count; i++) {
            cli_table_short(table, e->scores[i].step[h].mae, 5);
            cli_table_short(table, e->scores[i].step[h].rmse, 5);
        }
    }
    putchar('\n');
    cli_table_print(table, stdout);
}

void cli_panel_scores_print(const cli_panel_scored *scored, bool per_station, bool per_step)
{
    const fc_panel_evaluation *e = scored->evaluation;
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
    print_all(e);
    if (per_station)
        print_stations(e);
    if (per_step)
        print_steps(e);
    const bool colour = cli_colour(stdout) && e->has_model;
    printf("\n%s", colour ? (e->beats ? "\033[1;32m" : "\033[1;31m") : "");
    cli_wrap(stdout, e->verdict, 0, 0, cli_width(stdout));
    fputs(colour ? "\033[0m" : "", stdout);
}

/* --- JSON --- */

static json_t *errors_json(const fc_panel_errors *e)
{
    json_t *object = json_object();
    cli_json_set(object, "count", json_integer((json_int_t)e->count));
    cli_json_set(object, "mae", cli_json_real(e->mae));
    cli_json_set(object, "rmse", cli_json_real(e->rmse));
    cli_json_set(object, "wape", cli_json_real(e->wape));
    return object;
}

static json_t *list_json(const fc_panel_errors *e, int count, char *const *ids)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        json_t *object = errors_json(&e[i]);
        if (ids)
            cli_json_set(object, "station", cli_json_text(ids[i]));
        cli_json_append(list, object);
    }
    return list;
}

static json_t *kdd_json(const fc_kdd *k)
{
    json_t *object = json_object();
    cli_json_set(object, "mae", cli_json_real(k->mae));
    cli_json_set(object, "rmse", cli_json_real(k->rmse));
    cli_json_set(object, "score", cli_json_real(k->score));
    cli_json_set(object, "scored", json_integer(k->scored));
    cli_json_set(object, "zero", json_integer(k->zero));
    cli_json_set(object, "constant", json_integer(k->constant));
    return object;
}

static json_t *score_json(const fc_panel_evaluation *e, const fc_panel_score *s)
{
    json_t *object = errors_json(&s->all);
    cli_json_set(object, "name", cli_json_text(s->name));
    cli_json_set(object, "farm", errors_json(&s->farm));
    cli_json_set(object, "stations", list_json(s->station, e->panel->count, e->panel->ids));
    cli_json_set(object, "steps", list_json(s->step, e->horizon, NULL));
    cli_json_set(object, "farm_steps", list_json(s->farm_step, e->horizon, NULL));
    if (e->settings.kdd)
        cli_json_set(object, "kdd_cup_2022", kdd_json(&s->kdd));
    cli_json_set(object, "dm", cli_json_real(s->dm));
    cli_json_set(object, "p", cli_json_real(s->p));
    return object;
}

int cli_panel_scores_json(const cli_panel_scored *scored, nn_error *error)
{
    const fc_panel_evaluation *e = scored->evaluation;
    json_t *object = cli_json_new("auspex.evaluate-panel/1"), *scores = json_array();
    cli_json_set(object, "data", cli_json_text(scored->data));
    cli_json_set(object, "model", e->has_model ? cli_json_text(e->scores[0].name) : json_null());
    cli_json_set(object, "part", cli_json_text(scored->part));
    cli_json_set(object, "split", cli_json_text(scored->split));
    cli_json_set(object, "windows", json_integer((json_int_t)e->windows));
    cli_json_set(object, "horizon", json_integer(e->horizon));
    cli_json_set(object, "stride", json_integer(e->settings.stride));
    cli_json_set(object, "season", json_integer(e->season));
    cli_json_set(object, "order", json_integer(e->order));
    cli_json_set(object, "neighbours", json_integer(e->neighbours));
    cli_json_set(object, "mask", cli_json_text(e->panel->mask));
    cli_json_set(object, "points", json_integer((json_int_t)e->points));
    cli_json_set(object, "skipped", json_integer((json_int_t)e->skipped));
    for (int i = 0; i < e->score_count; i++)
        cli_json_append(scores, score_json(e, &e->scores[i]));
    cli_json_set(object, "scores", scores);
    cli_json_set(object, "best_simple", cli_json_text(e->scores[e->best].name));
    cli_json_set(object, "p", cli_json_real(e->scores[e->best].p));
    cli_json_set(object, "beats_simple", e->has_model ? json_boolean(e->beats) : json_null());
    cli_json_set(object, "verdict", cli_json_text(e->verdict));
    cli_json_set(object, "seconds", cli_json_real(scored->seconds));
    return cli_json_print(object, error);
}

/* --- CSV --- */

/* step 0: all of them. */
static void put_row(FILE *out, const char *name, const char *of, const char *station, int step,
                    const fc_panel_errors *e)
{
    fprintf(out, "%s,%s,", name, of);
    nn_csv_field(out, station);
    if (step)
        fprintf(out, ",%d", step);
    else
        fputc(',', out);
    fprintf(out, ",%zu", e->count);
    cli_csv_number(out, e->mae);
    cli_csv_number(out, e->rmse);
    cli_csv_number(out, e->wape);
    fputc('\n', out);
}

static void put_score(FILE *out, const fc_panel_evaluation *e, const fc_panel_score *s)
{
    put_row(out, s->name, "all", "", 0, &s->all);
    put_row(out, s->name, "farm", "", 0, &s->farm);
    if (e->settings.kdd) {
        const fc_panel_errors sum = {(size_t)s->kdd.scored, s->kdd.mae, s->kdd.rmse, NAN};
        put_row(out, s->name, "kdd-cup-2022", "", 0, &sum);
    }
    for (int i = 0; i < e->panel->count; i++)
        put_row(out, s->name, "station", e->panel->ids[i], 0, &s->station[i]);
    for (int h = 0; h < e->horizon; h++)
        put_row(out, s->name, "step", "", h + 1, &s->step[h]);
    for (int h = 0; h < e->horizon; h++)
        put_row(out, s->name, "farm-step", "", h + 1, &s->farm_step[h]);
}

int cli_panel_scores_csv(const cli_panel_scored *scored, const char *path, nn_error *error)
{
    nn_output *output = nn_output_open(path, error);
    if (!output)
        return NN_FAILED;
    FILE *out = nn_output_stream(output);
    fputs("forecast,of,station,step,count,mae,rmse,wape\n", out);
    for (int i = 0; i < scored->evaluation->score_count; i++)
        put_score(out, scored->evaluation, &scored->evaluation->scores[i]);
    return nn_output_commit(output, error);
}
