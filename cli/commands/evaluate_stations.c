/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex evaluate for a panel of stations, with its pictures. */
#include "cli/commands/evaluate_stations.h"

#include "cli/output/series_figure.h"
#include "cli/output/stations_scores.h"
#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "forecast/tasks/stations.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(cli_panel_scoring, name)
const nn_option cli_panel_scoring_options[] = {
    {"baselines", 0, NN_FLAG, FIELD(baselines), "false", NULL, 0, 0,
     "score the simple forecasts of a panel alone, without a model"},
    {"horizon", 0, NN_INT, FIELD(horizon), "0", "N", 0, 100000,
     "steps ahead that --baselines forecast; 0: a season"},
    {"stride", 0, NN_INT, FIELD(stride), "1", "N", 1, 10000000,
     "rows from one forecast of a panel to the next"},
    {"order", 0, NN_INT, FIELD(order), "3", "N", 1, 1000,
     "last values that the linear forecasts of a panel look at, of the station and of its --neighbours"},
    {"floor", 0, NN_REAL, FIELD(floor), NULL, "VALUE", 0, 0,
     "simple forecasts of a panel below this value count as it, such as 0 for power"},
    {"contest", 0, NN_FLAG, FIELD(contest), "false", NULL, 0, 0,
     "also the score of the KDD Cup 2022, for a target in kW: each station's MAE and RMSE in MW, summed"},
    {"plot-map", 0, NN_TEXT, FIELD(plot_map), NULL, "FILE", 0, 0,
     "draw the stations where they stand, coloured by their RMSE: .png, .svg or .pdf; -: text art"},
    {0}};

/* --- pictures --- */

static int draw_steps(cli_figure *figure, const cli_panel_scored *scored, nn_error *error)
{
    const fc_panel_evaluation *e = scored->evaluation;
    double *rmse = calloc((size_t)e->score_count * (size_t)e->horizon, sizeof *rmse);
    pl_curve curves[1 + FC_PANEL_BASELINES];
    char title[300];
    if (!rmse)
        return nn_fail(error, NN_FAILED, "no memory for a picture");
    for (int i = 0; i < e->score_count; i++) {
        double *row = rmse + (size_t)i * (size_t)e->horizon;
        for (int h = 0; h < e->horizon; h++)
            row[h] = e->scores[i].base.step[h].rmse;
        curves[i] = (pl_curve){.name = e->scores[i].base.name, .value = row, .count = e->horizon};
    }
    snprintf(title, sizeof title, "Error by step ahead on %.200s, %s part", scored->data, scored->part);
    const pl_curves_plot plot = {.title = title,
                                 .x_title = "steps ahead",
                                 .y_title = "RMSE over all stations",
                                 .curves = curves,
                                 .curve_count = e->score_count};
    int code = cli_figure_end(figure, pl_curves(&plot, cli_figure_begin(figure), error));
    free(rmse);
    return code;
}

static int draw_map(cli_figure *figure, const cli_panel_scored *scored, nn_error *error)
{
    const fc_panel_evaluation *e = scored->evaluation;
    const ds_stations *s = e->panel->stations;
    const fc_panel_score *score = &e->scores[e->has_model ? 0 : e->best];
    const size_t n = (size_t)s->count;
    double *values = calloc(3 * n, sizeof *values);
    char title[300];
    if (!values)
        return nn_fail(error, NN_FAILED, "no memory for a picture");
    for (size_t i = 0; i < n; i++) {
        values[i] = s->x[i] / (s->spherical ? 1000 : 1);
        values[n + i] = s->y[i] / (s->spherical ? 1000 : 1);
        values[2 * n + i] = score->base.each[i].rmse;
    }
    snprintf(title, sizeof title, "RMSE of %s on %.200s, %s part", score->base.name, scored->data,
             scored->part);
    const pl_station_map_plot plot = {.title = title,
                                      .x_title = s->spherical ? "km east of the centre" : "x",
                                      .y_title = s->spherical ? "km north of the centre" : "y",
                                      .value_title = "RMSE",
                                      .names = (const char *const *)s->ids,
                                      .x = values,
                                      .y = values + n,
                                      .value = values + 2 * n,
                                      .count = s->count};
    int code = cli_figure_end(figure, pl_station_map(&plot, cli_figure_begin(figure), error));
    free(values);
    return code;
}

/* One window's forecast, H x S, beside what came. */
typedef struct window_view {
    const fc_panel_evaluation *evaluation;
    double *forecast, *naive, *truth, *history;
    ds_time *past, *time; /* of the history, of the rest */
    size_t origin, from;
} window_view;

static void view_clear(window_view *v)
{
    free(v->forecast);
    free(v->naive);
    free(v->truth);
    free(v->history);
    free(v->past);
    free(v->time);
}

/* Day numbers are no dates: rows are numbered then. */
static ds_time shown_time(const ds_table *table, size_t row)
{
    return table->layout.format.kind == DS_TIME_DAY_CLOCK ? (ds_time)row : table->time[row];
}

/* The sink of one window. */
static void keep_forecast(void *context, size_t origin, const double *forecast)
{
    window_view *v = context;
    const size_t stations = (size_t)v->evaluation->panel->count, horizon = (size_t)v->evaluation->horizon;
    (void)origin;
    for (size_t s = 0; s < stations; s++)
        for (size_t h = 0; h < horizon; h++)
            v->forecast[h * stations + s] = forecast[s * horizon + h];
}

static int view_forecast(window_view *v, const fc_model *model, nn_error *error)
{
    const fc_panel_evaluation *e = v->evaluation;
    const int best = e->best - (e->has_model ? 1 : 0);
    fc_panel_baseline_forecast(e->baselines, model ? (fc_panel_baseline)best : FC_PANEL_LAST, v->origin,
                               v->naive);
    if (model)
        return fc_panel_forecasts(model, e->panel, (fc_panel_origins){v->origin, 1, 1}, 1, keep_forecast, v,
                                  error);
    fc_panel_baseline_forecast(e->baselines, (fc_panel_baseline)best, v->origin, v->forecast);
    return NN_OK;
}

static int view_make(window_view *v, const fc_panel_evaluation *e, size_t window, nn_error *error)
{
    v->evaluation = e;
    const ds_panel *p = e->panel;
    const size_t stations = (size_t)p->count, horizon = (size_t)e->horizon;
    const size_t seen = 2 * horizon > 48 ? 2 * horizon : 48;
    v->origin = e->first + window * (size_t)e->settings.stride;
    v->from = v->origin > seen ? v->origin - seen : 0;
    v->forecast = calloc(stations * horizon + 1, sizeof(double));
    v->naive = calloc(stations * horizon + 1, sizeof(double));
    v->truth = calloc(stations * horizon + 1, sizeof(double));
    v->history = calloc(stations * (v->origin - v->from) + 1, sizeof(double));
    v->past = calloc(v->origin - v->from + 1, sizeof *v->past);
    v->time = calloc(horizon + 1, sizeof *v->time);
    if (!v->forecast || !v->naive || !v->truth || !v->history || !v->past || !v->time)
        return nn_fail(error, NN_FAILED, "no memory for a picture");
    for (size_t h = 0; h < horizon; h++) {
        v->time[h] = shown_time(p->table, v->origin + h);
        for (size_t s = 0; s < stations; s++) {
            const size_t at = (v->origin + h) * stations + s;
            v->truth[h * stations + s] = p->valid[at] ? p->y[at] : NAN;
        }
    }
    for (size_t r = v->from; r < v->origin; r++) {
        v->past[r - v->from] = shown_time(p->table, r);
        for (size_t s = 0; s < stations; s++)
            v->history[(r - v->from) * stations + s] =
                p->valid[r * stations + s] ? p->y[r * stations + s] : NAN;
    }
    return NN_OK;
}

static int add_station(cli_panels *panels, const window_view *v, const fc_panel_evaluation *e, int station,
                       nn_error *error)
{
    const ds_panel *p = e->panel;
    const size_t horizon = (size_t)e->horizon;
    pl_forecast_panel *panel = cli_panels_add(panels, p->ids[station]);
    if (!panel)
        return NN_OK;
    const char *name = e->scores[e->has_model ? 0 : e->best].base.name;
    const char *beside = e->has_model ? e->scores[e->best].base.name : e->scores[0].base.name;
    int code = cli_panels_line(panels, &panel->history, "history", v->past, v->history, station, p->count,
                               v->origin - v->from, error);
    if (!code)
        code = cli_panels_line(panels, &panel->forecast, name, v->time, v->forecast, station, p->count,
                               horizon, error);
    if (!code)
        code = cli_panels_line(panels, &panel->truth, "truth", v->time, v->truth, station, p->count, horizon,
                               error);
    if (!code && strcmp(name, beside) != 0)
        code = cli_panels_line(panels, &panel->naive, beside, v->time, v->naive, station, p->count, horizon,
                               error);
    return code;
}

static int draw_window(const cli_panel_asked_scores *asked, const cli_panel_scored *scored, nn_error *error)
{
    const fc_panel_evaluation *e = scored->evaluation;
    const ds_table *table = e->panel->table;
    const bool numbered = table->layout.format.kind == DS_TIME_DAY_CLOCK;
    const ds_frequency frequency = numbered ? (ds_frequency){.unit = DS_UNIT_STEP, .count = 1} : table->frequency;
    cli_panels panels = {.zone = ds_time_zone(&table->layout.format)};
    window_view view = {0};
    char title[300];
    if ((size_t)asked->window >= e->windows)
        return nn_fail(error, NN_USAGE, "--window %d: the %s part has the windows 0 to %zu", asked->window,
                       scored->part, e->windows - 1);
    int code = view_make(&view, e, (size_t)asked->window, error);
    if (!code)
        code = view_forecast(&view, asked->model, error);
    for (int s = 0; s < e->panel->count && !code; s++)
        code = add_station(&panels, &view, e, s, error);
    snprintf(title, sizeof title, "%s on %.200s, %s window %d",
             e->scores[e->has_model ? 0 : e->best].base.name, scored->data, scored->part, asked->window);
    if (!code)
        code = cli_panels_draw(&panels, asked->window_figure, title, frequency, error);
    cli_panels_clear(&panels);
    view_clear(&view);
    return code;
}

/* --- scoring --- */

static int give(const cli_panel_asked_scores *asked, const cli_panel_scored *scored, cli_figure *map,
                nn_error *error)
{
    int code = NN_OK;
    if (asked->json)
        code = cli_panel_scores_json(scored, error);
    else if (!asked->csv || strcmp(asked->csv, "-") != 0)
        cli_panel_scores_print(scored, asked->per_station, asked->per_step);
    if (!code && asked->csv)
        code = cli_panel_scores_csv(scored, asked->csv, error);
    if (!code && cli_figure_wanted(asked->window_figure))
        code = draw_window(asked, scored, error);
    if (!code && cli_figure_wanted(asked->steps_figure))
        code = draw_steps(asked->steps_figure, scored, error);
    if (!code && cli_figure_wanted(map))
        code = draw_map(map, scored, error);
    if (!code && asked->require_skill && !scored->evaluation->beats)
        code = nn_fail(error, CLI_GATE,
                       "the model is not shown to beat the best simple forecast (--require-skill)");
    return code;
}

static int check(const cli_panel *panel, const cli_panel_asked_scores *asked, const cli_figure *map,
                 nn_error *error)
{
    const fc_model *model = asked->model;
    if (asked->require_skill && !model)
        return nn_fail(error, NN_USAGE,
                       "--require-skill is about a model; --baselines are scored without one");
    if (cli_figure_wanted(map) && !panel->stations)
        return nn_fail(error, NN_USAGE, "--plot-map needs the stations' coordinates: --stations FILE");
    if (model && asked->scoring->horizon && asked->scoring->horizon != model->horizon)
        return nn_fail(error, NN_USAGE, "--horizon %d: the model forecasts %d steps", asked->scoring->horizon,
                       model->horizon);
    for (int s = 0; model && s < panel->panel->count; s++) {
        int at = 0;
        while (at < fc_model_panel(model)->stations &&
               strcmp(fc_model_panel(model)->ids[at], panel->panel->ids[s]) != 0)
            at++;
        if (at == fc_model_panel(model)->stations)
            return nn_fail(
                error, NN_BAD_DATA,
                "%s: station '%.100s' is none that the model was trained on; --exclude leaves it out",
                panel->table->path, panel->panel->ids[s]);
    }
    return cli_figure_check(map, error);
}

static int score_model(fc_panel_evaluation *e, const cli_panel_asked_scores *asked, nn_error *error)
{
    const fc_panel_origins all = {e->first, e->windows, (size_t)e->settings.stride};
    int code = fc_panel_model_begin(e, asked->model->kind->name, error);
    if (!code)
        code = fc_panel_forecasts(asked->model, e->panel, all, asked->threads, fc_panel_take, e, error);
    return code ? code : fc_panel_model_finish(e, error);
}

/* The rows up to the last valid target, which are those that training cut; known-future variables may go on.
 */
static int split_rows(ds_split *split, const cli_panel *panel, const cli_panel_asked_scores *asked,
                      const char *text, nn_error *error)
{
    ds_table past = *panel->table;
    past.rows = ds_panel_end(panel->panel);
    const int code = ds_split_make(text, &past, split, error);
    if (code && asked->model && !asked->split)
        nn_fail_within(error, "the model's split (--split chooses another)");
    return code;
}

int cli_evaluate_panel(const cli_panel *panel, const cli_panel_asked_scores *asked,
                       const cli_panel_settings *settings, nn_error *error)
{
    const cli_panel_scoring *s = asked->scoring;
    const fc_model *model = asked->model;
    const double start = nn_seconds();
    cli_panel_scored scored = {.data = nn_base_name(panel->table->path), .part = asked->part};
    scored.split = asked->split ? asked->split : ds_split_text(model ? model->split : NULL);
    cli_figure map =
        cli_figure_make(s->plot_map, NULL, asked->json || (asked->csv && strcmp(asked->csv, "-") == 0));
    const int season = asked->season ? asked->season : ds_frequency_season(panel->table->frequency);
    const int horizon = model ? model->horizon : s->horizon ? s->horizon : season;
    const fc_panel_settings own = {.lookback = model ? model->lookback : s->order,
                                   .stride = s->stride,
                                   .kdd = s->contest,
                                   .baseline = {.horizon = horizon,
                                                .season = season,
                                                .order = s->order,
                                                .neighbours = settings->neighbours,
                                                .floor = cli_given("floor") ? s->floor : NAN}};
    ds_split split;
    fc_panel_evaluation *evaluation = NULL;
    int code = check(panel, asked, &map, error);
    nn_pool_blas_alone();
    if (!code)
        code = split_rows(&split, panel, asked, scored.split, error);
    cli_progress("scoring ...");
    if (!code)
        code = fc_panel_evaluate(&evaluation, panel->panel, &split, scored.part, &own, error);
    if (!code && model)
        code = score_model(evaluation, asked, error);
    cli_progress_end();
    scored.evaluation = evaluation;
    scored.seconds = nn_seconds() - start;
    if (!code)
        code = give(asked, &scored, &map, error);
    fc_panel_evaluation_free(evaluation);
    return code;
}

/* --- a model's panel --- */

/* The places that a model remembers, in its own unit: near and far are the same there. */
static int remember_stations(cli_panel *p, const fc_panel *known, nn_error *error)
{
    const size_t n = (size_t)known->stations;
    if (!known->coordinates || known->stations != p->panel->count)
        return NN_OK;
    for (int i = 0; i < known->stations; i++)
        if (strcmp(known->ids[i], p->panel->ids[i]) != 0)
            return NN_OK;
    ds_stations *s = p->stations = calloc(1, sizeof *s);
    if (!s || !(s->path = strdup("the model")) || !(s->ids = calloc(n, sizeof *s->ids)) ||
        !(s->x = calloc(n, sizeof *s->x)) || !(s->y = calloc(n, sizeof *s->y)))
        return nn_fail(error, NN_FAILED, "no memory for stations");
    for (size_t i = 0; i < n; i++, s->count++) {
        s->x[i] = known->coordinates[2 * i];
        s->y[i] = known->coordinates[2 * i + 1];
        if (!(s->ids[i] = strdup(known->ids[i])))
            return nn_fail(error, NN_FAILED, "no memory for stations");
    }
    return NN_OK;
}

int cli_panel_open(cli_panel *panel, ds_table **table, const fc_model *model,
                   const cli_panel_settings *settings, nn_error *error)
{
    *panel = (cli_panel){.table = *table};
    *table = NULL;
    int code = fc_panel_open(&panel->panel, model, panel->table, error);
    if (!code && settings->stations)
        code = ds_stations_read(&panel->stations, settings->stations, panel->panel->ids, panel->panel->count,
                                error);
    else if (!code)
        code = remember_stations(panel, fc_model_panel(model), error);
    if (code)
        cli_panel_clear(panel);
    else
        panel->panel->stations = panel->stations;
    return code;
}
