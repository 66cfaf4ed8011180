/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex import: weights under their published names made into a model file. */
#include "cli/shell/list.h"

#include "cli/input/lightcurves/training_set.h"
#include "cli/input/reading.h"
#include "cli/input/recipe.h"
#include "cli/input/stations.h"
#include "cli/output/model.h"
#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "forecast/exchange/published.h"
#include "forecast/tasks/series/series.h"
#include "forecast/tasks/stations/stations.h"
#include "forecast/training/fit.h"
#include "forecast/weights.h"

#include <string.h>

typedef struct settings {
    cli_common common;
    char *output, *data;
    int json, threads;
    fc_training training; /* of classifiers, whose validation part settles their temperature */
    /* Of tables and panels. */
    cli_reading reading;
    cli_recipe recipe;
    cli_panel_settings panel;
    /* Of labelled light curves. */
    cli_training_settings objects;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"data", 0, NN_TEXT, FIELD(data), NULL, "FILE", 0, 0,
     "the file that the weights were trained on (needed): gives columns, stations or classes, and scalers"},
    {"output", 'o', NN_TEXT, FIELD(output), NULL, "FILE", 0, 0, "where the model goes (needed)"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "print what the model is as JSON"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};

static int finish(const settings *s, const fc_model *model, nn_error *error)
{
    char count[40];
    int code = fc_model_save(model, s->output, error);
    if (code)
        return code;
    cli_say_note("%s weights in %d parameters, columns and scaler of %s: model in %s",
                 cli_count(cli_model_size(model), count), model->params->count, s->data, s->output);
    if (!s->json)
        return NN_OK;
    json_t *object = cli_json_new("auspex.import/1");
    nn_json_set(object, "file", nn_json_text(s->output));
    cli_model_json(object, model);
    return cli_json_print(object, error);
}

/* What the data and the options make: a model whose weights are still to come. */
typedef struct job {
    settings *s;
    nn_st_file *weights;
    fc_request request;
    ds_split split;
    cli_panel panel;
    ds_table *table;
    cli_training_set objects;
    nn_pool *pool;
    fc_model *model;
} job;

/* --- what the shapes of the weights tell --- */

/* Where a rule's setting is kept: the kind's own, or one of the recipe's. */
static const nn_option *setting_of(const job *j, const cli_run *run, const char *name, void **record)
{
    const nn_option *option = nn_option_find(run->kind->options, name);
    *record = run->config;
    if (!option && (option = nn_option_find(cli_window_options, name)))
        *record = &j->s->recipe;
    if (!option && (option = nn_option_find(cli_recipe_options, name)))
        *record = &j->s->recipe;
    return option;
}

static int64_t whole_setting(const job *j, const cli_run *run, const char *name)
{
    void *record;
    const nn_option *option = name ? setting_of(j, run, name, &record) : NULL;
    return option && option->type == NN_INT ? *(const int *)((const char *)record + option->offset) : 0;
}

/* What the command line leaves open is what the tensors are made of. */
static int infer(job *j, const cli_run *run, nn_error *error)
{
    char said[300] = "", text[24];
    size_t at = 0;
    int code = NN_OK;
    for (const fc_shape_rule *rule = run->kind->shapes; rule && rule->setting && !code; rule++) {
        void *record;
        const nn_option *option = setting_of(j, run, rule->setting, &record);
        if (cli_given(rule->setting) || !option ||
            !fc_shape_found(run->kind, rule, j->weights, whole_setting(j, run, rule->divided), text))
            continue;
        code = nn_option_set(option, record, text, error);
        if (at < sizeof said)
            at += (size_t)snprintf(said + at, sizeof said - at, " --%s %s", rule->setting, text);
    }
    if (!code && at)
        cli_say_note("the shapes of the weights tell:%s", said);
    return code;
}

/* --- the data --- */

static int read_panel(job *j, nn_error *error)
{
    cli_panel_settings how = j->s->panel;
    how.target = j->s->recipe.target;
    int code = cli_panel_learn(&j->panel, &j->s->data, 1, &j->s->reading, &how, error);
    if (code)
        return code;
    j->request.panel = j->panel.panel;
    code = cli_recipe_make(&j->model, &j->s->recipe, &j->request, &j->split, error);
    return code ? code : fc_fit_around(j->model, &j->request, error);
}

static int read_table(job *j, nn_error *error)
{
    int code = cli_read_table(&j->table, j->s->data, &j->s->reading, 0, error);
    if (code)
        return code;
    j->request.table = j->table;
    code = cli_recipe_make(&j->model, &j->s->recipe, &j->request, &j->split, error);
    return code ? code : fc_fit_scaler(j->model, &j->request, error);
}

/* The labels and scalers of a classifier; its weights are read before its temperature is settled. */
static int read_objects(job *j, nn_error *error)
{
    int code = cli_training_set_open(&j->objects, j->s->data, &j->s->objects, &j->request, error);
    if (!code)
        code = fc_model_new(&j->model, &j->request, error);
    if (!code)
        code = nn_pool_new(&j->pool, j->s->threads, error);
    j->request.pool = j->pool;
    if (!code)
        code = cli_training_set_read(&j->objects, &j->s->objects, j->model, &j->request, error);
    return code ? code : fc_fit_around(j->model, &j->request, error);
}

static int check(const settings *s, nn_error *error)
{
    if (!s->data)
        return nn_fail(error, NN_USAGE, "--data is missing: the file that the weights were trained on");
    if (s->json && s->output && strcmp(s->output, "-") == 0)
        return nn_fail(error, NN_USAGE, "--json and the model cannot both go to standard output");
    const int code = cli_check_input(s->data, error);
    return code ? code : cli_check_output(s->output, error);
}

static int check_kind(const cli_run *run, bool panel, nn_error *error)
{
    if (run->kind->forecaster)
        return nn_fail(error, NN_USAGE, "--model: %s has no weights; auspex train fits it", run->kind->name);
    if (panel && fc_task_for(run->kind, true) != &fc_stations_task)
        return nn_fail(error, NN_USAGE, "--model: %s does not forecast panels of stations", run->kind->name);
    return NN_OK;
}

static int run(cli_run *run, nn_error *error)
{
    settings *s = run->settings;
    const bool panel = cli_panel_meant(&s->panel, run->kind, &s->reading),
               classifies = fc_kind_purpose(run->kind) == FC_CLASSIFIES;
    job j = {.s = s};
    int code = check(s, error);
    if (!code)
        code = check_kind(run, panel, error);
    if (!code)
        code = fc_published_open(&j.weights, run->operands[0], error);
    if (!code)
        code = infer(&j, run, error);
    cli_recipe_request(&j.request, &s->recipe, run);
    j.request.reading = &s->reading;
    j.request.training = classifies ? &s->training : NULL;
    j.request.seed = 1;
    if (!code)
        code = (classifies ? read_objects : panel ? read_panel : read_table)(&j, error);
    if (!code)
        code = fc_model_read_weights(j.model, j.weights, error);
    if (!code)
        code = fc_fit_behind(j.model, &j.request, error);
    if (!code)
        code = finish(s, j.model, error);
    nn_st_close(j.weights);
    fc_model_free(j.model);
    cli_panel_clear(&j.panel);
    ds_table_free(j.table);
    cli_training_set_clear(&j.objects);
    nn_pool_free(j.pool);
    return code;
}

static const cli_section sections[] = {{"Files", options, 0}, {0}};
static const cli_section forecast_sections[] = {
    {"Data and model", cli_recipe_options, FIELD(recipe)},
    {"Windows of a network", cli_window_options, FIELD(recipe)},
    {"Panels of stations", CLI_PANEL_OPTIONS_BUT_TARGET, FIELD(panel)},
    {CLI_READING, ds_reading_options, FIELD(reading)},
    {0}};
static const cli_section class_sections[] = {
    {"Objects and classes", cli_training_options, FIELD(objects)},
    {"Table of objects", cli_metadata_options, FIELD(objects.metadata)},
    {"Reading photometry", cli_photometry_options, FIELD(objects.photometry)},
    {"Reading the files", cli_photometry_file_options, FIELD(objects.photometry)},
    {"Training a classifier", fc_class_training_options, FIELD(training)},
    {0}};
static const cli_example examples[] = {
    {"auspex import weights.safetensors --data ETTh1.csv --split ett-hour -o model.safetensors",
     "weights saved from Python with safetensors.torch.save_file(model.state_dict(), ...)"},
    {"auspex import checkpoint.pth --heads 8 --data data.csv -o model.safetensors",
     "or with torch.save; the shapes tell all settings but the heads"},
    {"auspex import weights.pth --model hsttn --heads 8 --data farm.csv --id station --target power "
     "--lookback 288 "
     "--horizon 288 -o farm.safetensors",
     "a network of stations"},
    {"auspex import weights.txt --model t2 --redshift published --flux plain --time span --no-gp-variance "
     "--data "
     "sky.csv --metadata sky_meta.csv --label class -o t2.safetensors",
     "a classifier of light curves"},
    {NULL, NULL}};

const cli_command cli_import = {
    .name = "import",
    .summary = "make a model from published weights",
    .synopsis = "WEIGHTS --data DATA.csv -o MODEL [OPTION...]",
    .about =
        "The file holds the tensors of the published code under their names there: as safetensors, as a "
        "state_dict of torch.save (no code in it is run), or as text, a line '# name [dimensions]' before "
        "the "
        "numbers of each. Settings that their shapes tell are taken from there. What such a file does not "
        "say is "
        "given here: the other settings, the columns or classes, and the rows or objects on which the scaler "
        "is "
        "fitted. Every parameter must be in the file in its shape, and nothing else but what the published "
        "program makes and never uses.\n\n"
        "HDF5, as Keras writes it (.h5, .keras), is not read: a file of that kind is a file system with a "
        "library of hundreds of thousands of lines behind it, in which broken and hostile files have found "
        "errors again and again, for a form that Keras itself turns into a safe one in a line: "
        "safetensors.numpy.save_file({w.path: w.numpy() for w in model.weights}, 'weights.safetensors').",
    .examples = examples,
    .sections = sections,
    .own_sections = {[FC_FORECASTS] = forecast_sections, [FC_CLASSIFIES] = class_sections},
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = 1,
    .operands = "WEIGHTS",
    .model = "itransformer",
    .networks = true,
    .run = run,
};
