/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex import: weights under their published names made into a model file. */
#include "cli/shell/list.h"

#include "cli/input/reading.h"
#include "cli/input/recipe.h"
#include "cli/input/stations.h"
#include "cli/output/model.h"
#include "cli/shell/report.h"
#include "forecast/fit.h"
#include "forecast/tasks/series/series.h"
#include "forecast/tasks/stations/stations.h"

#include <string.h>

typedef struct settings {
    cli_common common;
    cli_reading reading;
    cli_recipe recipe;
    cli_panel_settings panel;
    char *output, *data;
    int json;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"data", 0, NN_TEXT, FIELD(data), NULL, "FILE", 0, 0,
     "the CSV file that the weights were trained on (needed): gives columns and scaler"},
    {"output", 'o', NN_TEXT, FIELD(output), NULL, "FILE", 0, 0, "where the model goes (needed)"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "print what the model is as JSON"},
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
    fc_request request;
    ds_split split;
    cli_panel panel;
    ds_table *table;
    fc_model *model;
} job;

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

static int check(const settings *s, nn_error *error)
{
    if (!s->data)
        return nn_fail(error, NN_USAGE, "--data is missing: the CSV file that the weights were trained on");
    if (s->json && s->output && strcmp(s->output, "-") == 0)
        return nn_fail(error, NN_USAGE, "--json and the model cannot both go to standard output");
    const int code = cli_check_input(s->data, error);
    return code ? code : cli_check_output(s->output, error);
}

static int run(cli_run *run, nn_error *error)
{
    settings *s = run->settings;
    const bool panel = cli_panel_meant(&s->panel, run->kind, &s->reading);
    job j = {.s = s};
    cli_recipe_request(&j.request, &s->recipe, run);
    j.request.reading = &s->reading;
    j.request.seed = 1;
    int code = check(s, error);
    if (!code && run->kind->forecaster)
        code = nn_fail(error, NN_USAGE, "--model: %s has no weights; auspex train fits it", run->kind->name);
    if (!code && panel && fc_task_for(run->kind, true) != &fc_stations_task)
        code = nn_fail(error, NN_USAGE, "--model: %s does not forecast panels of stations", run->kind->name);
    if (!code)
        code = (panel ? read_panel : read_table)(&j, error);
    if (!code)
        code = fc_model_import_weights(j.model, run->operands[0], error);
    if (!code)
        code = finish(s, j.model, error);
    fc_model_free(j.model);
    cli_panel_clear(&j.panel);
    ds_table_free(j.table);
    return code;
}

static const cli_section sections[] = {{"Files", options, 0},
                                       {"Data and model", cli_recipe_options, FIELD(recipe)},
                                       {"Windows of a network", cli_window_options, FIELD(recipe)},
                                       {"Panels of stations", CLI_PANEL_OPTIONS_BUT_TARGET, FIELD(panel)},
                                       {CLI_READING, ds_reading_options, FIELD(reading)},
                                       {0}};
static const cli_example examples[] = {
    {"auspex import weights.safetensors --data ETTh1.csv --split ett-hour -o model.safetensors",
     "weights saved from Python with safetensors.torch.save_file(model.state_dict(), ...)"},
    {"auspex import weights.safetensors --d-model 512 --d-ff 512 --layers 3 --data data.csv -o "
     "model.safetensors",
     "the settings must be those of the weights"},
    {NULL, NULL}};

const cli_command cli_import = {
    .name = "import",
    .summary = "make a model from published weights",
    .synopsis = "WEIGHTS.safetensors --data DATA.csv -o MODEL [OPTION...]",
    .about = "The file holds the tensors of the published code under their names there. What such a file "
             "does not say is "
             "given here: the settings, the columns, and the rows on which the scaler is fitted. Every "
             "parameter must be in "
             "the file in its shape, and nothing else.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = 1,
    .operands = "WEIGHTS.safetensors",
    .model = "itransformer",
    .networks = true,
    .run = run,
};
