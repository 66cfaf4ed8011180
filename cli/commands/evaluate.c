/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex evaluate: reads, scores, and gives the scores of tables; prices and stations have files of their
 * own. */
#include "cli/output/series_scores.h"

#include "cli/commands/evaluate_prices.h"
#include "cli/commands/evaluate_stations.h"
#include "cli/input/reading.h"
#include "cli/output/series_figure.h"
#include "cli/shell/arguments.h"
#include "cli/shell/list.h"
#include "cli/shell/report.h"
#include "forecast/scores/prices.h"
#include "forecast/tasks/series.h"
#include "forecast/tasks/stations.h"
#include "lib/base/text.h"

#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_reading reading;
    cli_panel_settings panel;
    cli_panel_scoring scoring;
    double cost;
    char *split, *csv, *plot, *plot_steps;
    int part, season, window, threads, json, per_variate, per_step, require_skill;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"part", 0, NN_CHOICE, FIELD(part), "test", "test|validation|train", 0, 0,
     "the part of the rows that is scored"},
    {"split", 0, NN_TEXT, FIELD(split), NULL, "SPLIT", 0, 0,
     "how the rows are cut, as for train (as the model was trained)"},
    {"season", 0, NN_INT, FIELD(season), "0", "N", 0, 10000000,
     "rows of a season, for the seasonal naive forecast and MASE; 0: of the frequency, such as 24 for hours"},
    {"per-variate", 0, NN_FLAG, FIELD(per_variate), "false", NULL, 0, 0,
     "scores of every series; of every station"},
    {"per-step", 0, NN_FLAG, FIELD(per_step), "false", NULL, 0, 0, "scores of every step of the horizon"},
    {"require-skill", 0, NN_FLAG, FIELD(require_skill), "false", NULL, 0, 0,
     "exit code 4 unless the model's MSE is lower than that of the best naive forecast, and p at most 0.05 "
     "where it is defined"},
    {"cost", 0, NN_REAL, FIELD(cost), "5", "BP", 0, 1000,
     "of a model of prices: what a trade costs, in basis points of its value (a hundredth of a percent) per "
     "side"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "one JSON document instead of tables"},
    {"csv", 0, NN_TEXT, FIELD(csv), NULL, "FILE", 0, 0, "write all scores, also by series and step"},
    {"plot", 0, NN_TEXT, FIELD(plot), NULL, "FILE", 0, 0,
     "draw one window: history, truth, forecast, naive: .png, .svg or .pdf; -: text art"},
    {"window", 0, NN_INT, FIELD(window), "0", "N", 0, 0, "which window --plot draws, counted from 0"},
    {"plot-steps", 0, NN_TEXT, FIELD(plot_steps), NULL, "FILE", 0, 0,
     "draw the error by step of the horizon"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};

static const char *const part_names[] = {"test", "validation", "train"};

/* --- pictures --- */

/* Forecast, truth and naive forecast of one window, and where its history lies. */
typedef struct window_view {
    double *forecast, *truth, *naive; /* horizon x targets */
    ds_time *time;                    /* horizon */
    size_t row;                       /* of the first target */
} window_view;

static void view_clear(window_view *view)
{
    free(view->forecast);
    free(view->truth);
    free(view->naive);
    free(view->time);
}

static int view_make(window_view *view, const settings *s, const cli_scored *scored, const ds_table *table,
                     const ds_split *split, nn_error *error)
{
    const fc_evaluation *e = scored->evaluation;
    size_t size = (size_t)e->horizon * (size_t)e->targets + 1;
    view->forecast = calloc(size, sizeof(double));
    view->truth = calloc(size, sizeof(double));
    view->naive = calloc(size, sizeof(double));
    view->time = calloc((size_t)e->horizon + 1, sizeof *view->time);
    if (!view->forecast || !view->truth || !view->naive || !view->time)
        return nn_fail(error, NN_FAILED, "no memory for a picture");
    int code = fc_evaluate_window(scored->model, table, split, scored->part, (size_t)s->window, s->season,
                                  view->forecast, view->truth, view->naive, &view->row, error);
    for (int h = 0; !code && h < e->horizon; h++)
        view->time[h] = table->time[view->row + (size_t)h];
    return code;
}

static int add_panel(cli_panels *panels, const window_view *view, const fc_evaluation *e,
                     const ds_table *table, int target, nn_error *error)
{
    int column = ds_table_column(table, e->names[target]), width = e->targets;
    size_t rows = (size_t)e->windows.lookback, horizon = (size_t)e->horizon;
    size_t from = view->row > rows ? view->row - rows : 0;
    pl_forecast_panel *panel = column < 0 ? NULL : cli_panels_add(panels, e->names[target]);
    if (!panel)
        return NN_OK;
    int code = cli_panels_line(panels, &panel->history, "history", table->time + from,
                               table->values + from * (size_t)table->columns, column, table->columns,
                               view->row - from, error);
    if (!code)
        code = cli_panels_line(panels, &panel->forecast, "forecast", view->time, view->forecast, target,
                               width, horizon, error);
    if (!code)
        code = cli_panels_line(panels, &panel->truth, "truth", view->time, view->truth, target, width,
                               horizon, error);
    if (!code)
        code = cli_panels_line(panels, &panel->naive, "naive", view->time, view->naive, target, width,
                               horizon, error);
    return code;
}

static int draw_window(cli_figure *figure, const settings *s, const cli_scored *scored, const ds_table *table,
                       const ds_split *split, nn_error *error)
{
    const fc_evaluation *e = scored->evaluation;
    cli_panels panels = {.zone = ds_time_zone(&table->layout.format)};
    window_view view = {0};
    char title[300];
    int code = view_make(&view, s, scored, table, split, error);
    for (int j = 0; j < e->targets && !code; j++)
        code = add_panel(&panels, &view, e, table, j, error);
    snprintf(title, sizeof title, "%s on %.200s, %s window %d", scored->model->kind->name, scored->data,
             scored->part, s->window);
    if (!code)
        code = cli_panels_draw(&panels, figure, title, table->frequency, error);
    cli_panels_clear(&panels);
    view_clear(&view);
    return code;
}

static int draw_steps(cli_figure *figure, const cli_scored *scored, nn_error *error)
{
    const fc_evaluation *e = scored->evaluation;
    pl_curve curves[FC_FORECASTERS];
    double *mse = malloc((size_t)e->score_count * (size_t)e->horizon * sizeof *mse);
    char title[300];
    if (!mse)
        return nn_no_memory(error);
    for (int i = 0; i < e->score_count; i++) {
        double *own = mse + (size_t)i * (size_t)e->horizon;
        for (int h = 0; h < e->horizon; h++)
            own[h] = e->scores[i].step[h].mse;
        curves[i] = (pl_curve){.name = e->scores[i].name, .value = own, .count = e->horizon};
    }
    snprintf(title, sizeof title, "Error by step ahead on %.200s, %s part", scored->data, scored->part);
    pl_curves_plot plot = {.title = title,
                           .x_title = "steps ahead",
                           .y_title = "MSE of scaled values",
                           .curves = curves,
                           .curve_count = e->score_count};
    int code = cli_figure_end(figure, pl_curves(&plot, cli_figure_begin(figure), error));
    free(mse);
    return code;
}

/* --- the command --- */

typedef struct figures {
    cli_figure window, steps;
} figures;

static int give(const settings *s, figures *f, const cli_scored *scored, const ds_table *table,
                const ds_split *split, nn_error *error)
{
    int code = NN_OK;
    if (s->json)
        code = cli_series_json(scored, error);
    else if (!s->csv || strcmp(s->csv, "-") != 0)
        cli_series_print(scored, s->per_variate, s->per_step);
    if (!code && s->csv)
        code = cli_series_csv(scored, s->csv, error);
    if (!code && cli_figure_wanted(&f->window))
        code = draw_window(&f->window, s, scored, table, split, error);
    if (!code && cli_figure_wanted(&f->steps))
        code = draw_steps(&f->steps, scored, error);
    if (!code && s->require_skill && !scored->evaluation->beats_naive)
        code = nn_fail(error, CLI_GATE,
                       "the model is not shown to beat the best naive forecast (--require-skill)");
    return code;
}

static int evaluate_prices(const settings *s, figures *f, const cli_scored *scored, const cli_source *source,
                           const ds_split *split, nn_error *error)
{
    const cli_price_evaluation how = {.cost = s->cost,
                                      .csv = s->csv,
                                      .json = s->json,
                                      .threads = s->threads,
                                      .window = s->window,
                                      .require_skill = s->require_skill,
                                      .figure = &f->window};
    const char *other = cli_figure_wanted(&f->steps) ? "plot-steps"
                        : s->per_step                ? "per-step"
                        : s->season                  ? "season"
                                                     : NULL;
    if (other)
        return nn_fail(error, NN_USAGE, "--%s is not for a model of prices", other);
    return cli_evaluate_prices(&how, scored, source, split, error);
}

static int evaluate(const settings *s, figures *f, const fc_model *model, const cli_source *source,
                    nn_error *error)
{
    const ds_table *table = source->table;
    cli_scored scored = {.model = model, .data = nn_base_name(table->path), .part = part_names[s->part]};
    scored.split = s->split ? s->split : ds_split_text(model->split);
    ds_split split;
    fc_evaluation *evaluation = NULL;
    int code = ds_split_make(scored.split, table, &split, error);
    if (code && !s->split)
        nn_fail_within(error, "the model's split (--split chooses another)");
    cli_progress("scoring ...");
    if (!code && source->prices)
        return evaluate_prices(s, f, &scored, source, &split, error);
    if (!code)
        code = fc_evaluate(&evaluation, model, table, &split, scored.part, s->season, s->threads, error);
    cli_progress_end();
    scored.evaluation = evaluation;
    if (!code)
        code = give(s, f, &scored, table, &split, error);
    fc_evaluation_free(evaluation);
    return code;
}

/* Options that a model has already decided. */
static int check_decided(const cli_panel_settings *s, nn_error *error)
{
    const char *given = s->target      ? "--target"
                        : s->future    ? "--future"
                        : s->statics   ? "--static"
                        : s->mask      ? "--mask"
                        : s->adjacency ? "--adjacency"
                                       : NULL;
    return given ? nn_fail(error, NN_USAGE, "%s: the model decides this, as it was trained", given) : NN_OK;
}

/* Options that would do nothing for this model. */
static int check_useful(const fc_model *model, nn_error *error)
{
    const char *name = fc_model_panel(model) ? NULL : cli_given_of(cli_panel_scoring_options);
    if (!name && !fc_model_panel(model))
        name = cli_given_of(cli_panel_options);
    if (name)
        return nn_fail(error, NN_USAGE, "--%s is for panels of stations, and the model is not of one", name);
    return cli_given("cost") && !fc_model_market(model)
               ? nn_fail(error, NN_USAGE, "--cost is for models of prices, and the model is none")
               : NN_OK;
}

/* model NULL: --baselines. */
static int run_panel(cli_run *run, figures *f, const fc_model *model, nn_error *error)
{
    const settings *s = run->settings;
    const cli_panel_asked_scores asked = {.model = model,
                                          .scoring = &s->scoring,
                                          .part = part_names[s->part],
                                          .split = s->split,
                                          .csv = s->csv,
                                          .season = s->season,
                                          .window = s->window,
                                          .threads = s->threads,
                                          .json = s->json,
                                          .per_station = s->per_variate,
                                          .per_step = s->per_step,
                                          .require_skill = s->require_skill,
                                          .window_figure = &f->window,
                                          .steps_figure = &f->steps};
    cli_panel panel;
    ds_table *table = NULL;
    int code = model ? check_decided(&s->panel, error) : NN_OK;
    if (!code && model && run->operand_count > 2)
        code = nn_fail(error, NN_USAGE, "a panel is one file; '%.200s' is one too many", run->operands[1]);
    if (!code && !model && cli_given("cost"))
        code = nn_fail(error, NN_USAGE, "--cost is for models of prices");
    if (code)
        return code;
    if (model) {
        code = cli_read_table_for(&table, run->operands[0], &s->reading, model, 0, error);
        if (!code)
            code = cli_panel_open(&panel, &table, model, &s->panel, error);
    } else {
        code = cli_panel_read(&panel, run->operands[0], &s->reading, &s->panel, error);
    }
    if (code)
        return code;
    code = cli_evaluate_panel(&panel, &asked, &s->panel, error);
    cli_panel_clear(&panel);
    return code;
}

static int check_operands(const cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    if (s->scoring.baselines && run->operand_count > 1)
        return nn_fail(error, NN_USAGE,
                       "--baselines scores simple forecasts alone; leave out the model '%.200s'",
                       run->operands[1]);
    if (!s->scoring.baselines && run->operand_count < 2)
        return nn_fail(
            error, NN_USAGE,
            "'%.100s' is not enough: this command takes DATA.csv MODEL, or DATA.csv --baselines for a "
            "panel",
            run->operands[0]);
    return NN_OK;
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    bool data_on_stdout = s->json || (s->csv && strcmp(s->csv, "-") == 0);
    figures f = {cli_figure_make(s->plot, NULL, data_on_stdout),
                 cli_figure_make(s->plot_steps, NULL, data_on_stdout)};
    cli_source source = {0};
    fc_model *model = NULL;
    int code = check_operands(run, error);
    if (!code)
        code = cli_check_input(run->operands[0], error);
    if (!code && s->json && s->csv && strcmp(s->csv, "-") == 0)
        code = nn_fail(error, NN_USAGE, "--json and --csv - cannot both go to standard output");
    if (!code)
        code = cli_figure_check(&f.window, error);
    if (!code)
        code = cli_figure_check(&f.steps, error);
    if (!code && s->scoring.baselines)
        return run_panel(run, &f, NULL, error);
    if (!code)
        code = cli_check_operands(run->operands, run->operand_count, error);
    if (!code)
        code = fc_model_load(&model, FC_FORECASTS, run->operands[run->operand_count - 1], error);
    if (!code)
        code = check_useful(model, error);
    if (!code && fc_model_panel(model))
        code = run_panel(run, &f, model, error);
    else if (!code)
        code =
            cli_source_read_for(&source, run->operands, run->operand_count - 1, &s->reading, model, 0, error);
    if (!code && !fc_model_panel(model))
        code = evaluate(s, &f, model, &source, error);
    cli_source_clear(&source);
    fc_model_free(model);
    return code;
}

static const cli_section sections[] = {
    {"Scoring", options, 0},
    {"Scoring a panel of stations", cli_panel_scoring_options, FIELD(scoring)},
    {"Stations", cli_panel_options, FIELD(panel)},
    {CLI_READING, ds_reading_options, FIELD(reading)},
    {0}};
static const cli_score_section scores[] = {{"Scores, and their names in JSON and CSV", fc_scaled_metrics},
                                           {"Scores of a panel of stations", fc_own_metrics},
                                           {"Scores of prices", fc_market_metrics},
                                           {"Directions", fc_directions_metrics},
                                           {"Trading", fc_strategy_metrics},
                                           {"Comparison", fc_score_metrics},
                                           {0}};
static const cli_example examples[] = {
    {"auspex evaluate data.csv model.safetensors", "the test part, beside naive forecasts"},
    {"auspex evaluate ETTh1.csv etth1.safetensors --per-variate --plot window.png --window 100",
     "by series, and one window"},
    {"auspex evaluate XOM.csv CVX.csv xom.safetensors --cost 2", "a model of prices, beside the last value"},
    {"auspex evaluate data.csv model.safetensors --require-skill --quiet --json > scores.json",
     "in a script"},
    {"auspex evaluate wind.csv --baselines --stations farms.csv --horizon 24 --plot-map map.png",
     "how far simple forecasts of a panel get, before any model"},
    {NULL, NULL}};

const cli_command cli_evaluate = {
    .name = "evaluate",
    .summary = "score a model beside naive forecasts on rows it has not seen",
    .synopsis = "DATA.csv... [MODEL] [OPTION...]",
    .about =
        "Every window of the part is forecast and compared with what came. The same windows are forecast by "
        "repeating the last value and by repeating the last season; a model that does not beat both is of no "
        "use, and the last line says so.\n\n"
        "The column p tells whether a difference may be chance: how often two equally good forecasts would "
        "differ as much or more. It is that of a two-sided Diebold-Mariano test, corrected after Harvey, "
        "Leybourne and Newbold, on the mean scaled squared error of each window, for windows that overlap by "
        "the horizon. Above 0.05 a lower MSE is not called a win. With less than five windows per step of "
        "the horizon p is not defined (-), and the MSE alone decides. The overlap makes p somewhat too low: "
        "take one near 0.05 as undecided.\n\n"
        "Scaled scores are those that papers print. A file with other columns than the model's is scored too "
        "where the kind of model takes any number of series; its scaler is then fitted on the training "
        "part.\n\n"
        "A panel of stations is scored in the file's units over the values that are there and that --mask "
        "leaves, each as much as any other, also by station, by step, and of the sum over the stations. "
        "Beside "
        "a model stand the last value, the last season, and two linear forecasts fitted on the training "
        "part: on "
        "the station's last values, and on those of its nearest stations too. With --baselines they are "
        "scored "
        "alone.\n\n"
        "A model of prices is scored on returns since the last known close and on prices, beside the last "
        "value, "
        "the drift of the look-back and the mean return of all days before; then its directions are counted "
        "(Pesaran-Timmermann test), and trading every row by the sign of its first step is reckoned with "
        "costs, "
        "with a block-bootstrap interval of the Sharpe ratio.",
    .examples = examples,
    .sections = sections,
    .scores = scores,
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = CLI_MOST_DATA,
    .operands = "DATA.csv MODEL",
    .for_classifiers = &cli_evaluate_classifier,
    .run = run,
};
