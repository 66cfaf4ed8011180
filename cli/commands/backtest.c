/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex backtest: reads what models learn from, trains and scores them fold after fold, and gives the
 * scores. */
#include "cli/shell/list.h"

#include "cli/input/by_data.h"
#include "cli/input/folds.h"
#include "cli/input/holidays.h"
#include "cli/input/lightcurves/training_set.h"
#include "cli/input/past.h"
#include "cli/input/recipe.h"
#include "cli/input/source.h"
#include "cli/input/stations.h"
#include "cli/output/scores.h"
#include "cli/shell/again.h"
#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"
#include "forecast/intervals/interval_set.h"
#include "forecast/scores/classes/classes.h"
#include "forecast/scores/forecast_rows.h"
#include "forecast/scores/gather.h"
#include "forecast/tasks/series/series.h"
#include "forecast/tasks/stations/stations.h"
#include "forecast/training/checkpoint.h"
#include "lib/base/text.h"

#include <math.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    char *csv, *forecasts, *predictions, *kept;
    fc_checkpoint_settings keeping;
    fc_interval_wish wish;
    int json, require_skill, threads, stride;
    fc_folds folds;
    fc_training training;
    /* Of tables and panels. */
    ds_reading reading;
    cli_recipe recipe;
    ds_price_settings prices;
    cli_selection selection;
    cli_panel_settings panel;
    int order;
    double cost, floor;
    /* Of labelled light curves. */
    cli_training_settings objects;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "one JSON document instead of tables"},
    {"csv", 0, NN_TEXT, FIELD(csv), NULL, "FILE", 0, 0, "write the scores, also by fold"},
    {"require-skill", 0, NN_FLAG, FIELD(require_skill), "false", NULL, 0, 0,
     "exit code 4 unless the model's MSE is lower than the naive forecast's, or its accuracy above the best "
     "baseline's, and p at most 0.05"},
    {"stride", 0, NN_INT, FIELD(stride), "1", "N", 1, 1000000,
     "a window begins every N rows of a test part, such as 24 for one forecast a day from hourly rows; of a "
     "panel also to train"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};
static const nn_option forecast_rows_options[] = {
    {"forecasts", 0, NN_TEXT, FIELD(forecasts), NULL, "FILE", 0, 0,
     "write all forecasts: unique_id, ds, cutoff, y, a column for each forecaster (of the first seed), and "
     "with --level or --quantiles the "
     "model's intervals"},
    {0}};
static const nn_option class_rows_options[] = {
    {"predictions", 0, NN_TEXT, FIELD(predictions), NULL, "FILE", 0, 0,
     "write each object's truth, probabilities (the mean over the seeds), class and fold as CSV; -: standard "
     "output"},
    {0}};
static const nn_option kept_options[] = {
    {"checkpoint", 0, NN_TEXT, FIELD(kept), NULL, "NAME", 0, 0,
     "trainings of networks are kept in NAME.checkpoint.1 and so on, until all are done; unless given beside "
     "the file of --csv or --forecasts"},
    {0}};
static const nn_option panel_options[] = {
    {"order", 0, NN_INT, FIELD(order), "3", "N", 1, 1000,
     "last values that the linear forecasts beside a model look at, of the station and of its --neighbours"},
    {"floor", 0, NN_REAL, FIELD(floor), NULL, "VALUE", 0, 0,
     "simple forecasts below this value count as it, such as 0 for power"},
    {0}};
static const nn_option cost_options[] = {{"cost", 0, NN_REAL, FIELD(cost), "5", "BP", 0, 1000,
                                          "what a trade costs, in basis points of its value per side"},
                                         {0}};

/* What is in use. */
typedef struct job {
    settings *s;
    const cli_run *run;
    const fc_task *task;
    fc_rounds rounds;
    fc_preparation preparation;
    cli_source source;
    ds_table past; /* of the source's table */
    cli_panel panel;
    cli_training_set objects;
    fc_interval_set intervals;
    nn_pool *pool;
} job;

/* --- the data --- */

/* Rows that the first fold learns from, of all the fewest. */
static size_t first_training(const fc_folds *folds, const ds_table *table)
{
    return (size_t)(folds->start * (1 - folds->validation) * (double)table->rows);
}

static int read_table(job *j, nn_error *error)
{
    settings *s = j->s;
    fc_rounds *r = &j->rounds;
    int code = cli_check_roles(&s->panel, j->run->kind, &s->reading, error);
    if (code)
        return code;
    s->reading = cli_table_reading(&s->panel, j->run->kind, &s->reading);
    j->preparation = (fc_preparation){.prices = &s->prices,
                                      .selection = s->selection.select ? &s->selection.by : NULL,
                                      .target = s->recipe.target};
    code =
        cli_source_read(&j->source, j->run->operands, j->run->operand_count, &s->reading, &s->prices, error);
    if (!code && !j->source.prices)
        code = cli_name_series(&s->recipe.target, j->source.table, error);
    if (!code && !j->source.prices)
        code = cli_name_series(&s->panel.future, j->source.table, error);
    if (j->run->kind->forecaster && !cli_given("seeds")) /* nothing is drawn there */
        s->folds.seeds = 1;
    j->preparation.target = r->model.targets = s->recipe.target;
    r->model.table = j->source.table;
    r->model.stride = s->stride;
    r->model.futures = s->panel.future;
    r->prices = j->source.prices;
    r->preparation = &j->preparation;
    r->how.cost = s->cost / 1e4;
    if (code)
        return code;
    r->data = nn_base_name(j->source.table->path);
    if (!r->prices) {
        j->past = cli_past(j->source.table, &r->model);
        r->model.table = &j->past;
    }
    const bool by_data = !r->prices && cli_goes_by_data(j->run);
    if (by_data)
        code = cli_windows_by_data(&s->recipe, &r->model, first_training(&s->folds, r->model.table), error);
    if (!code)
        code = cli_folds_fit(&s->folds, fc_backtest_gap(r), &r->model, r->model.table, error);
    if (!code && by_data)
        code = cli_training_by_data(&s->training, j->run, &r->model,
                                    first_training(&s->folds, r->model.table), error);
    if (!code && !r->prices)
        cli_say_unlearnt_folds(&r->model, &s->folds, fc_backtest_gap(r));
    return code;
}

static int read_panel(job *j, nn_error *error)
{
    settings *s = j->s;
    fc_rounds *r = &j->rounds;
    cli_panel_settings how = s->panel;
    const char *other = s->prices.prices      ? "prices"
                        : s->selection.select ? "select"
                        : s->folds.alone      ? "alone"
                                              : NULL;
    if (other)
        return nn_fail(error, NN_USAGE, "--%s is not for a panel of stations", other);
    how.target = s->recipe.target;
    int code = cli_recipe_training(&s->training, j->run, error);
    if (!code)
        code = cli_panel_learn(&j->panel, j->run->operands, j->run->operand_count, &s->reading, &how, error);
    if (j->run->kind->forecaster && !cli_given("seeds")) /* nothing is drawn there */
        s->folds.seeds = 1;
    r->model.panel = j->panel.panel;
    r->model.stride = s->stride;
    r->how.order = s->order;
    r->how.neighbours = s->panel.neighbours;
    r->how.floor = cli_given("floor") ? s->floor : NAN;
    r->data = nn_base_name(j->run->operands[0]);
    return code;
}

/* The light curves are read once, as a model without training sees them: what it learns comes later. */
static int read_objects(job *j, nn_error *error)
{
    fc_model *model = NULL;
    fc_rounds *r = &j->rounds;
    if (j->run->operand_count > 1)
        return nn_fail(error, NN_USAGE, "'%.100s' is too much: a classifier learns from one file",
                       j->run->operands[1]);
    int code = cli_check_input(j->run->operands[0], error);
    if (!code)
        code = cli_recipe_training(&j->s->training, j->run, error);
    if (!code)
        code = nn_pool_new(&j->pool, j->s->threads, error);
    r->model.pool = j->pool;
    if (!code)
        code = cli_training_set_open(&j->objects, j->run->operands[0], &j->s->objects, &r->model, error);
    if (!code)
        code = fc_model_new(&model, &r->model, error);
    if (!code)
        code = cli_training_set_read(&j->objects, &j->s->objects, model, &r->model, error);
    fc_model_free(model);
    r->data = code ? NULL : nn_base_name(ds_lightcurves_name(j->objects.reader));
    return code;
}

/* --- the command --- */

static int on_progress(void *context, int run, int runs, const fc_progress *p)
{
    (void)context;
    cli_progress("training %d/%d  epoch %d/%d  step %zu/%zu  loss %.6f", run, runs, p->epoch, p->epochs,
                 p->step, p->steps, p->train_loss);
    return cli_interrupted();
}

static int check(const job *j, nn_error *error)
{
    const settings *s = j->s;
    if (s->prices.prices && s->forecasts)
        return nn_fail(error, NN_USAGE, "--forecasts is not for prices");
    if (s->prices.prices && cli_given_of(fc_interval_options))
        return nn_fail(error, NN_USAGE, "--%s: intervals of prices are forecast, but not scored",
                       cli_given_of(fc_interval_options));
    if (j->task->purpose == FC_CLASSIFIES)
        return NN_OK;
    int code = cli_check_source_options(&s->prices, &s->selection, s->recipe.target, error);
    const char *rolls = s->folds.refit_every ? "refit-every" : s->stride > 1 ? "stride" : NULL;
    if (!code && rolls && s->prices.prices)
        code = nn_fail(error, NN_USAGE, "--%s is not for prices", rolls);
    if (!code && s->folds.alone && !(s->recipe.target && *s->recipe.target))
        code = nn_fail(error, NN_USAGE, "--alone trains on the targets alone; --target names them");
    return code;
}

static int backtest(job *j, const cli_scores_form *form, nn_error *error)
{
    fc_scores *scores = NULL;
    cli_interrupt_wait(true);
    fc_forecast_rows *rows = NULL;
    int code = j->s->forecasts ? fc_forecast_rows_open(&rows, j->s->forecasts, &j->intervals, error) : NN_OK;
    j->rounds.how.rows = rows;
    j->rounds.how.predictions = j->s->predictions;
    if (!code)
        code = fc_backtest(&scores, &j->rounds, error);
    code = fc_forecast_rows_close(rows, code, error);
    cli_interrupt_wait(false);
    cli_progress_end();
    if (code == NN_STOPPED)
        nn_fail(error, NN_STOPPED, "stopped; a backtest gives nothing before its last fold");
    if (!code)
        code = cli_scores_give(scores, form, error);
    if (code)
        cli_say_again(fc_checkpoint_path(j->rounds.model.checkpoint));
    else
        fc_checkpoint_remove(j->rounds.model.checkpoint);
    if (!code && j->s->require_skill && !scores->beats)
        code = nn_fail(error, CLI_GATE, "the model is not shown to beat %s (--require-skill)", scores->rival);
    fc_scores_free(scores);
    return code;
}

static int open_kept(job *j, nn_error *error)
{
    const settings *s = j->s;
    const char *beside = s->kept ? s->kept : s->csv ? s->csv : s->forecasts;
    if (!j->run->kind->forecaster)
        return fc_checkpoint_new(&j->rounds.model.checkpoint, beside, &s->keeping, cli_say_line, NULL, error);
    return s->keeping.resume
               ? nn_fail(error, NN_USAGE, "--resume: %s has no network, and what it learns is not kept",
                         j->run->kind->name)
               : NN_OK;
}

static int run(cli_run *run, nn_error *error)
{
    settings *s = run->settings;
    const cli_scores_form form = {s->json, s->csv, FC_EACH};
    job j = {.s = s,
             .run = run,
             .task = fc_task_for(run->kind, cli_panel_meant(&s->panel, run->kind, &s->reading)),
             .rounds = {.folds = &s->folds, .progress = on_progress}};
    cli_price_defaults(&s->prices, &s->recipe.horizon);
    cli_recipe_request(&j.rounds.model, &s->recipe, run);
    j.rounds.model.training = &s->training;
    j.rounds.model.threads = s->threads;
    j.rounds.how.intervals = &j.intervals;
    int code = check(&j, error);
    if (!code)
        code = fc_interval_set_make(&j.intervals, &s->wish, error);
    if (!code && cli_given("split"))
        code = nn_fail(error, NN_USAGE,
                       "--split: a backtest cuts the rows itself (--folds, --start, --validation)");
    if (!code)
        code = cli_scores_form_check(&form, error);
    if (!code)
        code = open_kept(&j, error);
    if (!code)
        code = j.task->purpose == FC_CLASSIFIES ? read_objects(&j, error)
               : j.task == &fc_stations_task    ? read_panel(&j, error)
                                                : read_table(&j, error);
    if (!code)
        code = backtest(&j, &form, error);
    fc_checkpoint_free(j.rounds.model.checkpoint);
    cli_source_clear(&j.source);
    cli_panel_clear(&j.panel);
    cli_training_set_clear(&j.objects);
    nn_pool_free(j.pool);
    return code;
}

static const cli_section sections[] = {{"Output", options, 0},
                                       {"What is kept on the way", kept_options, 0},
                                       {"Going on", fc_checkpoint_options, FIELD(keeping)},
                                       {0}};
static const cli_section forecast_sections[] = {
    {"Folds", fc_folds_options, FIELD(folds)},
    {"Intervals", fc_interval_options, FIELD(wish)},
    {"Forecasts", forecast_rows_options, 0},
    {"Data and model", cli_recipe_options, FIELD(recipe)},
    {"Windows of a network", cli_window_options, FIELD(recipe)},
    {"Panels of stations", CLI_PANEL_OPTIONS_BUT_TARGET, FIELD(panel)},
    {"Rivals of a panel", panel_options, 0},
    {"Training", fc_training_options, FIELD(training)},
    {"Prices", ds_price_options, FIELD(prices)},
    {"Trading", cost_options, 0},
    {"Choice of columns", cli_select_options, FIELD(selection)},
    {"What is chosen", ds_correlate_options, FIELD(selection.by)},
    {CLI_HOLIDAYS, cli_holidays_options, FIELD(reading)},
    {CLI_READING, DS_READING_BUT_START, FIELD(reading)},
    {0}};
static const cli_section class_sections[] = {
    {"Folds of objects", fc_object_folds_options, FIELD(folds)},
    {"Predictions", class_rows_options, 0},
    {"Objects and classes", cli_training_options, FIELD(objects)},
    {"Table of objects", cli_metadata_options, FIELD(objects.metadata)},
    {"Training a classifier", fc_class_training_options, FIELD(training)},
    {"Reading photometry", cli_photometry_options, FIELD(objects.photometry)},
    {"Reading the files", cli_photometry_file_options, FIELD(objects.photometry)},
    {0}};
static const cli_score_section scores[] = {{"Scores, and their names in JSON and CSV", fc_backtest_metrics},
                                           {0}};
static const cli_score_section class_scores[] = {
    {"Scores, and their names in JSON and CSV", fc_class_metrics}, {0}};
static const nn_option *const panel[] = {panel_options, CLI_PANEL_OPTIONS_BUT_TARGET, NULL};
static const nn_option *const network[] = {cost_options,
                                           cli_window_options,
                                           fc_training_options,
                                           ds_price_options,
                                           cli_select_options,
                                           ds_correlate_options,
                                           NULL};
static const cli_example examples[] = {
    {"auspex backtest data.csv --lookback 96 --horizon 24 --folds 4", "any table and model"},
    {"auspex backtest XOM.csv CVX.csv --prices --target XOM --model time2vec --lookback 64 --learning-rate "
     "1e-3 "
     "--alone",
     "tomorrow's price from two shares, beside the last value and the same model without the partner"},
    {"auspex backtest sp500.csv --prices --target XOM --select --sliding --json > xom.json",
     "partners chosen anew in every fold"},
    {"auspex backtest prices.csv --model linear --target price --future load,wind --horizon 24 --stride 24 "
     "--refit-every 28d",
     "a forecast a day from what is known of the day, fitted again every four weeks"},
    {"auspex backtest farm.csv --id station --stations stations.csv --target power --model ar --lookback 24 "
     "--horizon 24",
     "all stations of a network together"},
    {"auspex backtest sky.csv --metadata sky_meta.csv --model t2 --label class --folds 5",
     "a classifier: every object is called once, by a model that has not seen it"},
    {NULL, NULL}};

const cli_command cli_backtest = {
    .name = "backtest",
    .summary = "train and score a model on fold after fold of a CSV file",
    .synopsis = "DATA.csv... [OPTION...]",
    .about =
        "Walk-forward evaluation: the later rows are cut into test parts, and for each of them everything is "
        "fitted anew on the rows before it alone: choice of columns, scaler, weights, and the epoch that is "
        "kept. Every fold is trained with several seeds. Nothing is tuned on a test part. --refit-every fits "
        "again within the folds, always on all rows before the next forecast (with --sliding on as many as "
        "the "
        "first fold has): networks from the beginning; linear forecasts keep what they chose until there are "
        "twice as many rows.\n\n"
        "The errors of all folds together are compared with naive forecasts by a Diebold-Mariano test "
        "(corrected after Harvey, Leybourne and Newbold) on the errors averaged over the seeds; of prices "
        "the "
        "last value, drift and mean return. --alone also trains the model on the targets alone, which shows "
        "what the other columns are worth.\n\n"
        "With --stations and the like the file is a panel, as for 'auspex train': errors are in the file's "
        "units, of all stations and of their sum, and the simple forecasts of 'auspex evaluate' are fitted "
        "anew in every fold.\n\n"
        "The objects that a classifier of light curves learns from are cut into folds class by class, by "
        "their "
        "ids and --seed alone. Each fold is called by a model that learned from the others; a share of those "
        "decides which epoch is kept. The calls of all folds together stand beside two classifiers that any "
        "other must beat, fitted on the same objects: the shares of the classes, and the nearest class mean "
        "of "
        "simple features.",
    .examples = examples,
    .sections = sections,
    .own_sections = {[FC_FORECASTS] = forecast_sections, [FC_CLASSIFIES] = class_sections},
    .own_scores = {[FC_FORECASTS] = scores, [FC_CLASSIFIES] = class_scores},
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = CLI_MOST_DATA,
    .operands = "DATA.csv, or several with --prices",
    .model = "auto",
    .networks = true,
    .network = network,
    .panel = panel,
    .run = run,
};
