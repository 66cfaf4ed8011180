/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex export: a trained network for other programs, or in a form that only forecasts. */
#include "cli/shell/list.h"

#include "cli/commands/compression/reduction.h"
#include "cli/input/recipe.h"
#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "forecast/compress/fold.h"
#include "forecast/weights.h"

typedef struct settings {
    cli_common common;
    cli_trial_settings trial;
    char *output;
    int fold, safetensors, torch, onnx, json;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), NULL, "FILE", 0, 0, "where it goes"},
    {"safetensors", 0, NN_FLAG, FIELD(safetensors), "false", NULL, 0, 0,
     "the weights under their published names, as safetensors.torch.load_file reads them"},
    {"torch", 0, NN_FLAG, FIELD(torch), "false", NULL, 0, 0,
     "the same as a state_dict, as torch.load reads it"},
    {"onnx", 0, NN_FLAG, FIELD(onnx), "false", NULL, 0, 0,
     "the network itself as an ONNX model, for batches of any size; it sees and gives scaled values, and the "
     "file's notes hold the scaler"},
    {"fold", 0, NN_FLAG, FIELD(fold), "false", NULL, 0, 0,
     "make norms of a batch parts of the linear maps behind them: the same values by fewer operations"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0,
     "print what was written, or what folding costs before and after, as JSON"},
    {0}};

/* --- weights for other programs --- */

/* A forest that has a share in a classifier's answers stays behind. */
static void say_share(const settings *s, double share)
{
    if (share > 0)
        cli_say_note("the network alone: %.0f %% of its answers are its forest's, which %s", 100 * share,
                     s->onnx ? "ONNX leaves out" : "weights leave out");
}

static int write_weights(const settings *s, const fc_model *model, nn_error *error)
{
    const fc_weights_form form = s->torch ? FC_WEIGHTS_TORCH : FC_WEIGHTS_SAFETENSORS;
    int count = 0;
    const double share = cli_forest_share(model);
    int code = NN_OK;
    if (s->onnx && share >= 1)
        code = nn_fail(error, NN_USAGE, "its answers are its forest's alone, which ONNX leaves out");
    if (!code)
        code = s->onnx ? fc_model_export_onnx(model, s->output, error)
                       : fc_model_export_weights(model, form, s->output, &count, error);
    if (code)
        return s->onnx && code == NN_USAGE ? nn_fail_within(error, "--onnx: %s", model->kind->name) : code;
    if (s->onnx)
        cli_say_note("the network of %s in %s", model->kind->name, s->output);
    else
        cli_say_note("%d tensors of %s in %s", count, model->kind->name, s->output);
    say_share(s, share);
    if (!s->onnx && model->kind->unused && !model->unused)
        cli_say_note(
            "layers that the published program makes and never uses are not among them: load them with "
            "strict=False");
    if (!s->json)
        return NN_OK;
    json_t *object = cli_json_new("auspex.export/1");
    nn_json_set(object, "file", nn_json_text(s->output));
    if (!s->onnx)
        nn_json_set(object, "tensors", json_integer(count));
    return cli_json_print(object, error);
}

static int run_weights(const settings *s, const char *path, nn_error *error)
{
    fc_model *model = NULL;
    int code = cli_check_input(path, error);
    if (!code)
        code = fc_model_load(&model, 0, path, error);
    if (!code && !model->kind->network)
        code = nn_fail(error, NN_USAGE, "%s: %s has no network, and so no weights", path, model->kind->name);
    if (!code)
        code = write_weights(s, model, error);
    fc_model_free(model);
    return code;
}

/* --- folding --- */

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

static int run_fold(const settings *s, const char *path, nn_error *error)
{
    job j = {.s = s, .r = {.path = path, .output = s->output, .trial = &s->trial}};
    int code = cli_reduction_open(&j.r, error);
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

static int check(const settings *s, nn_error *error)
{
    const int forms = s->fold + s->safetensors + s->torch + s->onnx;
    if (forms != 1)
        return nn_fail(error, NN_USAGE,
                       "%s: one of --safetensors, --torch, --onnx and --fold says what is written",
                       forms ? "too much" : "nothing to do");
    if (!s->fold && s->trial.data)
        return nn_fail(error, NN_USAGE, "--data is what --fold is measured on");
    const int code = cli_check_one_output(s->json, s->output, error);
    return code ? code : cli_check_output(s->output, error);
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    const int code = check(s, error);
    return code ? code : (s->fold ? run_fold : run_weights)(s, run->operands[0], error);
}

static const cli_section sections[] = {{"Export", options, 0}, CLI_TRIAL_SECTION(settings, trial), {0}};
static const cli_section forecast_sections[] = {CLI_TRIAL_FORECASTS(settings, trial), {0}};
static const cli_section class_sections[] = {CLI_TRIAL_CLASSIFIES(settings, trial), {0}};
static const cli_example examples[] = {
    {"auspex export model.safetensors --torch -o checkpoint.pth",
     "for the authors' code: model.load_state_dict(torch.load('checkpoint.pth'))"},
    {"auspex export model.safetensors --safetensors -o weights.safetensors",
     "the same tensors as safetensors"},
    {"auspex export model.safetensors --onnx -o model.onnx", "for onnxruntime, in any language"},
    {"auspex train data.csv --norm batch --layout pre --lookback 96 --horizon 24 -o model.safetensors",
     "a network whose norms can be folded"},
    {"auspex export model.safetensors --fold -o folded.safetensors", "the same forecasts without them"},
    {NULL, NULL}};

const cli_command cli_export = {
    .name = "export",
    .summary = "write a trained network for other programs, or folded for forecasting alone",
    .synopsis = "MODEL --safetensors|--torch|--onnx|--fold -o FILE [OPTION...]",
    .about =
        "--safetensors and --torch write the weights under the names and in the shapes of the published "
        "code, so "
        "that it can go on with them; 'auspex import' takes them back. Scalers, columns and settings stay "
        "behind: the network sees scaled values.\n\n"
        "Once it is trained, a norm of a batch (--norm batch) is one gain and one shift of each column. "
        "Where nothing but linear maps takes up what it norms, as with --layout pre, these become a part "
        "of the maps (--fold), and the network is one without norms that gives the same values up to "
        "rounding. "
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
