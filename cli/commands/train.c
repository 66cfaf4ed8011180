/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/shell/list.h"

#include "cli/input/reading.h"
#include "cli/input/recipe.h"
#include "cli/input/source.h"
#include "cli/input/stations.h"
#include "cli/output/loss_figure.h"
#include "cli/output/model.h"
#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"
#include "forecast/fit.h"
#include "forecast/tasks/series.h"
#include "forecast/tasks/stations.h"
#include "lib/base/clock.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_reading reading;
    cli_recipe recipe;
    cli_panel_settings panel;
    fc_training training;
    ds_price_settings prices;
    cli_selection selection;
    char *output, *plot;
    int threads, json, plan, stride;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), NULL, "FILE", 0, 0, "where the model goes (needed)"},
    {"plot", 0, NN_TEXT, FIELD(plot), NULL, "FILE", 0, 0,
     "draw the losses by epoch: .png, .svg or .pdf; -: text art in the terminal"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "print the record of the training as JSON"},
    {"plan", 0, NN_FLAG, FIELD(plan), "false", NULL, 0, 0,
     "print memory and operations of a training step, and stop"},
    {"stride", 0, NN_INT, FIELD(stride), "1", "N", 1, 1000000,
     "of a panel: a window begins every N rows, fewer than all for large panels"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};

/* --- progress --- */

typedef struct watch {
    double epoch_start, start; /* seconds of nn_seconds */
    int epoch;
} watch;

static void show_step(const fc_progress *p)
{
    char left[32];
    cli_progress("epoch %d/%d  step %zu/%zu  loss %.6f  %.0f windows/s  %s left", p->epoch, p->epochs,
                 p->step, p->steps, p->train_loss, p->samples_per_second,
                 cli_duration(p->seconds_left, left));
}

static void show_epoch(watch *w, const fc_progress *p)
{
    char took[32];
    if (w->epoch == 0)
        cli_say("epoch  train loss  validation  learning rate         time");
    cli_say("%5d  %10.6f  %10.6f  %13.3g  %11s%s%s", p->epoch, p->train_loss, p->validation_loss,
            p->learning_rate, cli_duration(nn_seconds() - w->epoch_start, took), p->best ? "  best" : "",
            p->stopped_early ? "  no better for too long: stopped" : "");
    w->epoch = p->epoch;
    w->epoch_start = nn_seconds();
}

static int on_progress(void *context, const fc_progress *p)
{
    watch *w = context;
    if (p->step == p->steps && !isnan(p->validation_loss))
        show_epoch(w, p);
    else
        show_step(p);
    return cli_interrupted();
}

/* --- before and after --- */

static void say_panel(const fc_model *model, const ds_panel *panel)
{
    size_t all = panel->rows * (size_t)panel->count;
    cli_say("%d stations with %d variable%s, %d known beforehand; %zu of %zu target values are valid, %zu "
            "masked, %zu missing",
            panel->count, panel->variables, panel->variables == 1 ? "" : "s", panel->futures,
            panel->valid_count, all, panel->masked_count, panel->missing_count);
    if (!fc_model_panel(model)->place && !fc_model_panel(model)->nearness)
        cli_say("no coordinates (--stations): stations are told apart by what is learnt of each");
}

static void say_start(const settings *s, const fc_model *model, const fc_request *request)
{
    const ds_table *table = request->panel ? request->panel->table : request->table;
    const ds_split *split = request->split;
    char weights[40];
    int targets = 0;
    for (int j = 0; j < model->columns; j++)
        targets += model->is_target[j];
    cli_say("%s on %s: %d column%s, %d to forecast, look-back %d, horizon %d, %s weights", model->kind->name,
            table->path, model->columns, model->columns == 1 ? "" : "s", targets, model->lookback,
            model->horizon, cli_count(cli_model_size(model), weights));
    cli_say(
        "%zu rows to train, %zu to validate, %zu to test (%s); scaler %s, time features %s, seed %" PRIu64,
        split->train.end - split->train.begin, split->validation.end - split->validation.begin,
        split->test.end - split->test.begin, model->split, ds_scaler_name((ds_scaler_kind)s->recipe.scaler),
        model->features, s->training.seed);
}

static void say_end(const settings *s, const fc_model *model, double seconds)
{
    const fc_record *r = &model->record;
    char took[32];
    double start = r->start_validation_loss, naive = r->naive_validation_loss;
    double loss = r->best_epoch ? r->validation_loss[r->best_epoch - 1] : start;
    if (r->ridge > 0)
        cli_say("started at least squares (ridge %g): validation %s %.6f", r->ridge,
                cli_loss_name(&r->training), start);
    if (r->best_epoch == 0)
        cli_say_note("no epoch was better than the linear start, which is what is kept");
    cli_say("kept epoch %d of %d: validation %s %.6f; %s; model in %s", r->best_epoch, r->epochs,
            cli_loss_name(&r->training), loss, cli_duration(seconds, took), s->output);
    if (r->training.loss != 0 || !isfinite(naive) || naive <= 0)
        return;
    if (loss < naive)
        cli_say("the better naive forecast, %s, gives %.6f on the same windows: the model is %.1f%% better",
                r->naive_name, naive, 100 * (1 - loss / naive));
    else
        cli_say_note("the better naive forecast, %s, gives %.6f on the same windows: the model is no better",
                     r->naive_name, naive);
}

static int print_json(const settings *s, const fc_model *model, double seconds, nn_error *error)
{
    json_t *object = cli_json_new("auspex.train/1");
    nn_json_set(object, "file", nn_json_text(s->output));
    nn_json_set(object, "seconds", nn_json_real(seconds));
    cli_model_json(object, model);
    return cli_json_print(object, error);
}

static int print_plan(const settings *s, const fc_model *model, nn_error *error)
{
    char *text = fc_plan_report(model, s->training.batch, error);
    if (!text)
        return error->code ? error->code : NN_FAILED;
    fputs(text, stdout);
    size_t length = strlen(text);
    if (length && text[length - 1] != '\n')
        putchar('\n');
    free(text);
    return cli_flush_stdout(error);
}

/* The first Ctrl-C stops after the step; what is best so far is kept. */
static int fit(const settings *s, fc_model *model, fc_request *request, nn_error *error)
{
    watch w = {.start = nn_seconds()};
    w.epoch_start = w.start;
    cli_interrupt_wait(true);
    request->progress = on_progress;
    request->context = &w;
    int code = fc_fit(model, request, error);
    cli_interrupt_wait(false);
    cli_progress_end();
    if (code == NN_STOPPED && model->record.epochs == 0)
        return nn_fail(error, NN_STOPPED, "stopped before the first epoch was done; nothing is saved");
    bool kept = code == NN_OK || code == NN_STOPPED;
    int saved = kept ? fc_model_save(model, s->output, error) : NN_OK;
    if (saved || !kept)
        return saved ? saved : code;
    double seconds = nn_seconds() - w.start;
    say_end(s, model, seconds);
    saved = s->json ? print_json(s, model, seconds, error) : NN_OK;
    if (saved)
        return saved;
    return code ? nn_fail(error, NN_STOPPED, "stopped; the best model so far, of epoch %d, is in %s",
                          model->record.best_epoch, s->output)
                : NN_OK;
}

static int train(const settings *s, cli_figure *figure, fc_model *model, fc_request *request, nn_error *error)
{
    if (s->plan)
        return print_plan(s, model, error);
    say_start(s, model, request);
    if (request->panel)
        say_panel(model, request->panel);
    int code = fit(s, model, request, error);
    if (!code && cli_figure_wanted(figure))
        code = cli_draw_loss(figure, model, error);
    return code;
}

/* The kind's own recipe where the command line leaves it open. */
static int take_recipe(fc_training *training, const cli_run *run, nn_error *error)
{
    const char *const(*pair)[2] = run->kind->recipe ? run->kind->recipe(run->config) : NULL;
    int code = NN_OK;
    for (; pair && (*pair)[0] && !code; pair++)
        if (!cli_given((*pair)[0]))
            code =
                nn_option_set(nn_option_find(fc_training_options, (*pair)[0]), training, (*pair)[1], error);
    return code;
}

static void ask(fc_request *request, const settings *s, const cli_run *run)
{
    cli_recipe_request(request, &s->recipe, run);
    request->training = &s->training;
    request->stride = s->stride;
    request->threads = s->threads;
}

static int run_panel(cli_run *run, cli_figure *figure, nn_error *error)
{
    settings *s = run->settings;
    cli_panel data;
    cli_panel_settings how = s->panel;
    fc_model *model = NULL;
    fc_request request;
    ds_split split;
    how.target = s->recipe.target;
    if (s->prices.prices || s->selection.select)
        return nn_fail(error, NN_USAGE, "--%s is not for a panel of stations",
                       s->prices.prices ? "prices" : "select");
    if (run->operand_count > 1)
        return nn_fail(error, NN_USAGE, "a panel is one file; '%.200s' is one too many", run->operands[1]);
    int code = cli_panel_read(&data, run->operands[0], &s->reading, &how, error);
    ask(&request, s, run);
    request.panel = data.panel;
    /* Coordinates alone tell where stations are; only who asks for it limits whom they attend to. */
    if (!code && !cli_given("adjacency") && !cli_given("neighbours"))
        data.panel->adjacency = NULL;
    if (!code)
        code = cli_recipe_make(&model, &s->recipe, &request, &split, error);
    if (!code)
        code = cli_recipe_check(&s->recipe, &request, error);
    if (!code)
        code = train(s, figure, model, &request, error);
    fc_model_free(model);
    cli_panel_clear(&data);
    return code;
}

static void note_choice(const ds_table *table, int of)
{
    char names[400] = "";
    size_t at = 0;
    for (int j = 0; j < table->columns && at < sizeof names; j++)
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", j ? ", " : "", table->names[j]);
    cli_say_note("%d of %d columns are seen, by their correlation in the training rows: %s%s", table->columns,
                 of, names, at < sizeof names ? "" : " ...");
}

/* The table that the model sees, and the model. */
static int make_model(fc_model **model, fc_request *request, ds_split *split, const settings *s,
                      const cli_source *source, fc_prepared *prepared, nn_error *error)
{
    const fc_preparation how = {.prices = &s->prices,
                                .selection = s->selection.select ? &s->selection.by : NULL,
                                .target = s->recipe.target};
    request->table = source->table;
    if (source->prices || how.selection) {
        int code = ds_split_make(s->recipe.split, source->table, split, error);
        if (!code)
            code = fc_prepare(prepared, source->table, source->prices, &how, split, error);
        if (code)
            return code;
        request->table = prepared->table;
        request->targets = prepared->targets;
        if (how.selection)
            note_choice(request->table, source->table->columns);
    }
    int code = cli_recipe_make(model, &s->recipe, request, split, error);
    if (code)
        return code;
    fc_model_take_market(*model, &prepared->market);
    return cli_recipe_check(&s->recipe, request, error);
}

static int run(cli_run *run, nn_error *error)
{
    settings *s = run->settings;
    bool data_on_stdout = s->json || (s->output && strcmp(s->output, "-") == 0);
    cli_figure figure = cli_figure_make(s->plot, NULL, data_on_stdout);
    cli_source source = {0};
    fc_prepared prepared = {0};
    fc_model *model = NULL;
    fc_request request;
    ds_split split;
    int code = cli_check_input(run->operands[0], error);
    cli_price_defaults(&s->prices, &s->recipe.horizon);
    ask(&request, s, run);
    if (!code)
        code = take_recipe(&s->training, run, error);
    if (!code)
        code = cli_check_source_options(&s->prices, &s->selection, s->recipe.target, error);
    if (!code && s->json && s->output && strcmp(s->output, "-") == 0)
        code = nn_fail(error, NN_USAGE, "--json and the model cannot both go to standard output");
    if (!code)
        code = cli_figure_check(&figure, error);
    if (!code && !s->plan)
        code = cli_check_output(s->output, error);
    if (!code && run->kind->task == &fc_stations_task)
        return run_panel(run, &figure, error);
    if (!code && (cli_given("stride") || cli_panel_asked(&s->panel)))
        code = nn_fail(error, NN_USAGE,
                       "--stations, --adjacency, --future, --static, --mask and --stride are of panels of "
                       "stations; --model %s does not forecast them",
                       run->kind->name);
    if (!code)
        code = cli_source_read(&source, run->operands, run->operand_count, &s->reading, &s->prices, error);
    if (!code)
        code = make_model(&model, &request, &split, s, &source, &prepared, error);
    if (!code)
        code = train(s, &figure, model, &request, error);
    fc_model_free(model);
    fc_prepared_clear(&prepared);
    cli_source_clear(&source);
    return code;
}

static const cli_section sections[] = {{"Output", options, 0},
                                       {"Data and model", cli_recipe_options, FIELD(recipe)},
                                       {"Panels of stations", CLI_PANEL_OPTIONS_BUT_TARGET, FIELD(panel)},
                                       {"Training", fc_training_options, FIELD(training)},
                                       {"Prices", ds_price_options, FIELD(prices)},
                                       {"Choice of columns", cli_select_options, FIELD(selection)},
                                       {"What is chosen", ds_correlate_options, FIELD(selection.by)},
                                       {"Reading the CSV file", cli_reading_options, FIELD(reading)},
                                       {0}};
static const cli_example examples[] = {
    {"auspex train data.csv --lookback 96 --horizon 24 -o model.safetensors",
     "the defaults are the published recipe"},
    {"auspex train ETTh1.csv --split ett-hour --lookback 96 --horizon 96 -o etth1.safetensors",
     "a published benchmark"},
    {"auspex train data.csv --target load --epochs 30 --learning-rate 3e-4 --plot loss.png -o "
     "load.safetensors",
     "one column from all others"},
    {"auspex train prices.csv --model time2vec --lookback 64 --horizon 5 --learning-rate 1e-3 -o "
     "prices.safetensors",
     "another kind of model"},
    {"auspex train farm.csv --id station --model hsttn --stations stations.csv --target power --future "
     "U10,V10 --mask "
     "'power<0' --lookback 24 --horizon 24 -o farm.safetensors",
     "all stations of a network together, with weather forecasts"},
    {"auspex train XOM.csv CVX.csv --prices --target XOM --model time2vec --lookback 64 --learning-rate 1e-3 "
     "-o xom.safetensors",
     "tomorrow's price of one share from two, by their returns"},
    {"auspex train sp500.csv --prices --target XOM --select --by past --threshold 0.05 -o xom.safetensors",
     "and from those of many that move before it"},
    {"auspex train data.csv --d-model 512 --layers 4 --plan", "what that would cost"},
    {NULL, NULL}};

const cli_command cli_train = {
    .name = "train",
    .summary = "train a forecasting model on a CSV file",
    .synopsis = "DATA.csv... -o MODEL [OPTION...]",
    .about =
        "The rows are cut in time: the model learns from the first part, the second decides which "
        "epoch's weights are "
        "kept, and the last is left for 'auspex evaluate'. The same seed gives the same file for any "
        "number of threads.\n\n"
        "With --prices the files are share prices, of one ticker each (named by the file) or with a column "
        "of "
        "tickers. The model learns their returns on the trading days that all have; its forecasts are prices "
        "again.\n\n"
        "Ctrl-C stops after the current step and saves the best model so far (exit code 130).",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = CLI_MOST_DATA,
    .operands = "DATA.csv, or several with --prices",
    .with_model = true,
    .for_classifiers = &cli_train_classifier,
    .run = run,
};
