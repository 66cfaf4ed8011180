/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex slice: a smaller network out of one whose feed-forwards were trained nested. */
#include "cli/shell/list.h"

#include "cli/commands/compression/reduction.h"
#include "forecast/compress/modules.h"
#include "forecast/compress/rebuild.h"

#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_trial_settings trial;
    char *output, *ffn;
    int json;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), NULL, "FILE", 0, 0, "where the smaller model goes"},
    {"ffn", 0, NN_LIST, FIELD(ffn), NULL, "1/N,...", 0, 0,
     "the share of the hidden units: one for all layers, or one for each, such as 1/4,1/2"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "print what it costs before and after as JSON"},
    {0}};

typedef struct job {
    const settings *s;
    cli_reduction r;
} job;

/* The next share of a list, "1/4" or "1". */
static int next_share(const char **text, int *share, nn_error *error)
{
    char *end;
    const char *begin = *text;
    long n = strtol(begin, &end, 10);
    if (end > begin && n == 1 && *end == '/') {
        begin = end + 1;
        n = strtol(begin, &end, 10);
    } else if (n != 1)
        n = 0;
    if (end == begin || n < 1 || n > 4096 || (*end && *end != ','))
        return nn_fail(error, NN_USAGE, "--ffn: '%.60s' is no share of the hidden units, such as 1/4", *text);
    *share = (int)n;
    *text = *end ? end + 1 : end;
    return NN_OK;
}

static int narrow(fc_modules *m, const char *text, nn_error *error)
{
    int share = 1, code = NN_OK, given = 0;
    for (int i = 0; i < m->count && !code; i++) {
        const nn_part_kind *kind = m->ffns[i].kind;
        if (strcmp(kind->name, "nested") != 0)
            return nn_fail(
                error, NN_USAGE,
                "the feed-forward of layer %d is %s: slices are of networks that were trained with "
                "--ffn nested",
                i + 1, kind->name);
        if (*text || i == 0) {
            code = next_share(&text, &share, error);
            given++;
        }
        if (!code)
            code = fc_modules_narrow(m, i, "mlp", m->hidden[i] / share, error);
    }
    if (!code && (*text || (given > 1 && given < m->count)))
        code = nn_fail(error, NN_USAGE, "--ffn: one share, or one for each of the %d layers", m->count);
    return code;
}

static int slice(job *j, nn_error *error)
{
    fc_modules modules;
    nn_params *params = NULL;
    int code = fc_modules_open(&modules, j->r.model, 1, error);
    if (!code)
        code = narrow(&modules, j->s->ffn, error);
    if (!code)
        code = fc_modules_build(&params, &modules, modules.cut, j->r.model, error);
    fc_modules_clear(&modules);
    if (code)
        return code;
    fc_rebuild_take(j->r.model, params);
    return j->r.whole ? fc_trial_settle(j->r.model, &j->r.data.request, error) : NN_OK;
}

static int give(const job *j, nn_error *error)
{
    const settings *s = j->s;
    if (!s->json) {
        cli_sizes_print(j->r.before, j->r.after, s->output);
        return NN_OK;
    }
    return cli_reduction_print(&j->r, cli_reduction_json(&j->r, "auspex.slice/1"), error);
}

static int check(job *j, nn_error *error)
{
    const settings *s = j->s;
    if (!s->ffn)
        return nn_fail(error, NN_USAGE, "--ffn is missing: the share of the hidden units, such as --ffn 1/4");
    return cli_reduction_begin(&j->r, s->json, "slice", error);
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    job j = {.s = s, .r = {.path = run->operands[0], .output = s->output, .trial = &s->trial}};
    int code = check(&j, error);
    if (!code && s->trial.data)
        code = cli_reduction_measure(&j.r, error);
    if (!code)
        code = slice(&j, error);
    if (!code)
        code = cli_reduction_save(&j.r, error);
    if (!code)
        code = give(&j, error);
    cli_reduction_clear(&j.r);
    return code;
}

static const cli_section sections[] = {{"Slices", options, 0}, CLI_TRIAL_SECTION(settings, trial), {0}};
static const cli_section forecast_sections[] = {CLI_TRIAL_FORECASTS(settings, trial), {0}};
static const cli_section class_sections[] = {CLI_TRIAL_CLASSIFIES(settings, trial), {0}};
static const cli_example examples[] = {
    {"auspex train data.csv --ffn nested --lookback 96 --horizon 24 -o model.safetensors",
     "a network whose slices are networks"},
    {"auspex slice model.safetensors --ffn 1/4 -o quarter.safetensors", "a quarter of the hidden units"},
    {"auspex slice model.safetensors --ffn 1/4,1/2 --data data.csv -o small.safetensors",
     "another share in each layer, and what it costs"},
    {NULL, NULL}};

const cli_command cli_slice = {
    .name = "slice",
    .summary = "take a smaller network out of one that was trained with --ffn nested",
    .synopsis = "MODEL --ffn 1/N[,...] -o FILE [--data FILE]",
    .about =
        "A feed-forward that was trained nested (MatFormer, arXiv 2310.07707) serves with its first hidden "
        "units alone. The slice is a model like any other, with a plain feed-forward of these units: one "
        "training gives networks for several budgets. With --data a table says what it costs, and intervals "
        "and temperature are fitted again.",
    .examples = examples,
    .sections = sections,
    .own_sections = {[FC_FORECASTS] = forecast_sections, [FC_CLASSIFIES] = class_sections},
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = 1,
    .operands = "MODEL",
    .run = run,
};
