/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train: a model of any kind from its data. The kind that --model names decides how the data are read. */
#include "cli/shell/list.h"

#include "cli/commands/train_words.h"
#include "cli/input/automatic.h"
#include "cli/input/holidays.h"
#include "cli/input/lightcurves/automatic.h"
#include "cli/input/lightcurves/going_on.h"
#include "cli/input/lightcurves/training_set.h"
#include "cli/input/past.h"
#include "cli/input/recipe.h"
#include "cli/input/source.h"
#include "cli/input/stations.h"
#include "cli/input/teacher.h"
#include "cli/output/keep.h"
#include "cli/output/loss_figure.h"
#include "cli/output/model.h"
#include "cli/shell/again.h"
#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"
#include "forecast/tasks/series/series.h"
#include "forecast/tasks/stations/stations.h"
#include "forecast/training/checkpoint.h"
#include "forecast/training/fit.h"
#include "lib/base/clock.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    char *output, *plot;
    int threads, json, plan, stride, force;
    fc_training training;
    cli_teacher_settings teacher;
    /* Of tables and panels. */
    cli_reading reading;
    cli_recipe recipe;
    cli_panel_settings panel;
    ds_price_settings prices;
    cli_selection selection;
    /* Of labelled light curves. */
    cli_training_settings objects;
    cli_going_on_settings going_on;
    fc_checkpoint_settings keeping;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), NULL, "FILE", 0, 0, "where the model goes (needed)"},
    {"plot", 0, NN_TEXT, FIELD(plot), NULL, "FILE", 0, 0,
     "draw the losses by epoch: .png, .svg or .pdf; -: text art in the terminal"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "print the record of the training as JSON"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};
static const nn_option plan_options[] = {{"plan", 0, NN_FLAG, FIELD(plan), "false", NULL, 0, 0,
                                          "print memory and operations of a training step, and stop"},
                                         {0}};
static const nn_option stride_options[] = {{"stride", 0, NN_INT, FIELD(stride), "1", "N", 1, 1000000,
                                            "a window begins every N rows, fewer than all for large panels"},
                                           {0}};

/* What is in use while a model is trained. */
typedef struct job {
    settings *s;
    const cli_run *run;
    fc_request request;
    ds_split split;
    fc_model *model;
    bool classifies;
    cli_figure figure;
    /* One of these. */
    cli_source source;
    ds_table past; /* of the source's table */
    fc_prepared prepared;
    cli_panel panel;
    cli_training_set objects;
    nn_pool *pool;
    double start, epoch_start; /* seconds of nn_seconds */
    int epoch;                 /* the last one shown */
} job;

/* --- progress --- */

static void show_step(const job *j, const fc_progress *p)
{
    char left[32];
    cli_progress("epoch %d/%d  step %zu/%zu  loss %.6f  %.0f %s/s  %s left", p->epoch, p->epochs, p->step,
                 p->steps, p->train_loss, p->samples_per_second, j->classifies ? "objects" : "windows",
                 cli_duration(p->seconds_left, left));
}

static void show_epoch(job *j, const fc_progress *p)
{
    char took[32];
    if (j->epoch == 0)
        cli_say("epoch  train loss  validation  learning rate         time");
    cli_say("%5d  %10.6f  %10.6f  %13.3g  %11s%s%s", p->epoch, p->train_loss, p->validation_loss,
            p->learning_rate, cli_duration(nn_seconds() - j->epoch_start, took), p->best ? "  best" : "",
            p->stopped_early ? "  no better for too long: stopped" : "");
    j->epoch = p->epoch;
    j->epoch_start = nn_seconds();
}

static int on_progress(void *context, const fc_progress *p)
{
    if (p->step == p->steps && !isnan(p->validation_loss))
        show_epoch(context, p);
    else
        show_step(context, p);
    return cli_interrupted();
}

/* --- before and after --- */

static int print_json(const char *file, const fc_model *model, double seconds, nn_error *error)
{
    json_t *object = cli_json_new("auspex.train/1");
    nn_json_set(object, "file", nn_json_text(file));
    nn_json_set(object, "seconds", nn_json_real(seconds));
    cli_model_json(object, model);
    return cli_json_print(object, error);
}

static int print_plan(const job *j, nn_error *error)
{
    const ds_table *table = j->panel.panel ? j->panel.panel->table : j->request.table;
    char *text = fc_plan_report(j->model, table, j->s->threads, error);
    if (!text)
        return error->code ? error->code : NN_FAILED;
    fputs(text, stdout);
    size_t length = strlen(text);
    if (length && text[length - 1] != '\n')
        putchar('\n');
    free(text);
    return cli_flush_stdout(error);
}

/* What is said at the end of what was stopped, or found a better model in its place. */
static int conclude(const job *j, int code, const cli_kept *kept, nn_error *error)
{
    const int best = j->model->record.best_epoch;
    nn_error beside = {0};
    const int other = cli_kept_beside(kept, j->s->output, &beside);
    if (code == NN_STOPPED)
        nn_fail(error, code, "stopped; the best model so far, of epoch %d, is in %.300s%s%s", best,
                kept->file, other ? ": " : "", beside.text);
    else if (code)
        (void)nn_fail_within(error, "the best model so far, of epoch %d, is in %s", best, kept->file);
    else if (other)
        nn_fail(error, other, "%s", beside.text);
    return code ? code : other;
}

/* What a stopped training has so far is kept too. */
static int keep(job *j, int code, nn_error *error)
{
    const settings *s = j->s;
    cli_kept kept;
    int saved = cli_keep(&kept, j->model, s->output, s->force, error);
    if (saved)
        return saved;
    if (code != NN_STOPPED)
        fc_checkpoint_remove(j->request.checkpoint);
    double seconds = nn_seconds() - j->start;
    cli_say_trained(j->model, kept.file, seconds);
    if (s->json)
        saved = print_json(kept.file, j->model, seconds, error);
    if (!saved && cli_figure_wanted(&j->figure) && !j->model->kind->forecaster)
        saved = cli_draw_loss(&j->figure, j->model, error);
    return saved ? saved : conclude(j, code, &kept, error);
}

/* The first Ctrl-C stops after the step. */
static int train(job *j, nn_error *error)
{
    if (j->s->plan && j->model->kind->forecaster)
        return nn_fail(error, NN_USAGE, "--plan is about networks; %s has none", j->model->kind->name);
    if (j->s->plan)
        return print_plan(j, error);
    if (!j->classifies)
        cli_say_training(j->model, &j->request);
    if (j->request.table)
        cli_say_unlearnt(j->model, j->request.table, j->split.train);
    j->start = j->epoch_start = nn_seconds();
    j->request.progress = on_progress;
    j->request.context = j;
    cli_interrupt_wait(!j->model->kind->forecaster);
    int code = fc_fit(j->model, &j->request, error);
    cli_interrupt_wait(false);
    cli_progress_end();
    if (code == NN_STOPPED && j->model->record.epochs == 0)
        nn_fail(error, NN_STOPPED, "stopped before the first epoch was done; there is no model yet");
    else if (code == NN_OK || code == NN_STOPPED || (code == NN_DIVERGED && j->model->record.best_epoch > 0))
        code = keep(j, code, error);
    if (code)
        cli_say_again(fc_checkpoint_path(j->request.checkpoint));
    return code;
}

/* --- the data, and a model for them --- */

static void note_choice(const ds_table *table, int of)
{
    char names[400] = "";
    size_t at = 0;
    for (int j = 0; j < table->columns && at < sizeof names; j++)
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", j ? ", " : "", table->names[j]);
    cli_say_note("%d of %d columns are seen, by their correlation in the training rows: %s%s", table->columns,
                 of, names, at < sizeof names ? "" : " ...");
}

static int read_table(job *j, nn_error *error)
{
    settings *s = j->s;
    fc_request *request = &j->request;
    const fc_preparation how = {.prices = &s->prices,
                                .selection = s->selection.select ? &s->selection.by : NULL,
                                .target = s->recipe.target};
    if (s->prices.prices && cli_given("floor"))
        return nn_fail(error, NN_USAGE, "--floor is of values, and what is learnt of prices are returns");
    int code = cli_check_roles(&s->panel, request->kind, &s->reading, error);
    if (!code && cli_given("stride"))
        code = nn_fail(error, NN_USAGE,
                       "--stride is of panels of stations: a table's windows begin in every row");
    if (code)
        return code;
    s->reading = cli_table_reading(&s->panel, request->kind, &s->reading);
    request->futures = s->panel.future;
    code =
        cli_source_read(&j->source, j->run->operands, j->run->operand_count, &s->reading, &s->prices, error);
    request->table = j->source.table;
    if (!code && (j->source.prices || how.selection)) {
        code = ds_split_make(s->recipe.split, j->source.table, &j->split, error);
        if (!code)
            code = fc_prepare(&j->prepared, j->source.table, j->source.prices, &how, &j->split, error);
        request->table = j->prepared.table;
        request->targets = j->prepared.targets;
        if (!code && how.selection)
            note_choice(request->table, j->source.table->columns);
    } else if (!code) {
        j->past = cli_past(j->source.table, request);
        request->table = &j->past;
    }
    if (!code)
        code =
            cli_automatic_sizes(&s->recipe, j->source.prices ? NULL : &s->training, j->run, request, error);
    if (!code)
        code = cli_recipe_make(&j->model, &s->recipe, request, &j->split, error);
    if (!code && !j->source.prices)
        code = cli_say_doubts(request->table, j->model->is_target, s->recipe.horizon, error);
    if (!code)
        fc_model_take_market(j->model, &j->prepared.market);
    return code ? code : cli_recipe_check(&s->recipe, request, error);
}

static int read_panel(job *j, nn_error *error)
{
    settings *s = j->s;
    cli_panel_settings how = s->panel;
    how.target = s->recipe.target;
    if (s->prices.prices || s->selection.select)
        return nn_fail(error, NN_USAGE, "--%s is not for a panel of stations",
                       s->prices.prices ? "prices" : "select");
    int code = cli_panel_learn(&j->panel, j->run->operands, j->run->operand_count, &s->reading, &how, error);
    if (code)
        return code;
    j->request.panel = j->panel.panel;
    if (j->run->kind->forecaster)
        code = cli_automatic_panel(&s->recipe, j->run, &j->request, error);
    if (!code)
        code = cli_recipe_make(&j->model, &s->recipe, &j->request, &j->split, error);
    return code ? code : cli_recipe_check(&s->recipe, &j->request, error);
}

static int read_objects(job *j, nn_error *error)
{
    if (j->run->operand_count > 1)
        return nn_fail(error, NN_USAGE, "'%.100s' is too much: a classifier learns from one file",
                       j->run->operands[1]);
    settings *s = j->s;
    int code = s->going_on.from
                   ? cli_going_on_open(&j->model, &j->objects, j->run->operands[0], &s->objects, &s->going_on,
                                       &s->training, &j->request, error)
                   : cli_training_set_open(&j->objects, j->run->operands[0], &s->objects, &j->request, error);
    if (!code && !j->model)
        code = fc_model_new(&j->model, &j->request, error);
    if (!code) /* before light curves are read, which takes long */
        code = cli_teacher_open(&j->request, &s->teacher, j->model, error);
    if (!code)
        code = nn_pool_new(&j->pool, j->s->threads, error);
    j->request.pool = j->pool;
    return code || j->s->plan
               ? code
               : cli_training_set_read(&j->objects, &j->s->objects, j->model, &j->request, error);
}

/* --model auto of light curves: all of it at once. */
static int choose_classifier(job *j, nn_error *error)
{
    if (j->run->operand_count > 1)
        return nn_fail(error, NN_USAGE, "'%.100s' is too much: a classifier learns from one file",
                       j->run->operands[1]);
    int code = cli_light_auto_check(j->run->kind, error);
    if (!code)
        code = nn_pool_new(&j->pool, j->s->threads, error);
    j->request.pool = j->pool;
    j->start = nn_seconds();
    cli_interrupt_wait(true);
    if (!code)
        code = cli_light_auto(&j->model, j->run->operands[0], &j->s->objects, &j->request, error);
    cli_interrupt_wait(false);
    return code;
}

static int check(job *j, nn_error *error)
{
    settings *s = j->s;
    int code = cli_check_input(j->run->operands[0], error);
    if (!code)
        code = cli_recipe_training(&s->training, j->run, error);
    if (!code && !j->classifies)
        code = cli_check_source_options(&s->prices, &s->selection, s->recipe.target, error);
    if (!code && s->json && s->output && strcmp(s->output, "-") == 0)
        code = nn_fail(error, NN_USAGE, "--json and the model cannot both go to standard output");
    if (!code)
        code = cli_figure_check(&j->figure, error);
    return code || s->plan ? code : cli_check_output(s->output, error);
}

static int run(cli_run *run, nn_error *error)
{
    settings *s = run->settings;
    const fc_task *task = fc_task_for(run->kind, cli_panel_meant(&s->panel, run->kind, &s->reading));
    const bool data_on_stdout = s->json || (s->output && strcmp(s->output, "-") == 0);
    job j = {.s = s,
             .run = run,
             .classifies = task->purpose == FC_CLASSIFIES,
             .figure = cli_figure_make(s->plot, NULL, data_on_stdout)};
    cli_price_defaults(&s->prices, &s->recipe.horizon);
    cli_recipe_request(&j.request, &s->recipe, run);
    j.request.training = &s->training;
    j.request.reading = &s->reading;
    j.request.stride = s->stride;
    j.request.threads = s->threads;
    j.request.shapes = s->plan;
    int code = check(&j, error);
    if (!code && !run->kind->forecaster)
        code = fc_checkpoint_new(&j.request.checkpoint, s->output, &s->keeping, cli_say_line, NULL, error);
    else if (!code && s->keeping.resume)
        code =
            nn_fail(error, NN_USAGE, "--resume: %s has no network, and what it learns is not kept on the way",
                    run->kind->name);
    if (!code && j.classifies && cli_light_auto_meant(&s->objects))
        code = choose_classifier(&j, error);
    else if (!code)
        code = j.classifies                ? read_objects(&j, error)
               : task == &fc_stations_task ? read_panel(&j, error)
                                           : read_table(&j, error);
    if (!code && !j.classifies)
        code = cli_teacher_open(&j.request, &s->teacher, j.model, error);
    if (!code && j.classifies && cli_light_auto_meant(&s->objects))
        code = keep(&j, code, error);
    else if (!code)
        code = train(&j, error);
    fc_checkpoint_free(j.request.checkpoint);
    fc_model_free(j.request.teacher);
    fc_model_free(j.model);
    fc_prepared_clear(&j.prepared);
    cli_source_clear(&j.source);
    cli_panel_clear(&j.panel);
    cli_training_set_clear(&j.objects);
    nn_pool_free(j.pool);
    return code;
}

static const cli_section sections[] = {{"Output", options, 0},
                                       {"What is there already", cli_force_options, FIELD(force)},
                                       {"What is kept on the way", fc_checkpoint_options, FIELD(keeping)},
                                       {"Instead of training", plan_options, 0},
                                       {"Learning from another network", cli_teacher_options, FIELD(teacher)},
                                       {0}};
static const cli_section forecast_sections[] = {
    {"Data and model", cli_recipe_options, FIELD(recipe)},
    {"Windows of a network", cli_window_options, FIELD(recipe)},
    {"Panels of stations", CLI_PANEL_OPTIONS_BUT_TARGET, FIELD(panel)},
    {"Windows of a panel", stride_options, 0},
    {"Training", fc_training_options, FIELD(training)},
    {"Prices", ds_price_options, FIELD(prices)},
    {"Choice of columns", cli_select_options, FIELD(selection)},
    {"What is chosen", ds_correlate_options, FIELD(selection.by)},
    {CLI_HOLIDAYS, cli_holidays_options, FIELD(reading)},
    {CLI_READING, ds_reading_options, FIELD(reading)},
    {0}};
static const cli_section class_sections[] = {
    {"Objects and classes", cli_training_options, FIELD(objects)},
    {"Table of objects", cli_metadata_options, FIELD(objects.metadata)},
    {"Going on from a classifier", cli_going_on_options, FIELD(going_on)},
    {"Training a classifier", fc_class_training_options, FIELD(training)},
    {"Reading photometry", cli_photometry_options, FIELD(objects.photometry)},
    {"Reading the files", cli_photometry_file_options, FIELD(objects.photometry)},
    {0}};
static const nn_option *const panel[] = {stride_options, CLI_PANEL_OPTIONS_BUT_TARGET, NULL};
static const nn_option *const network[] = {
    plan_options,     cli_teacher_options, cli_window_options,   fc_training_options,
    ds_price_options, cli_select_options,  ds_correlate_options, NULL};
static const cli_example examples[] = {
    {"auspex train data.csv --lookback 96 --horizon 24 -o model.safetensors",
     "a network, of a size and a training that the rows speak for"},
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
    {"auspex train data.csv --teacher big.safetensors --lookback 96 --horizon 24 --d-model 32 -o "
     "small.safetensors",
     "a small network learns from a large one"},
    {"auspex train data.csv --d-model 512 --layers 4 --plan", "what that would cost"},
    {"auspex train sky.csv --metadata sky_meta.csv --model t2 --redshift none --label class -o "
     "t2.safetensors",
     "a classifier of light curves: every label is a class; without redshifts"},
    {"auspex train sky.csv --metadata sky_meta.csv --model t2 --label target --classes 'Ia=90,rest=*' -o "
     "ia.safetensors",
     "one class against all others"},
    {"auspex train sky.csv --model t2 --redshift none -o t2.safetensors",
     "the class stands in every row of the photometry, in a column 'class'"},
    {"auspex train sky.csv --metadata sky_meta.csv --model t2 --split 'spec=!-9' -o spec.safetensors",
     "on the objects with a spectroscopic type, with photometric redshifts"},
    {"auspex train sky.csv --metadata sky_meta.csv --model auto -o best.safetensors",
     "a forest on features, networks, and mixtures of both: the best on the validation objects"},
    {"auspex train ztf.csv --metadata ztf_meta.csv --from t2.safetensors -o ztf.safetensors",
     "a classifier goes on with the labels of another survey"},
    {NULL, NULL}};

const cli_command cli_train = {
    .name = "train",
    .summary = "train a model that forecasts, or that classifies light curves, on a CSV file",
    .synopsis = "DATA.csv... -o MODEL [OPTION...]",
    .about =
        "Without --model the forecast is what the past of each series speaks for, as of 'auspex forecast'; "
        "with a setting of networks it is the iTransformer; of a panel of stations linear forecasts, and "
        "HSTTN. What is not said of a network of a table goes by "
        "its "
        "rows and their season: look-back, horizon, width, layers and training, which a note says; with "
        "--preset paper all is as published, which are the defaults shown.\n\n"
        "The rows are cut in time: the model learns from the first part, the second decides which "
        "epoch's weights are "
        "kept, and the last is left for 'auspex evaluate'. The same seed gives the same file for any "
        "number of threads.\n\n"
        "With --prices the files are share prices, of one ticker each (named by the file) or with a column "
        "of "
        "tickers. The model learns their returns on the trading days that all have; its forecasts are prices "
        "again.\n\n"
        "A classifier learns from the labelled light curves of a survey. The file then has a row per "
        "measurement, and that of --metadata a row per object with its label and, unless --redshift none, "
        "its "
        "photometric redshift and error; without --metadata these stand in the photometry. A forest on "
        "features "
        "is grown beside a network, and may be mixed in (--mixture).\n\n"
        "Ctrl-C, SIGTERM, SIGHUP or the end of whoever reads the messages stop after the current step and "
        "save the best model so far (exit code 128 and the signal's number: 130, 143, 129, 141); a second "
        "one ends at once. A network's training is kept beside its output all the while, and the same "
        "command with --resume goes on from there to the same file.",
    .examples = examples,
    .sections = sections,
    .own_sections = {[FC_FORECASTS] = forecast_sections, [FC_CLASSIFIES] = class_sections},
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = CLI_MOST_DATA,
    .operands = "DATA.csv, or several with --prices",
    .model = "auto",
    .automatic = {[FC_CLASSIFIES] = "t2"},
    .networks = true,
    .network = network,
    .panel = panel,
    .run = run,
};
