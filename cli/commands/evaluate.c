/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex evaluate: reads what the model sees, scores it and gives the scores. */
#include "cli/input/holidays.h"
#include "cli/input/lightcurves/survey.h"
#include "cli/input/past.h"
#include "cli/input/precision.h"
#include "cli/input/pretrained.h"
#include "cli/input/source.h"
#include "cli/input/stations.h"
#include "cli/output/score_figures.h"
#include "cli/output/scores.h"
#include "cli/shell/arguments.h"
#include "cli/shell/list.h"
#include "cli/shell/report.h"
#include "forecast/intervals/interval_set.h"
#include "forecast/scores/classes/classes.h"
#include "forecast/scores/errors.h"
#include "forecast/scores/forecast_rows.h"
#include "forecast/scores/prices.h"
#include "forecast/scores/score.h"
#include "forecast/tasks/series/series.h"
#include "forecast/tasks/stations/stations.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_reading reading;
    cli_panel_settings panel;
    cli_survey_settings survey;
    double cost, floor, days;
    fc_interval_wish wish;
    char *forecasts, *split, *csv, *plot, *plot_steps, *plot_map, *plot_levels, *script, *weights,
        *predictions;
    int part, season, window, threads, precision, json, per_variate, per_step, per_class, require_skill;
    int baselines, horizon, stride, order, contest;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option output_options[] = {
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "one JSON document instead of tables"},
    {"csv", 0, NN_TEXT, FIELD(csv), NULL, "FILE", 0, 0,
     "write all scores, also by series and step; -: standard output"},
    {"plot", 0, NN_TEXT, FIELD(plot), NULL, "FILE", 0, 0,
     "draw one window: history, truth, forecast, naive; of a classifier confusion matrix, ROC and "
     "precision-recall curves and reliability: .png, .svg or .pdf; -: text art"},
    {"plot-script", 0, NN_TEXT, FIELD(script), NULL, "FILE", 0, 0, "write that picture's gnuplot script"},
    {"require-skill", 0, NN_FLAG, FIELD(require_skill), "false", NULL, 0, 0,
     "exit code 4 unless the model's MSE is lower than that of the best naive forecast, or its accuracy "
     "above "
     "that of the best baseline, and p at most 0.05 where it is defined"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    CLI_PRECISION_OPTION(FIELD(precision)),
    {0}};

static const nn_option options[] = {
    {"part", 0, NN_CHOICE, FIELD(part), "test", "test|validation|train", 0, 0,
     "the part of the rows that is scored"},
    {"split", 0, NN_TEXT, FIELD(split), NULL, "SPLIT", 0, 0,
     "how the rows are cut, as for train (as the model was trained)"},
    {"season", 0, NN_INT, FIELD(season), "0", "N", 0, 10000000,
     "rows of a season, for the seasonal naive forecast and MASE; 0: the model's, or of the frequency, such "
     "as 24 "
     "for hours, or found in the training rows where that has none"},
    {"per-variate", 0, NN_FLAG, FIELD(per_variate), "false", NULL, 0, 0,
     "scores of every series; of every station"},
    {"per-step", 0, NN_FLAG, FIELD(per_step), "false", NULL, 0, 0, "scores of every step of the horizon"},
    {"cost", 0, NN_REAL, FIELD(cost), "5", "BP", 0, 1000,
     "of a model of prices: what a trade costs, in basis points of its value (a hundredth of a percent) per "
     "side"},
    {"window", 0, NN_INT, FIELD(window), "0", "N", 0, 1000000000,
     "which window --plot draws, counted from 0"},
    {"plot-steps", 0, NN_TEXT, FIELD(plot_steps), NULL, "FILE", 0, 0,
     "draw the error by step of the horizon"},
    {0}};

static const nn_option forecast_rows_options[] = {{"forecasts", 0, NN_TEXT, FIELD(forecasts), NULL, "FILE", 0,
                                                   0,
                                                   "write all forecasts: unique_id, ds, cutoff, y, a column "
                                                   "for each forecaster, and with --level or --quantiles the "
                                                   "model's intervals"},
                                                  {0}};
static const nn_option panel_options[] = {
    {"baselines", 0, NN_FLAG, FIELD(baselines), "false", NULL, 0, 0,
     "score the simple forecasts of a panel alone, without a model"},
    {"horizon", 0, NN_INT, FIELD(horizon), "0", "N", 0, 100000,
     "steps ahead that --baselines or a published network forecast; 0: a season"},
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

static const nn_option object_options[] = {
    {"plot-levels", 0, NN_TEXT, FIELD(plot_levels), NULL, "FILE", 0, 0,
     "of a tree of classes, draw the confusion matrix of each level: .png, .svg or .pdf; -: text art"},
    {"per-class", 0, NN_FLAG, FIELD(per_class), "true", NULL, 0, 0, "scores of each class too"},
    {"weights", 0, NN_TEXT, FIELD(weights), NULL, "W1,W2,...", 0, 0,
     "weights of the classes in a weighted log-loss, in the model's order; kaggle: those of the PLAsTiCC "
     "challenge, for "
     "classes that are its codes"},
    {"predictions", 0, NN_TEXT, FIELD(predictions), NULL, "FILE", 0, 0,
     "write each object's truth, probabilities, class and novelty as CSV; -: standard output"},
    {"days", 0, NN_REAL, FIELD(days), NULL, "DAYS", 0, 1e6,
     "see only points up to so many days after the first detection (all)"},
    {0}};

static const char *const part_names[] = {"test", "validation", "train"};

/* What is scored, and how. */
typedef struct job {
    const settings *s;
    const cli_run *run;
    fc_model *model; /* NULL: --baselines */
    cli_source source;
    cli_panel panel;
    cli_survey survey;
    ds_split split;
    ds_table past; /* of the source's table */
    double weights[FC_MOST_CLASSES];
    fc_score_request request;
    fc_interval_set intervals;
    cli_score_figures figures;
} job;

/* --- options against the model --- */

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

/* Options that would do nothing for this model of a table. */
static int check_useful(const settings *s, const fc_model *model, nn_error *error)
{
    const char *name = cli_given_of(panel_options);
    if (!name || (strcmp(name, "horizon") == 0 && s->horizon == model->horizon))
        name = cli_given_of(cli_panel_options);
    if (name)
        return nn_fail(error, NN_USAGE, "--%s is for panels of stations, and the model is not of one", name);
    if (!fc_model_market(model))
        return cli_given("cost")
                   ? nn_fail(error, NN_USAGE, "--cost is for models of prices, and the model is none")
                   : NN_OK;
    if (s->forecasts)
        return nn_fail(error, NN_USAGE, "--forecasts is not for a model of prices");
    name = cli_given_of(fc_interval_options);
    if (name)
        return nn_fail(error, NN_USAGE, "--%s: intervals of prices are forecast, but not scored", name);
    name = cli_given("plot-steps") ? "plot-steps" : s->per_step ? "per-step" : s->season ? "season" : NULL;
    return name ? nn_fail(error, NN_USAGE, "--%s is not for a model of prices", name) : NN_OK;
}

static int check_operands(const cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    if (s->baselines && run->operand_count > 1)
        return nn_fail(error, NN_USAGE,
                       "--baselines scores simple forecasts alone; leave out the model '%.200s'",
                       run->operands[1]);
    for (int i = 1; i + 1 < run->operand_count; i++)
        if (fc_is_model_file(run->operands[i]))
            return nn_fail(
                error, NN_USAGE,
                "'%.200s' is a model, too; 'auspex compare %.200s MODEL MODEL ...' scores several beside "
                "each other",
                run->operands[i], run->operands[0]);
    if (!s->baselines && run->operand_count < 2)
        return nn_fail(
            error, NN_USAGE,
            "'%.100s' is not enough: this command takes DATA.csv MODEL, or DATA.csv --baselines for a "
            "panel",
            run->operands[0]);
    return NN_OK;
}

static int parse_weights(double *weights, const char *text, const fc_classifier *model, nn_error *error)
{
    bool kaggle = strcmp(text, "kaggle") == 0;
    const char *at = text;
    for (int c = 0; c < model->classes; c++) {
        char *end = (char *)at;
        weights[c] = kaggle ? fc_plasticc_weight(atoi(model->class_names[c])) : strtod(at, &end);
        if (kaggle && isnan(weights[c]))
            return nn_fail(error, NN_USAGE, "--weights: the class '%s' is no code of PLAsTiCC",
                           model->class_names[c]);
        bool last = c + 1 == model->classes;
        if (!kaggle && (end == at || *end != (last ? 0 : ',') || !(weights[c] >= 0) || !isfinite(weights[c])))
            return nn_fail(error, NN_USAGE, "--weights: '%.80s' is no list of %d numbers of at least 0", text,
                           model->classes);
        at = end + 1;
    }
    return NN_OK;
}

/* --- the data --- */

/* The rows of a table, or of a panel up to the last valid target, which are those that training cut. */
static int cut_rows(job *j, const ds_table *table, size_t rows, nn_error *error)
{
    const settings *s = j->s;
    ds_table past = *table;
    past.rows = rows;
    j->request.split = &j->split;
    j->request.rows = table;
    j->request.part = part_names[s->part];
    j->request.split_name = s->split ? s->split : ds_split_text(j->model ? j->model->split : NULL);
    const int code = ds_split_make(j->request.split_name, &past, &j->split, error);
    if (code && j->model && !s->split)
        nn_fail_within(error, "the model's split (--split chooses another)");
    return code;
}

static int open_table(job *j, nn_error *error)
{
    fc_score_request *r = &j->request;
    int code = check_useful(j->s, j->model, error);
    if (!code)
        code = cli_source_read_for(&j->source, j->run->operands, j->run->operand_count - 1, &j->s->reading,
                                   j->model, 0, error);
    if (code)
        return code;
    j->past = j->source.prices ? *j->source.table : cli_past_for(j->source.table, j->model);
    r->table = &j->past;
    r->prices = j->source.prices;
    r->data = nn_base_name(r->table->path);
    r->how.cost = j->s->cost / 1e4;
    return cut_rows(j, r->table, r->table->rows, error);
}

static int check_panel(const job *j, nn_error *error)
{
    const settings *s = j->s;
    if (cli_given("cost"))
        return nn_fail(error, NN_USAGE, "--cost is for models of prices%s",
                       j->model ? ", and the model is none" : "");
    if (!j->model && (s->forecasts || cli_given_of(fc_interval_options)))
        return nn_fail(error, NN_USAGE, "--%s is for a model; --baselines are scored without one",
                       s->forecasts ? "forecasts" : cli_given_of(fc_interval_options));
    if (!j->model)
        return s->require_skill
                   ? nn_fail(error, NN_USAGE,
                             "--require-skill is about a model; --baselines are scored without one")
                   : NN_OK;
    const int code = check_decided(&s->panel, error);
    if (code)
        return code;
    if (j->run->operand_count > 2)
        return nn_fail(error, NN_USAGE, "a panel is one file; '%.200s' is one too many", j->run->operands[1]);
    return s->horizon && s->horizon != j->model->horizon
               ? nn_fail(error, NN_USAGE, "--horizon %d: the model forecasts %d steps", s->horizon,
                         j->model->horizon)
               : NN_OK;
}

static int open_panel(job *j, nn_error *error)
{
    const settings *s = j->s;
    const char *path = j->run->operands[0];
    fc_score_request *r = &j->request;
    int code = check_panel(j, error);
    if (!code && j->model)
        code = cli_panel_read_for(&j->panel, path, &s->reading, &s->panel, j->model, error);
    else if (!code)
        code = cli_panel_read(&j->panel, path, &s->reading, &s->panel, error);
    if (!code && s->plot_map && !j->panel.stations)
        code = nn_fail(error, NN_USAGE, "--plot-map needs the stations' coordinates: --stations FILE");
    if (code)
        return code;
    r->panel = j->panel.panel;
    r->data = nn_base_name(j->panel.table->path);
    r->horizon = s->horizon;
    r->stride = s->stride;
    r->how.order = s->order;
    r->how.neighbours = s->panel.neighbours;
    r->how.floor = cli_given("floor") ? s->floor : NAN;
    r->how.contest = s->contest != 0;
    return cut_rows(j, j->panel.table, ds_panel_end(j->panel.panel), error);
}

static int open_objects(job *j, nn_error *error)
{
    const settings *s = j->s;
    cli_survey *b = &j->survey;
    fc_score_request *r = &j->request;
    fc_classifier *model = fc_classifier_of(j->model);
    if (j->run->operand_count > 2)
        return nn_fail(error, NN_USAGE, "'%.100s' is too much: a classifier takes PHOTOMETRY MODEL",
                       j->run->operands[1]);
    int code = s->weights ? parse_weights(j->weights, s->weights, model, error) : NN_OK;
    if (!code)
        code = cli_survey_open(b, model, j->run->operands[0], &s->survey, s->threads, error);
    if (!code && s->plot_levels && !model->hierarchy.text)
        code = nn_fail(error, NN_USAGE, "--plot-levels: the model has no tree of classes (--taxonomy)");
    if (code)
        return code;
    b->objects.days = s->days > 0 ? &s->days : NULL;
    b->objects.day_count = 1;
    r->objects = &b->objects;
    r->data = nn_base_name(ds_lightcurves_name(b->reader));
    r->part = b->part_name;
    r->split_name = b->part < 0 ? NULL : j->model->split;
    r->how.predictions = s->predictions;
    r->how.weights = s->weights ? j->weights : NULL;
    return NN_OK;
}

static int open_data(job *j, nn_error *error)
{
    j->request.model = j->model;
    j->request.learnt_too = cli_given("part");
    j->request.season = j->s->season;
    j->request.threads = j->s->threads;
    return fc_classifier_of(j->model)              ? open_objects(j, error)
           : !j->model || fc_model_panel(j->model) ? open_panel(j, error)
                                                   : open_table(j, error);
}

/* --- the command --- */

static int evaluate(job *j, const cli_scores_form *form, nn_error *error)
{
    fc_scores *scores = NULL;
    cli_progress("scoring ...");
    fc_forecast_rows *rows = NULL;
    int code = j->s->forecasts ? fc_forecast_rows_open(&rows, j->s->forecasts, &j->intervals, error) : NN_OK;
    j->request.how.rows = rows;
    if (!code)
        code = fc_score(&scores, &j->request, error);
    cli_progress_end();
    code = fc_forecast_rows_close(rows, code, error);
    if (j->request.objects && j->request.objects->objects) {
        cli_say_lightcurves(j->survey.reader);
        cli_objects_say(j->request.objects);
    }
    if (!code)
        code = cli_scores_give(scores, form, error);
    if (!code)
        code = cli_scores_draw(scores, &j->figures, error);
    if (!code && j->s->require_skill && !scores->beats)
        code = nn_fail(error, CLI_GATE, "the model is not shown to beat %s (--require-skill)", scores->rival);
    fc_scores_free(scores);
    return code;
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    const cli_scores_form form = {
        s->json, s->csv, (s->per_variate || s->per_class ? FC_EACH : 0U) | (s->per_step ? FC_STEP : 0U)};
    const bool data = cli_scores_form_data(&form);
    job j = {.s = s,
             .run = run,
             .figures = {cli_figure_make(s->plot, s->script, data),
                         cli_figure_make(s->plot_steps, NULL, data), cli_figure_make(s->plot_map, NULL, data),
                         cli_figure_make(s->plot_levels, NULL, data), s->window}};
    const cli_pretrained wish = {
        .split = s->split, .horizon = s->horizon, .season = s->season, .threads = s->threads};
    j.request.how.intervals = &j.intervals;
    int code = check_operands(run, error);
    if (!code)
        code = fc_interval_set_make(&j.intervals, &s->wish, error);
    if (!code)
        code = cli_check_input(run->operands[0], error);
    if (!code)
        code = cli_scores_form_check(&form, error);
    if (!code)
        code = cli_score_figures_check(&j.figures, error);
    if (!code && !s->baselines && !(code = cli_check_operands(run->operands, run->operand_count, error)) &&
        !(code = cli_model_open(&j.model, run, &s->reading, &wish, error)))
        code = cli_precision_set(j.model, s->precision, error);
    if (!code)
        code = open_data(&j, error);
    if (!code)
        code = evaluate(&j, &form, error);
    cli_survey_close(&j.survey);
    cli_panel_clear(&j.panel);
    cli_source_clear(&j.source);
    fc_model_free(j.model);
    return code;
}

static const cli_section sections[] = {{"Output", output_options, 0}, {0}};
static const cli_section forecast_sections[] = {{"Scoring", options, 0},
                                                {"Intervals", fc_interval_options, FIELD(wish)},
                                                {"Forecasts", forecast_rows_options, 0},
                                                {"Scoring a panel of stations", panel_options, 0},
                                                {"Stations", cli_panel_options, FIELD(panel)},
                                                {CLI_HOLIDAYS, cli_holidays_options, FIELD(reading)},
                                                {CLI_READING, ds_reading_options, FIELD(reading)},
                                                {0}};
static const cli_section class_sections[] = {
    {"Scoring classes", object_options, 0},
    {"Objects and classes", cli_survey_options, FIELD(survey)},
    {"Tree of classes", cli_answer_options, FIELD(survey.answers)},
    {"Table of objects", cli_metadata_options, FIELD(survey.metadata)},
    {"Reading photometry", cli_photometry_options, FIELD(survey.photometry)},
    {"Reading the files", cli_photometry_file_options, FIELD(survey.photometry)},
    {0}};
static const cli_score_section scores[] = {{"Scores, and their names in JSON and CSV", fc_scaled_metrics},
                                           {"Scores of a panel of stations", fc_own_metrics},
                                           {"Scores of prices", fc_market_metrics},
                                           {"Directions", fc_directions_metrics},
                                           {"Trading", fc_strategy_metrics},
                                           {"Comparison", fc_entry_metrics},
                                           {0}};
static const cli_score_section class_scores[] = {
    {"Scores, and their names in JSON and CSV", fc_class_metrics}, {0}};
static const cli_example examples[] = {
    {"auspex evaluate data.csv model.safetensors", "the test part, beside naive forecasts"},
    {"auspex evaluate ETTh1.csv etth1.safetensors --per-variate --plot window.png --window 100",
     "by series, and one window"},
    {"auspex evaluate XOM.csv CVX.csv xom.safetensors --cost 2", "a model of prices, beside the last value"},
    {"auspex evaluate data.csv model.safetensors --require-skill --quiet --json > scores.json",
     "in a script"},
    {"auspex evaluate wind.csv --baselines --stations farms.csv --horizon 24 --plot-map map.png",
     "how far simple forecasts of a panel get, before any model"},
    {"auspex evaluate sky.csv t2.safetensors --metadata sky_meta.csv --plot scores.png",
     "a classifier, on the test part of the survey that it was trained on"},
    {"auspex evaluate other.csv t2.safetensors --metadata other_meta.csv --label type --classes "
     "'Ia=90,rest=*'",
     "on another survey"},
    {NULL, NULL}};

const cli_command cli_evaluate = {
    .name = "evaluate",
    .summary = "score a model beside simpler ones on what it has not seen",
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
        "Rows that the model was trained on are refused, told by their stamps and values also in another "
        "file; with "
        "--part they are scored and labelled. A model of an absolute, Huber or pinball loss is compared by "
        "that "
        "loss. Errors in the file's units stand in the table where the targets have one unit, as far as "
        "their "
        "spread tells.\n\n"
        "Intervals (--level, --quantiles) begin as the model's file has them and follow what comes: each "
        "quantile "
        "moves by whether the truths before a forecast were below those that were given then, so that in the "
        "long "
        "run the right share is. Those of the naive forecasts begin with what these were wrong by in the "
        "rows before "
        "the part.\n\n"
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
        "with a block-bootstrap interval of the Sharpe ratio.\n\n"
        "A classifier stands beside two that any other must beat: the shares of the classes in the training "
        "part, and the nearest class mean of simple features. Probabilities come with the model's "
        "temperature.",
    .examples = examples,
    .sections = sections,
    .own_sections = {[FC_FORECASTS] = forecast_sections, [FC_CLASSIFIES] = class_sections},
    .own_scores = {[FC_FORECASTS] = scores, [FC_CLASSIFIES] = class_scores},
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = CLI_MOST_DATA,
    .operands = "DATA.csv MODEL",
    .run = run,
};
