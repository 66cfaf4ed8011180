/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex export: the same network in a form that only forecasts. */
#include "cli/shell/list.h"

#include "cli/commands/compression/reduction.h"
#include "cli/input/recipe.h"
#include "forecast/compress/fold.h"

typedef struct settings {
    cli_common common;
    cli_trial_settings trial;
    char *output;
    int fold, json;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), NULL, "FILE", 0, 0, "where the model goes"},
    {"fold", 0, NN_FLAG, FIELD(fold), "false", NULL, 0, 0,
     "make norms of a batch parts of the linear maps behind them: the same values by fewer operations"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "print what it costs before and after as JSON"},
    {0}};

typedef struct job {
    const settings *s;
    cli_reduction r;
    int folded;
} job;

static int give(const job *j, nn_error *error)
{
    const settings *s = j->s;
    if (!s->json) {
        cli_sizes_print(j->r.before, j->r.after, s->output);
        return NN_OK;
    }
    json_t *document = cli_reduction_json(&j->r, "auspex.export/1");
    nn_json_set(document, "folded", json_integer(j->folded));
    return cli_reduction_print(&j->r, document, error);
}

static int check(job *j, nn_error *error)
{
    const settings *s = j->s;
    if (!s->fold)
        return nn_fail(error, NN_USAGE, "nothing to do: --fold is missing");
    int code = cli_check_one_output(s->json, s->output, error);
    if (!code)
        code = cli_check_output(s->output, error);
    return code ? code : cli_reduction_open(&j->r, error);
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    job j = {.s = s, .r = {.path = run->operands[0], .output = s->output, .trial = &s->trial}};
    int code = check(&j, error);
    if (!code && s->trial.data)
        code = cli_reduction_measure(&j.r, error);
    if (!code)
        code = fc_fold(j.r.model, &j.folded, error);
    if (!code)
        code = cli_reduction_save(&j.r, error);
    if (!code)
        code = give(&j, error);
    cli_reduction_clear(&j.r);
    return code;
}

static const cli_section sections[] = {{"Export", options, 0}, CLI_TRIAL_SECTION(settings, trial), {0}};
static const cli_section forecast_sections[] = {CLI_TRIAL_FORECASTS(settings, trial), {0}};
static const cli_section class_sections[] = {CLI_TRIAL_CLASSIFIES(settings, trial), {0}};
static const cli_example examples[] = {
    {"auspex train data.csv --norm batch --layout pre --lookback 96 --horizon 24 -o model.safetensors",
     "a network whose norms can be folded"},
    {"auspex export model.safetensors --fold -o folded.safetensors", "the same forecasts without them"},
    {NULL, NULL}};

const cli_command cli_export = {
    .name = "export",
    .summary = "fold norms of a batch into the linear maps of a trained network",
    .synopsis = "MODEL --fold -o FILE [--data FILE]",
    .about =
        "Once it is trained, a norm of a batch (--norm batch) is one gain and one shift of each column. "
        "Where nothing but linear maps takes up what it norms, as with --layout pre, these become a part "
        "of the maps, and the network is one without norms that gives the same values up to rounding. "
        "With --data a table says what it costs before and after.",
    .examples = examples,
    .sections = sections,
    .own_sections = {[FC_FORECASTS] = forecast_sections, [FC_CLASSIFIES] = class_sections},
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = 1,
    .operands = "MODEL",
    .run = run,
};
