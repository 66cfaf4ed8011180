/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex search: which parts make the best network for these data, at equal parameters. */
#include "cli/shell/list.h"

#include "cli/input/lesson.h"
#include "cli/input/time_text.h"
#include "cli/output/keep.h"
#include "cli/output/model.h"
#include "cli/output/trials.h"
#include "cli/shell/again.h"
#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"
#include "forecast/search/halving.h"
#include "forecast/training/checkpoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    char *budget, *output, *csv, *kept;
    fc_checkpoint_settings keeping;
    int candidates, parameters, json, force;
    double macs;
    cli_lesson_settings lesson;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"budget", 0, NN_TEXT, FIELD(budget), "5min", "TIME", 0, 0,
     "how long the search may take, such as 90s, 10min or 2h"},
    {"candidates", 0, NN_INT, FIELD(candidates), "0", "N", 0, 10000,
     "networks that are drawn beside the one as given; 0: as many as the budget allows; with a number "
     "nothing "
     "depends on the clock, unless the budget ends first"},
    {"parameters", 0, NN_INT, FIELD(parameters), "0", "N", 0, 1000000000,
     "parameters of each of them, give or take 3%; 0: those of the network as given"},
    {"budget-macs", 0, NN_REAL, FIELD(macs), "0", "N", 0, 1e15,
     "the most multiply-adds of a sample; 0: a tenth more than the network as given takes"},
    {0}};
static const nn_option output_options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), NULL, "FILE", 0, 0,
     "keep the winner, as the command line that is printed would train it"},
    {"csv", 0, NN_TEXT, FIELD(csv), NULL, "FILE", 0, 0,
     "every training as a row; -: standard output, in place of the table"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "one JSON document"},
    {"threads", 0, NN_INT, FIELD(lesson.threads), "0", "N", 0, 1024,
     "0: all cores; the scores of a network are the same for any number"},
    {0}};

static const nn_option kept_options[] = {{"checkpoint", 0, NN_TEXT, FIELD(kept), NULL, "NAME", 0, 0,
                                          "what is done is kept in NAME.checkpoint, NAME.checkpoint.1 and so "
                                          "on, until the search has ended; unless "
                                          "given beside the file of --output or --csv"},
                                         {0}};

typedef struct job {
    const settings *s;
    const cli_run *run;
    cli_lesson lesson;
    fc_halving_settings how;
    fc_halving found;
} job;

static int on_progress(void *context, const fc_halving *h, const fc_trial_run *run, const fc_progress *p,
                       double seconds)
{
    const job *j = context;
    char took[32], most[32];
    cli_progress("rung %d/%d  network %d of %d  epoch %d/%d  step %zu/%zu  loss %.4f  %s of %s",
                 run->rung + 1, h->rungs, run->candidate, h->count - 1, p->epoch, p->epochs, p->step,
                 p->steps, p->train_loss, cli_duration(seconds, took), cli_duration(j->how.seconds, most));
    return cli_interrupted();
}

static void prepare(void *context, fc_model *model)
{
    const job *j = context;
    cli_lesson_note(&j->lesson, model);
}

/* --- what is kept on the way --- */

/* All that decides which networks are drawn and how they are trained. */
static json_t *origin_of(const job *j)
{
    const fc_request *r = &j->lesson.request;
    const ds_table *table = r->panel ? r->panel->table : r->table;
    json_t *origin = json_object();
    nn_json_whole();
    nn_json_set(origin, "work", json_string("search"));
    nn_json_set(origin, "version", json_string(AUSPEX_VERSION));
    nn_json_set(origin, "model", json_string(j->run->kind->name));
    nn_json_set(origin, "settings", nn_json_exact_record(j->run->kind->options, j->run->config));
    nn_json_set(origin, "training", nn_json_exact_record(j->lesson.first->task->training, r->training));
    nn_json_set(origin, "data and model", nn_json_exact_record(cli_recipe_options, &j->s->lesson.recipe));
    nn_json_set(origin, "windows", nn_json_exact_record(cli_window_options, &j->s->lesson.recipe));
    nn_json_set(origin, "parameters", json_integer((json_int_t)j->how.space.parameters));
    nn_json_set(origin, "macs", json_real(j->how.space.most_macs));
    nn_json_set(origin, "candidates", json_integer(j->how.candidates));
    nn_json_set(origin, "data", table ? nn_json_hash(table->report.hash) : json_null());
    return origin;
}

static int open_kept(job *j, nn_error *error)
{
    const settings *s = j->s;
    const char *beside = s->kept ? s->kept : s->output ? s->output : s->csv;
    int code =
        fc_checkpoint_new(&j->lesson.request.checkpoint, beside, &s->keeping, cli_say_line, NULL, error);
    if (!code)
        code = fc_ledger_new(&j->how.ledger, beside, &s->keeping, cli_say_line, NULL, error);
    return code ? code : fc_ledger_begin(j->how.ledger, origin_of(j), error);
}

/* --- the settings --- */

static int check(const job *j, nn_error *error)
{
    const settings *s = j->s;
    if (!fc_space_has_parts(j->run->kind))
        return nn_fail(error, NN_USAGE,
                       "%s is not made of parts; itransformer, time2vec, hsttn, t2 and "
                       "t2-points are",
                       j->run->kind->name);
    if (s->json && s->csv && strcmp(s->csv, "-") == 0)
        return nn_fail(error, NN_USAGE, "--json and --csv - cannot both go to standard output");
    return s->output ? cli_check_output(s->output, error) : NN_OK;
}

/* Every candidate has as many parameters, the one as given too. */
static int set_limits(job *j, nn_error *error)
{
    fc_cost given;
    fc_space *space = &j->how.space;
    const int code = fc_cost_of(&given, j->lesson.first, error);
    if (code)
        return code;
    space->parameters = j->s->parameters ? (size_t)j->s->parameters : given.parameters;
    space->most_macs = j->s->macs > 0 ? j->s->macs : 1.1 * given.macs;
    if (!j->s->parameters)
        return NN_OK;
    fc_cost cost;
    return fc_size_to(j->run->config, &j->lesson.request, space->parameters, FC_SPACE_TOLERANCE, &cost,
                      error);
}

static int search(job *j, nn_error *error)
{
    j->how.space.request = &j->lesson.request;
    j->how.space.seed = j->s->lesson.training.seed;
    j->how.candidates = j->s->candidates;
    j->how.prepare = prepare;
    j->how.progress = on_progress;
    j->how.stopped = cli_interrupted;
    j->how.context = j;
    int code = set_limits(j, error);
    if (!code)
        code = open_kept(j, error);
    if (code)
        return code;
    cli_interrupt_wait(true);
    code = fc_halving_run(&j->found, &j->how, error);
    cli_interrupt_wait(false);
    cli_progress_end();
    if (code == NN_STOPPED && !j->found.model)
        return nn_fail(error, NN_STOPPED, "stopped before the first network was trained; there is no result");
    return code;
}

/* --- what came of it --- */

static char *command_of(const job *j, nn_error *error)
{
    const fc_halving *h = &j->found;
    fc_training training = h->model->record.training;
    return cli_lesson_command(&j->lesson, j->run, j->run->operands[0], h->candidate[h->best].config,
                              &training, error);
}

static int give(job *j, int stopped, nn_error *error)
{
    const settings *s = j->s;
    const bool to_stdout = s->csv && strcmp(s->csv, "-") == 0;
    char *command = command_of(j, error);
    int code = command ? NN_OK : NN_FAILED;
    cli_kept kept = {0};
    if (!code && s->output)
        code = cli_keep(&kept, j->found.model, s->output, s->force, error);
    const cli_trials trials = {&j->found,           &j->how.space,  command, s->output ? kept.file : NULL,
                               j->run->operands[0], j->lesson.first};
    if (!code && s->csv)
        code = cli_trials_csv(&trials, s->csv, error);
    if (!code && s->json)
        code = cli_trials_json(&trials, error);
    else if (!code && !to_stdout)
        cli_trials_print(&trials);
    free(command);
    if (!code && !stopped)
        fc_halving_forget(&j->found, &j->how);
    if (!code && stopped)
        return nn_fail(error, NN_STOPPED, "stopped; the best so far is what was found until then");
    return code ? code : cli_kept_beside(&kept, s->output, error);
}

static int run(cli_run *run, nn_error *error)
{
    settings *s = run->settings;
    job j = {.s = s, .run = run};
    int code = cli_time_parse(s->budget, "budget", &j.how.seconds, error);
    if (!code)
        code = check(&j, error);
    if (!code)
        code = cli_lesson_read(&j.lesson, run, run->operands[0], &s->lesson, error);
    if (!code)
        code = search(&j, error);
    if (code == NN_OK || (code == NN_STOPPED && j.found.model))
        code = give(&j, code, error);
    if (code)
        cli_say_again(fc_ledger_path(j.how.ledger));
    fc_halving_clear(&j.found, run->kind);
    fc_checkpoint_free(j.lesson.request.checkpoint);
    fc_ledger_free(j.how.ledger);
    cli_lesson_clear(&j.lesson);
    return code;
}

static const cli_section sections[] = {{"Search", options, 0},
                                       {"Output", output_options, 0},
                                       {"What is there already", cli_force_options, FIELD(force)},
                                       {"What is kept on the way", kept_options, 0},
                                       {"Going on", fc_checkpoint_options, FIELD(keeping)},
                                       {0}};
static const cli_section forecast_sections[] = {CLI_LESSON_SECTIONS(FIELD(lesson))};
static const cli_section class_sections[] = {CLI_LESSON_CLASS_SECTIONS(FIELD(lesson))};
static const cli_example examples[] = {
    {"auspex search data.csv --budget 10min -o best.safetensors",
     "five parts and their settings, ten minutes"},
    {"auspex search data.csv --model time2vec --candidates 30 --epochs 9 --seed 2 --csv tried.csv",
     "a search that another machine repeats"},
    {"auspex search farm.csv --id station --model hsttn --stations stations.csv --target power --horizon 12",
     "of a network of stations"},
    {"auspex search sky.csv --metadata sky_meta.csv --model t2 --label target --budget 1h -o t2.safetensors",
     "of a classifier of light curves"},
    {NULL, NULL}};

const cli_command cli_search = {
    .name = "search",
    .summary = "find the parts of a network that suit the data, at equal parameters",
    .synopsis = "DATA.csv [--budget TIME] [-o MODEL] [OPTION...]",
    .about =
        "Networks are drawn at random from the parts that 'auspex blocks' lists, each made as wide as it "
        "takes to have as many parameters, and trained by successive halving (arXiv 1502.07943, 1603.06560): "
        "all "
        "for few epochs, the best third of them for three times as many, and so on up to --epochs. The "
        "network "
        "as given goes through all rungs. The validation loss alone decides; the test part stays unseen, for "
        "'auspex evaluate'.\n\n"
        "The same seed draws the same networks. The clock decides how many of them, unless --candidates "
        "does.\n\nCtrl-C ends the search with the best so far (exit code 130). Every training that is done "
        "is kept, "
        "and the same command with --resume goes on without doing it again.",
    .examples = examples,
    .sections = sections,
    .own_sections = {[FC_FORECASTS] = forecast_sections, [FC_CLASSIFIES] = class_sections},
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = 1,
    .operands = "DATA.csv",
    .model = "itransformer",
    .networks = true,
    .run = run,
};
