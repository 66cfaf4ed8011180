/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex prune: a trained network without the parts that its validation loss does not miss. */
#include "cli/shell/list.h"

#include "cli/input/recipe.h"
#include "cli/input/trial_data.h"
#include "cli/output/sizes.h"
#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "forecast/compress/modules.h"
#include "forecast/compress/rebuild.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_trial_settings trial;
    char *output, *tolerance;
    int groups, json;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), NULL, "FILE", 0, 0, "where the smaller model goes"},
    {"tolerance", 0, NN_TEXT, FIELD(tolerance), "0", "SHARE", 0, 0,
     "how much higher than the least so far the validation loss may be without a part, such as 1%"},
    {"groups", 0, NN_INT, FIELD(groups), "8", "N", 1, 4096,
     "groups in which the hidden units of a feed-forward are tried"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "print what it costs before and after as JSON"},
    {0}};

typedef struct job {
    const settings *s;
    const char *path;
    fc_model *model, *whole; /* what becomes smaller, and as it was */
    cli_trial_data data;
    fc_trial trial; /* of whole */
    fc_modules modules;
    double tolerance;
    cli_size before, after;
    int tried, removed;
} job;

static int loss_without(void *context, const fc_layer_cut *layers, double *loss, nn_error *error)
{
    job *j = context;
    nn_params *params;
    int code = fc_modules_build(&params, &j->modules, layers, j->whole, error);
    if (code == NN_USAGE) { /* there is no such network */
        *loss = INFINITY;
        return NN_OK;
    }
    if (!code)
        code = fc_trial_loss(loss, &j->trial, params, error);
    nn_params_free(params);
    return code;
}

static void on_tried(void *context, const fc_removal *r)
{
    static const char *const what[] = {"the mixer", "the feed-forward", "head", "hidden units, group"};
    job *j = context;
    char number[16] = "";
    if (r->kind >= FC_CUT_HEAD)
        snprintf(number, sizeof number, " %d", r->index + 1);
    j->tried++;
    j->removed += r->kept;
    if (r->kept)
        cli_say("without %s%s of layer %d: %.6f", what[r->kind], number, r->layer + 1, r->loss);
    else
        cli_progress("without %s%s of layer %d: %.6f, stays", what[r->kind], number, r->layer + 1, r->loss);
}

static int prune(job *j, nn_error *error)
{
    double loss[2];
    nn_params *params = NULL;
    int code = fc_trial_open(&j->trial, j->whole, j->data.request, error);
    if (!code)
        code = fc_modules_open(&j->modules, j->whole, j->s->groups, error);
    const fc_pruning pruning = {.layers = j->modules.cut,
                                .count = j->modules.count,
                                .tolerance = j->tolerance,
                                .loss = loss_without,
                                .tried = on_tried,
                                .context = j};
    if (!code)
        code = fc_prune(&pruning, loss, error);
    cli_progress_end();
    if (code || !j->removed)
        return code;
    code = fc_modules_build(&params, &j->modules, j->modules.cut, j->model, error);
    if (code)
        return code;
    nn_params_free(j->model->params);
    j->model->params = params;
    return fc_trial_settle(j->model, &j->data.request, error);
}

static int give(const job *j, nn_error *error)
{
    const settings *s = j->s;
    if (!s->json) {
        if (!j->removed)
            cli_say_note("the validation loss misses every part: the model stays as it is");
        cli_sizes_print(j->before, j->after, s->output);
        return NN_OK;
    }
    json_t *object = cli_json_new("auspex.prune/1");
    nn_json_set(object, "file", nn_json_text(s->output));
    nn_json_set(object, "tried", json_integer(j->tried));
    nn_json_set(object, "removed", json_integer(j->removed));
    cli_sizes_json(object, j->before, j->after);
    return cli_json_print(object, error);
}

static int check(job *j, nn_error *error)
{
    const settings *s = j->s;
    if (s->json && s->output && strcmp(s->output, "-") == 0)
        return nn_fail(error, NN_USAGE, "--json and the model cannot both go to standard output");
    int code = cli_parse_share(&j->tolerance, "tolerance", s->tolerance, error);
    if (!code)
        code = cli_check_output(s->output, error);
    if (!code)
        code = fc_model_load(&j->model, 0, j->path, error);
    return code ? code : fc_rebuild_check(j->model, "prune", error);
}

static int run(cli_run *run, nn_error *error)
{
    job j = {.s = run->settings, .path = run->operands[0]};
    int code = check(&j, error);
    if (!code)
        code = fc_model_load(&j.whole, 0, j.path, error);
    if (!code)
        code = cli_trial_data_open(&j.data, &j.s->trial, j.whole, error);
    if (!code)
        code = cli_size_measure(&j.before, j.whole, j.path, &j.data.request, error);
    if (!code)
        code = prune(&j, error);
    if (!code)
        code = cli_size_save(&j.after, j.model, j.s->output, &j.data.request, error);
    if (!code)
        code = give(&j, error);
    fc_modules_clear(&j.modules);
    fc_trial_close(&j.trial);
    cli_trial_data_clear(&j.data);
    fc_model_free(j.whole);
    fc_model_free(j.model);
    return code;
}

static const cli_section sections[] = {{"Pruning", options, 0}, CLI_TRIAL_SECTION(settings, trial), {0}};
static const cli_section forecast_sections[] = {CLI_TRIAL_FORECASTS(settings, trial), {0}};
static const cli_section class_sections[] = {CLI_TRIAL_CLASSIFIES(settings, trial), {0}};
static const cli_example examples[] = {
    {"auspex prune model.safetensors --data data.csv -o small.safetensors",
     "leave out whatever the validation rows do not miss"},
    {"auspex prune model.safetensors --data data.csv --tolerance 1% -o small.safetensors",
     "and what they hardly miss"},
    {"auspex prune t2.safetensors --data sky.csv --metadata sky_meta.csv -o small.safetensors",
     "a classifier"},
    {"auspex compress small.safetensors --data data.csv --tolerance 1% --quantise -o tiny.safetensors",
     "what is left can be compressed"},
    {NULL, NULL}};

const cli_command cli_prune = {
    .name = "prune",
    .summary = "leave out the parts of a trained network that its validation loss does not miss",
    .synopsis = "MODEL --data FILE -o FILE [--tolerance SHARE]",
    .about =
        "Mixers and feed-forwards are left out one after the other, then heads, then groups of hidden units, "
        "those of the smallest weights first; whatever does not raise the loss of the validation part stays "
        "out (AxFormer, arXiv 2010.03688). The result is a model like any other that is really smaller: a "
        "layer's mixer or feed-forward becomes 'none', its maps become narrower. Where nothing is left out "
        "the file is that of the model, byte for byte.\n\n"
        "Temperature and novelty of a classifier and the intervals of a forecast are fitted again.",
    .examples = examples,
    .sections = sections,
    .own_sections = {[FC_FORECASTS] = forecast_sections, [FC_CLASSIFIES] = class_sections},
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = 1,
    .operands = "MODEL",
    .run = run,
};
