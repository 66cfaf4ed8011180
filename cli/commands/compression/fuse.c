/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex fuse: one trained network of two with the same settings. */
#include "cli/shell/list.h"

#include "cli/commands/compression/reduction.h"
#include "cli/input/recipe.h"
#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "cli/shell/table.h"
#include "forecast/compress/fuse.h"
#include "forecast/compress/rebuild.h"
#include "forecast/training/fit.h"

#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_trial_settings trial;
    char *output, *align;
    double share;
    int samples, epochs, json;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), NULL, "FILE", 0, 0, "where the fused model goes"},
    {"align", 0, NN_TEXT, FIELD(align), "ot:reg=0.08", "ot:reg=R", 0, 0,
     "optimal transport of what neurons make of training samples, softened by R; 0: each goes to one"},
    {"share", 0, NN_REAL, FIELD(share), "0.5", "SHARE", 0, 1, "of the second network in the weights"},
    {"samples", 0, NN_INT, FIELD(samples), "64", "N", 1, 100000,
     "training samples that neurons are matched on"},
    {"epochs", 0, NN_INT, FIELD(epochs), "0", "N", 0, 100000,
     "train the fused network for so many passes, at a tenth of the rate"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "print the losses as JSON"},
    {0}};

enum { FIRST, SECOND, FUSED, NETWORKS };

typedef struct job {
    const settings *s;
    char *const *paths;
    fc_model *net[NETWORKS]; /* the last is what is saved: the second, with other weights */
    cli_trial_data data;
    cli_size size[NETWORKS];
    fc_fusing how;
} job;

static int parse_align(const char *text, double *regularisation, nn_error *error)
{
    char *end = NULL;
    *regularisation = strncmp(text, "ot:reg=", 7) == 0 ? strtod(text + 7, &end) : -1;
    return end && end > text + 7 && !*end && *regularisation >= 0 && *regularisation <= 1e6
               ? NN_OK
               : nn_fail(error, NN_USAGE, "--align: '%.60s' is not ot:reg=R, such as ot:reg=0.08", text);
}

static int check(job *j, nn_error *error)
{
    const settings *s = j->s;
    int code = cli_check_one_output(s->json, s->output, error);
    if (!code)
        code = parse_align(s->align, &j->how.regularisation, error);
    j->how.share = s->share;
    j->how.samples = (size_t)s->samples;
    if (!code)
        code = cli_check_output(s->output, error);
    for (int i = 0; i < NETWORKS && !code; i++)
        code = fc_model_load(&j->net[i], 0, j->paths[i < FUSED ? i : SECOND], error);
    for (int i = 0; i < SECOND + 1 && !code; i++)
        code = fc_rebuild_check(j->net[i], "fuse", error);
    if (!code && j->net[FIRST]->kind != j->net[SECOND]->kind)
        code = nn_fail(error, NN_USAGE, "%s and %s cannot be fused", j->net[FIRST]->kind->name,
                       j->net[SECOND]->kind->name);
    return code;
}

static int fuse(job *j, nn_error *error)
{
    fc_trial first = {0}, second = {0};
    nn_params *params = NULL;
    int code = fc_trial_open(&first, j->net[FIRST], j->data.request, error);
    if (!code)
        code = fc_trial_open(&second, j->net[SECOND], j->data.request, error);
    if (!code)
        code = fc_fuse(&params, &first, &second, &j->how, error);
    fc_trial_close(&first);
    fc_trial_close(&second);
    if (code)
        return code;
    fc_rebuild_take(j->net[FUSED], params);
    if (!j->s->epochs)
        return fc_trial_settle(j->net[FUSED], &j->data.request, error);
    cli_say("training the fused network ...");
    return cli_train_further(j->net[FUSED], j->s->epochs, &j->data.request, error);
}

static int give(const job *j, nn_error *error)
{
    static const char *const names[] = {"first", "second", "fused"};
    const settings *s = j->s;
    json_t *object = s->json ? cli_json_new("auspex.fuse/1") : NULL;
    cli_table *table = s->json ? NULL : cli_table_new("|>weights|>validation loss");
    nn_json_set(object, "file", nn_json_text(s->output));
    for (int i = 0; i < NETWORKS; i++) {
        if (s->json) {
            json_t *net = json_object();
            nn_json_set(net, "weights", json_integer((json_int_t)j->size[i].weights));
            nn_json_set(net, "validation_loss", nn_json_real(j->size[i].loss));
            nn_json_set(object, names[i], net);
            continue;
        }
        cli_table_cell(table, "%s", names[i]);
        cli_table_cell(table, "%zu", j->size[i].weights);
        cli_table_number(table, j->size[i].loss, 6);
    }
    if (s->json)
        return cli_json_print(object, error);
    cli_table_print(table, strcmp(s->output, "-") == 0 ? stderr : stdout);
    return NN_OK;
}

static int run(cli_run *run, nn_error *error)
{
    job j = {.s = run->settings, .paths = run->operands};
    int code = check(&j, error);
    if (!code)
        code = cli_trial_data_open(&j.data, &j.s->trial, j.net[SECOND], error);
    for (int i = 0; i < FUSED && !code; i++)
        code = cli_size_measure(&j.size[i], j.net[i], j.paths[i], &j.data.request, error);
    if (!code)
        code = fuse(&j, error);
    if (!code)
        code = cli_size_save(&j.size[FUSED], j.net[FUSED], j.s->output, &j.data.request, error);
    if (!code)
        code = give(&j, error);
    cli_trial_data_clear(&j.data);
    for (int i = 0; i < NETWORKS; i++)
        fc_model_free(j.net[i]);
    return code;
}

static const cli_section sections[] = {{"Fusion", options, 0}, CLI_TRIAL_SECTION(settings, trial), {0}};
static const cli_section forecast_sections[] = {CLI_TRIAL_FORECASTS(settings, trial), {0}};
static const cli_section class_sections[] = {CLI_TRIAL_CLASSIFIES(settings, trial), {0}};
static const cli_example examples[] = {
    {"auspex fuse a.safetensors b.safetensors --data data.csv -o both.safetensors",
     "one network of two that were trained with other seeds, or on other rows"},
    {"auspex fuse a.safetensors b.safetensors --data data.csv --align ot:reg=0 --epochs 3 -o "
     "both.safetensors",
     "each neuron goes to one, and the result is trained a little"},
    {NULL, NULL}};

const cli_command cli_fuse = {
    .name = "fuse",
    .summary = "make one network of two trained ones with the same settings",
    .synopsis = "MODEL MODEL --data FILE -o FILE [--align ot:reg=R]",
    .about =
        "The columns of the tokens, the heads, the columns within them and the hidden units of the first "
        "network "
        "are matched to the second's by what they make of the same training samples, with optimal transport "
        "(arXiv 1910.05653, and for transformers 2310.05719); then the weights are mixed. Everything else is "
        "the second's: its scaler, columns and record. A network and a copy of it whose neurons stand in "
        "another order give that copy. Networks that were trained apart from other initial weights lose by "
        "it, "
        "as the table says, and need some epochs more.",
    .examples = examples,
    .sections = sections,
    .own_sections = {[FC_FORECASTS] = forecast_sections, [FC_CLASSIFIES] = class_sections},
    .settings_size = sizeof(settings),
    .least_operands = 2,
    .most_operands = 2,
    .operands = "MODEL MODEL",
    .run = run,
};
