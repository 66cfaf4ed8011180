/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scores of a panel of stations as data: a model beside simple forecasts, or these alone. */
#include "forecast/scores/intervals.h"
#include "forecast/scores/score.h"
#include "forecast/scores/stations.h"
#include "forecast/tasks/stations/stations.h"
#include "lib/base/names.h"
#include "lib/pool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct scored {
    fc_score_request request;
    fc_panel_evaluation *evaluation;
} scored;

static void clear(void *state)
{
    fc_panel_evaluation_free(((scored *)state)->evaluation);
}

/* --- one window --- */

/* The sink of one window. */
static void keep_forecast(void *context, size_t origin, const double *forecast)
{
    fc_window_view *v = context;
    const size_t stations = (size_t)v->series, horizon = (size_t)v->horizon;
    (void)origin;
    for (size_t s = 0; s < stations; s++)
        for (size_t h = 0; h < horizon; h++)
            v->forecast[h * stations + s] = forecast[s * horizon + h];
}

/* The model beside the best simple forecast, or that one beside the last value. */
static int view_forecasts(fc_window_view *v, const scored *s, size_t origin, nn_error *error)
{
    const fc_panel_evaluation *e = s->evaluation;
    const fc_panel_baseline best = e->which[e->best - (e->has_model ? 1 : 0)];
    v->forecaster = e->scores[e->has_model ? 0 : e->best].base.name;
    v->rival = e->scores[e->has_model ? e->best : 0].base.name;
    fc_panel_baseline_forecast(e->baselines, e->has_model ? best : FC_PANEL_LAST, origin, v->naive);
    if (strcmp(v->rival, v->forecaster) == 0)
        v->rival = NULL;
    if (e->has_model)
        return fc_panel_forecasts(s->request.model, e->panel, (fc_panel_origins){origin, 1, 1}, 1,
                                  keep_forecast, v, error);
    fc_panel_baseline_forecast(e->baselines, best, origin, v->forecast);
    return NN_OK;
}

/* What the stations had in rows from `first` on. */
static void view_values(double *to, const ds_panel *p, size_t first, size_t rows)
{
    const size_t stations = (size_t)p->count;
    for (size_t i = 0; i < rows * stations; i++)
        to[i] = p->valid[first * stations + i] ? p->y[first * stations + i] : NAN;
}

static int window(const fc_scores *scores, size_t window, fc_window_view *v, nn_error *error)
{
    const scored *s = scores->state;
    const fc_panel_evaluation *e = s->evaluation;
    const ds_table *table = e->panel->table;
    const bool numbered = table->layout.format.kind == DS_TIME_DAY_CLOCK; /* day numbers are no dates */
    *v = (fc_window_view){0};
    if (window >= e->windows)
        return nn_fail(error, NN_USAGE, "--window %zu: the %s part has the windows 0 to %zu", window,
                       s->request.part, e->windows - 1);
    const size_t origin = e->first + window * (size_t)e->settings.stride;
    const size_t seen = e->horizon > 24 ? 2 * (size_t)e->horizon : 48;
    int code = fc_window_view_make(v, e->panel->count, e->horizon, origin < seen ? origin : seen, error);
    if (code)
        return code;
    const size_t from = origin - v->seen;
    for (int i = 0; i < v->series; i++)
        v->names[i] = e->panel->ids[i];
    for (size_t r = 0; r < v->seen + (size_t)v->horizon; r++)
        v->time[r] = numbered ? (ds_time)(from + r) : table->time[from + r];
    view_values(v->history, e->panel, from, v->seen);
    view_values(v->truth, e->panel, origin, (size_t)v->horizon);
    v->frequency = numbered ? (ds_frequency){.unit = DS_UNIT_STEP, .count = 1} : table->frequency;
    v->zone = ds_time_zone(&table->layout.format);
    code = view_forecasts(v, s, origin, error);
    if (code)
        fc_window_view_clear(v);
    return code;
}

/* --- the table --- */

/* A group of the forecasters' errors. */
static fc_score_part group(size_t offset, int count, const char *key, const char *of)
{
    return (fc_score_part){.metrics = fc_own_metrics,
                           .offset = offset,
                           .level = FC_STEP,
                           .key = key,
                           .ids = {of, "", "*"},
                           .size = sizeof(fc_errors),
                           .count = count,
                           .heading = ">step",
                           .layout = FC_WIDE};
}

static void fill_parts(fc_score_table *t, const fc_panel_evaluation *e)
{
    fc_score_part stations =
        group(offsetof(fc_panel_score, base.each), e->panel->count, "stations", "station");
    stations.level = FC_EACH;
    stations.names = (const char *const *)e->panel->ids;
    stations.heading = "station";
    stations.ids[1] = "*";
    stations.ids[2] = "";
    stations.layout = FC_LONG;
    stations.name_key = "station";
    stations.name_last = true;
    fc_score_part farm_steps =
        group(offsetof(fc_panel_score, farm_step), e->horizon, "farm_steps", "farm-step");
    farm_steps.only = 1 << FC_JSON | 1 << FC_CSV;
    const fc_score_part parts[] = {{.metrics = fc_own_metrics,
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
                                   stations,
                                   group(offsetof(fc_panel_score, base.step), e->horizon, "steps", "step"),
                                   farm_steps,
                                   {.metrics = fc_entry_metrics, .level = FC_WHOLE, .only = 1 << FC_TEXT},
                                   {.metrics = fc_kdd_metrics,
                                    .offset = offsetof(fc_panel_score, kdd),
                                    .level = e->settings.kdd ? FC_WHOLE : 0,
                                    .key = "kdd_cup_2022",
                                    .ids = {"kdd-cup-2022", "", ""}},
                                   {.metrics = fc_entry_metrics, .level = FC_WHOLE, .only = 1 << FC_JSON}};
    t->part_count = sizeof parts / sizeof *parts;
    memcpy(t->parts, parts, sizeof parts);
}

static void fill_table(fc_score_table *t, const fc_panel_evaluation *e)
{
    *t = (fc_score_table){.heading = "forecast",
                          .ids = "of,station,step",
                          .sheet = {{.heading = "forecast", .note = t->text}},
                          .verdict = e->verdict,
                          .good = e->has_model ? e->beats : -1};
    snprintf(
        t->text, sizeof t->text,
        "MAE, RMSE: the file's units, over all valid values; WAPE: sum of absolute errors over sum of "
        "absolute values; farm: of the sum over the stations; p: chance of an MSE this far from %s's if both "
        "forecast equally well%s",
        e->scores[0].base.name,
        e->settings.kdd ? "; score: KDD Cup 2022, each turbine's MAE and RMSE in MW summed, and their mean"
                        : "");
    fill_parts(t, e);
    fc_intervals_show(t, e->settings.intervals, offsetof(fc_panel_score, base.intervals),
                      offsetof(fc_panel_score, base.parts), e->horizon,
                      (const char *const[FC_MOST_IDS]){"steps", "", "*"});
    for (int i = 0; i < e->score_count; i++)
        fc_score_table_add(t, e->scores[i].base.name, &e->scores[i]);
}

static void describe(fc_scores *s, const fc_score_request *request, const fc_panel_evaluation *e)
{
    json_t *about = s->about;
    fc_score_about(s, request);
    nn_json_set(about, "windows", json_integer((json_int_t)e->windows));
    nn_json_set(about, "horizon", json_integer(e->horizon));
    nn_json_set(about, "stride", json_integer(e->settings.stride));
    nn_json_set(about, "season", json_integer(e->season));
    nn_json_set(about, "order", json_integer(e->order));
    nn_json_set(about, "neighbours", json_integer(e->neighbours));
    nn_json_set(about, "mask", nn_json_text(e->panel->mask));
    nn_json_set(about, "points", json_integer((json_int_t)e->points));
    nn_json_set(about, "skipped", json_integer((json_int_t)e->skipped));
    nn_json_set(about, "scores", json_null());
    nn_json_set(about, "best_simple", nn_json_text(e->scores[e->best].base.name));
    nn_json_set(about, "p", nn_json_real(e->scores[e->best].base.p));
    nn_json_set(about, "beats_simple", e->has_model ? json_boolean(e->beats) : json_null());
    nn_json_set(about, "verdict", nn_json_text(e->verdict));
    snprintf(s->lines, sizeof s->lines,
             "{data}, {part} part ({split}): {windows} windows, horizon %d, stride %d, season %d\n"
             "{points} values of %d stations scored%s%s, in {seconds}\n"
             "ar: least squares on the last %d values; ar-neighbours: and those of %d other stations\n",
             e->horizon, e->settings.stride, e->season, e->panel->count,
             e->skipped ? ", {skipped} left out as missing" : "",
             e->skipped && e->panel->mask ? " or masked" : "", e->order, e->neighbours);
    s->schema = "auspex.evaluate-panel/1";
    s->beats = e->beats;
    s->rival = "the best simple forecast";
    s->window = window;
    s->step = "rmse";
    s->step_title = "RMSE over all stations";
    s->stations = e->panel->stations;
    s->shown = e->has_model ? 0 : e->best;
}

/* --- all of it --- */

static int check_stations(const fc_panel *known, const ds_panel *panel, nn_error *error)
{
    int *place = nn_names_places(panel->ids, panel->count, known->ids, known->stations), s = 0;
    if (!place)
        return nn_no_memory(error);
    while (s < panel->count && place[s] >= 0)
        s++;
    free(place);
    return s == panel->count
               ? NN_OK
               : nn_fail(
                     error, NN_BAD_DATA,
                     "%s: station '%.100s' is none that the model was trained on; --exclude leaves it out",
                     panel->table->path, panel->ids[s]);
}

int fc_stations_score(fc_scores **out, const fc_score_request *r, nn_error *error)
{
    const fc_model *model = r->model;
    const int season = r->season ? r->season
                       : model   ? fc_model_season(model)
                                 : ds_frequency_season(r->panel->table->frequency);
    const fc_panel_settings settings = {.lookback = model ? model->lookback : r->how.order,
                                        .stride = r->stride,
                                        .kdd = r->how.contest,
                                        .intervals = r->how.intervals,
                                        .rows = r->how.rows,
                                        .kind = model ? model->kind : NULL,
                                        .config = model ? model->config : NULL,
                                        .baseline = {.horizon = model        ? model->horizon
                                                                : r->horizon ? r->horizon
                                                                             : season,
                                                     .season = season,
                                                     .order = r->how.order,
                                                     .neighbours = r->how.neighbours,
                                                     .floor = r->how.floor}};
    int code = fc_scores_new(out, 1, sizeof(scored), clear, error);
    if (!code && model)
        code = check_stations(fc_model_panel(model), r->panel, error);
    if (code)
        return code;
    scored *s = (*out)->state;
    s->request = *r;
    nn_pool_blas_alone();
    code = fc_panel_evaluate(&s->evaluation, r->panel, r->split, r->part, &settings, error);
    if (!code && model)
        code = fc_panel_score_model(s->evaluation, model, r->threads, error);
    if (code)
        return code;
    fill_table(&(*out)->table[0], s->evaluation);
    describe(*out, r, s->evaluation);
    return NN_OK;
}
