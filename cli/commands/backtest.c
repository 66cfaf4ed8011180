/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fold after fold of a table, of prices or of a panel of stations. */
#include "cli/shell/list.h"

#include "cli/commands/backtest.h"
#include "cli/input/recipe.h"
#include "cli/input/sizes.h"
#include "cli/input/source.h"
#include "cli/output/backtest_scores.h"
#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"
#include "lib/base/text.h"

#include <math.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_reading reading;
    cli_recipe recipe;
    fc_training training;
    ds_price_settings prices;
    cli_selection selection;
    cli_panel_folds panel;
    fc_folds folds;
    cli_fold_output output;
    double cost;
    int threads;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"json", 0, NN_FLAG, FIELD(output.json), "false", NULL, 0, 0, "one JSON document instead of tables"},
    {"csv", 0, NN_TEXT, FIELD(output.csv), NULL, "FILE", 0, 0, "write the scores, also by fold"},
    {"require-skill", 0, NN_FLAG, FIELD(output.require_skill), "false", NULL, 0, 0,
     "exit code 4 unless the model's MSE is lower than the naive forecast's, and p at most 0.05"},
    {"cost", 0, NN_REAL, FIELD(cost), "5", "BP", 0, 1000,
     "of prices: what a trade costs, in basis points of its value per side"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};

int cli_backtest_progress(void *context, int run, int runs, const fc_progress *p)
{
    (void)context;
    cli_progress("training %d/%d  epoch %d/%d  step %zu/%zu  loss %.6f", run, runs, p->epoch, p->epochs,
                 p->step, p->steps, p->train_loss);
    return cli_interrupted();
}

int cli_backtest_stopped(nn_error *error)
{
    return nn_fail(error, NN_STOPPED, "stopped; a backtest gives nothing before its last fold");
}

int cli_backtest_check(const cli_fold_output *output, nn_error *error)
{
    if (cli_given("split"))
        return nn_fail(error, NN_USAGE,
                       "--split: a backtest cuts the rows itself (--folds, --start, --validation)");
    if (output->json && output->csv && strcmp(output->csv, "-") == 0)
        return nn_fail(error, NN_USAGE, "--json and --csv - cannot both go to standard output");
    return NN_OK;
}

static int give(const settings *s, const cli_backtested *b, nn_error *error)
{
    int code = NN_OK;
    if (s->output.json)
        code = cli_backtest_json(b, error);
    else if (!s->output.csv || strcmp(s->output.csv, "-") != 0)
        cli_backtest_print(b);
    if (!code && s->output.csv)
        code = cli_backtest_csv(b, s->output.csv, error);
    if (!code && s->output.require_skill && !b->backtest->beats_reference)
        code =
            nn_fail(error, CLI_GATE, "the model is not shown to beat the naive forecast (--require-skill)");
    return code;
}

static int backtest(const settings *s, const cli_run *run, const cli_source *source, nn_error *error)
{
    fc_recipe recipe = {.preparation = {.prices = &s->prices,
                                        .selection = s->selection.select ? &s->selection.by : NULL,
                                        .target = s->recipe.target},
                        .strategy = fc_strategy_defaults};
    cli_recipe_request(&recipe.model, &s->recipe, run);
    recipe.model.training = &s->training;
    recipe.model.threads = s->threads;
    recipe.strategy.cost = s->cost / 1e4;
    recipe.strategy.periods_per_year = fc_periods_per_year(source->table->frequency);
    fc_backtest *result = NULL;
    int code =
        cli_folds_check(&s->folds, fc_backtest_gap(&recipe, &s->folds), &recipe.model, source->table, error);
    if (code)
        return code;
    cli_interrupt_wait(true);
    code = fc_backtest_run(&result, &recipe, &s->folds, source->table, source->prices, cli_backtest_progress,
                           NULL, error);
    cli_interrupt_wait(false);
    cli_progress_end();
    if (code == NN_STOPPED)
        return cli_backtest_stopped(error);
    if (code)
        return code;
    const cli_backtested b = {.backtest = result,
                              .recipe = &recipe,
                              .table = source->table,
                              .data = nn_base_name(source->table->path)};
    code = give(s, &b, error);
    fc_backtest_free(result);
    return code;
}

static int panel(const settings *s, const cli_run *run, nn_error *error)
{
    fc_folds folds = s->folds;
    fc_rounds rounds = {.folds = &folds};
    if (s->prices.prices || s->selection.select || s->folds.alone)
        return nn_fail(error, NN_USAGE, "--%s is not for a panel of stations",
                       s->prices.prices      ? "prices"
                       : s->selection.select ? "select"
                                             : "alone");
    cli_recipe_request(&rounds.model, &s->recipe, run);
    rounds.model.training = &s->training;
    rounds.model.threads = s->threads;
    if (run->kind->forecaster && !cli_given("seeds")) /* nothing is drawn there */
        folds.seeds = 1;
    return cli_backtest_panel(run, &rounds, &s->panel, &s->reading, &s->output, error);
}

static int run(cli_run *run, nn_error *error)
{
    settings *s = run->settings;
    cli_source source = {0};
    int code = NN_OK;
    cli_price_defaults(&s->prices, &s->recipe.horizon);
    code = cli_check_source_options(&s->prices, &s->selection, s->recipe.target, error);
    if (!code && s->folds.alone && !(s->recipe.target && *s->recipe.target))
        code = nn_fail(error, NN_USAGE, "--alone trains on the targets alone; --target names them");
    if (!code)
        code = cli_backtest_check(&s->output, error);
    if (!code && fc_task_for(run->kind, cli_panel_folds_asked(&s->panel))->backtest)
        return panel(s, run, error);
    if (!code && cli_panel_folds_asked(&s->panel))
        code = nn_fail(error, NN_USAGE,
                       "--stations, --adjacency, --future, --static, --mask and --stride are of panels of "
                       "stations; --model %s does not forecast them",
                       run->kind->name);
    if (!code)
        code = cli_source_read(&source, run->operands, run->operand_count, &s->reading, &s->prices, error);
    if (!code)
        code = backtest(s, run, &source, error);
    cli_source_clear(&source);
    return code;
}

static const cli_section sections[] = {
    {"Output", options, 0},
    {"Folds", fc_folds_options, FIELD(folds)},
    {"Data and model", cli_recipe_options, FIELD(recipe)},
    {"Panels of stations", CLI_PANEL_OPTIONS_BUT_TARGET, FIELD(panel.panel)},
    {"Windows and rivals of a panel", cli_panel_folds_options, FIELD(panel)},
    {"Training", fc_training_options, FIELD(training)},
    {"Prices", ds_price_options, FIELD(prices)},
    {"Choice of columns", cli_select_options, FIELD(selection)},
    {"What is chosen", ds_correlate_options, FIELD(selection.by)},
    {CLI_READING, DS_READING_BUT_START, FIELD(reading)},
    {0}};
static const cli_score_section scores[] = {
    {"Scores, and their names in JSON and CSV", fc_backtest_table_metrics},

    {"Further scores", fc_backtest_metrics},
    {0}};
static const cli_example examples[] = {
    {"auspex backtest data.csv --lookback 96 --horizon 24 --folds 4", "any table and model"},
    {"auspex backtest XOM.csv CVX.csv --prices --target XOM --model time2vec --lookback 64 --learning-rate "
     "1e-3 "
     "--alone",
     "tomorrow's price from two shares, beside the last value and the same model without the partner"},
    {"auspex backtest sp500.csv --prices --target XOM --select --sliding --json > xom.json",
     "partners chosen anew in every fold"},
    {"auspex backtest farm.csv --id station --stations stations.csv --target power --model ar --lookback 24 "
     "--horizon 24",
     "all stations of a network together"},
    {NULL, NULL}};

const cli_command cli_backtest = {
    .name = "backtest",
    .summary = "train and score a model on fold after fold of a CSV file",
    .synopsis = "DATA.csv... [OPTION...]",
    .about =
        "Walk-forward evaluation: the later rows are cut into test parts, and for each of them everything is "
        "fitted anew on the rows before it alone: choice of columns, scaler, weights, and the epoch that is "
        "kept. Every fold is trained with several seeds. Nothing is tuned on a test part.\n\n"
        "The errors of all folds together are compared with naive forecasts by a Diebold-Mariano test "
        "(corrected after Harvey, Leybourne and Newbold) on the errors averaged over the seeds; of prices "
        "the "
        "last value, drift and mean return. --alone also trains the model on the targets alone, which shows "
        "what the other columns are worth.\n\n"
        "With --stations and the like the file is a panel, as for 'auspex train': errors are in the file's "
        "units, of all stations and of their sum, and the simple forecasts of 'auspex evaluate' are fitted "
        "anew in every fold.",
    .examples = examples,
    .sections = sections,
    .scores = scores,
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = CLI_MOST_DATA,
    .operands = "DATA.csv, or several with --prices",
    .with_model = true,
    .for_classifiers = &cli_backtest_classifier,
    .run = run,
};
