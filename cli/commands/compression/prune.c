/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex prune: a trained network without the parts that its validation loss does not miss. */
#include "cli/shell/list.h"

#include "cli/commands/compression/reduction.h"
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
    cli_reduction r;
    fc_trial trial; /* of what it was */
    fc_modules modules;
    double tolerance;
    int tried, removed;
} job;

static int loss_without(void *context, const fc_layer_cut *layers, double *loss, nn_error *error)
{
    job *j = context;
    nn_params *params;
    int code = fc_modules_build(&params, &j->modules, layers, j->r.whole, error);
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
    int code = fc_trial_open(&j->trial, j->r.whole, j->r.data.request, error);
    if (!code)
        code = fc_modules_open(&j->modules, j->r.whole, j->s->groups, error);
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
    code = fc_modules_build(&params, &j->modules, j->modules.cut, j->r.model, error);
    if (code)
        return code;
    fc_rebuild_take(j->r.model, params);
    return fc_trial_settle(j->r.model, &j->r.data.request, error);
}

static int give(const job *j, nn_error *error)
{
    const settings *s = j->s;
    if (!s->json) {
        if (!j->removed)
            cli_say_note("the validation loss misses every part: the model stays as it is");
        cli_sizes_print(j->r.before, j->r.after, s->output);
        return NN_OK;
    }
    json_t *document = cli_reduction_json(&j->r, "auspex.prune/1");
    nn_json_set(document, "tried", json_integer(j->tried));
    nn_json_set(document, "removed", json_integer(j->removed));
    return cli_reduction_print(&j->r, document, error);
}

static int check(job *j, nn_error *error)
{
    const settings *s = j->s;
    const int code = cli_parse_share(&j->tolerance, "tolerance", s->tolerance, error);
    return code ? code : cli_reduction_begin(&j->r, s->json, "prune", error);
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    job j = {.s = s, .r = {.path = run->operands[0], .output = s->output, .trial = &s->trial}};
    int code = check(&j, error);
    if (!code)
        code = cli_reduction_measure(&j.r, error);
    if (!code)
        code = prune(&j, error);
    if (!code)
        code = cli_reduction_save(&j.r, error);
    if (!code)
        code = give(&j, error);
    fc_modules_clear(&j.modules);
    fc_trial_close(&j.trial);
    cli_reduction_clear(&j.r);
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
