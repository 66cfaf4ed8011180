/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex compress: a trained network with fewer or smaller numbers. */
#include "cli/shell/list.h"

#include "cli/input/recipe.h"
#include "cli/shell/arguments.h"
#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "cli/shell/table.h"
#include "forecast/int8.h"
#include "forecast/lowrank.h"
#include "forecast/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct settings {
    cli_common common;
    char *output, *lowrank;
    int quantise, json;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), NULL, "FILE", 0, 0, "where the smaller model goes"},
    {"lowrank", 0, NN_TEXT, FIELD(lowrank), NULL, "energy=E|rank=R", 0, 0,
     "make two maps of each linear map that becomes smaller by it: as many columns between them as keep the "
     "share E of its squared singular values, such as energy=0.95; or R, below 1 as a share of the most that "
     "saves anything"},
    {"quantise", 0, NN_FLAG, FIELD(quantise), "false", NULL, 0, 0,
     "weights as whole numbers of eight bits, with a scale for each row"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "print sizes before and after as JSON"},
    {0}};

typedef struct measure {
    size_t weights;
    long long bytes; /* of the file */
} measure;

static measure measure_of(const fc_model *model, const char *path)
{
    struct stat status;
    return (measure){model->params->size, stat(path, &status) ? 0 : (long long)status.st_size};
}

static int parse_lowrank(const char *text, double *energy, double *rank, nn_error *error)
{
    char *end = NULL;
    *energy = *rank = 0;
    if (strncmp(text, "energy=", 7) == 0)
        *energy = strtod(text + 7, &end);
    else if (strncmp(text, "rank=", 5) == 0)
        *rank = strtod(text + 5, &end);
    const bool good = end && !*end && (*energy > 0 ? *energy <= 1 : *rank > 0 && *rank < 1e6);
    return good ? NN_OK
                : nn_fail(error, NN_USAGE,
                          "--lowrank: '%.60s' is neither energy=E, a share above 0, nor rank=R, such as "
                          "energy=0.95",
                          text);
}

static int shrink(fc_model *model, const settings *s, int *maps, nn_error *error)
{
    double energy, rank;
    int code = NN_OK;
    *maps = 0;
    if (s->lowrank) {
        code = parse_lowrank(s->lowrank, &energy, &rank, error);
        if (!code)
            code = fc_model_lowrank(model, energy, rank, maps, error);
        if (!code && *maps == 0)
            cli_say_note("no linear map becomes smaller at --lowrank %s: all stay as they are", s->lowrank);
    }
    if (!code && s->quantise) {
        code = fc_int8_round(model->params, error);
        model->int8 = true;
    }
    return code;
}

static json_t *measure_json(measure m)
{
    json_t *object = json_object();
    nn_json_set(object, "weights", json_integer((json_int_t)m.weights));
    nn_json_set(object, "bytes", json_integer(m.bytes));
    return object;
}

static int give(const settings *s, measure before, measure after, int maps, nn_error *error)
{
    if (s->json) {
        json_t *object = cli_json_new("auspex.compress/1");
        nn_json_set(object, "file", nn_json_text(s->output));
        nn_json_set(object, "maps_of_two", json_integer(maps));
        nn_json_set(object, "before", measure_json(before));
        nn_json_set(object, "after", measure_json(after));
        return cli_json_print(object, error);
    }
    cli_table *table = cli_table_new("|>weights|>bytes|>times smaller");
    for (int i = 0; i < 2; i++) {
        const measure m = i ? after : before;
        cli_table_cell(table, "%s", i ? "after" : "before");
        cli_table_cell(table, "%zu", m.weights);
        cli_table_cell(table, "%lld", m.bytes);
        cli_table_cell(table, "%.2f", m.bytes ? (double)before.bytes / (double)m.bytes : 0);
    }
    cli_table_print(table, stdout);
    cli_say_note("'auspex evaluate DATA %s --part validation' beside the same of the model as it was says "
                 "what it costs",
                 s->output);
    return NN_OK;
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    const char *path = run->operands[0];
    fc_model *model = NULL;
    int maps = 0, code = NN_OK;
    if (!s->output)
        code = nn_fail(error, NN_USAGE, "--output names the file of the smaller model");
    else if (!s->lowrank && !s->quantise)
        code = nn_fail(error, NN_USAGE, "nothing to do: --quantise, --lowrank energy=0.95, or both");
    else if (s->json && strcmp(s->output, "-") == 0)
        code = nn_fail(error, NN_USAGE, "--json and the model cannot both go to standard output");
    if (!code)
        code = cli_check_output(s->output, error);
    if (!code)
        code = fc_model_load(&model, 0, path, error);
    const measure before = code ? (measure){0, 0} : measure_of(model, path);
    if (!code && model->kind->forecaster)
        code = nn_fail(error, NN_USAGE, "%s is no network: there are no weights to be made smaller",
                       model->kind->name);
    if (!code)
        code = shrink(model, s, &maps, error);
    if (!code)
        code = fc_model_save(model, s->output, error);
    if (!code)
        code = give(s, before, measure_of(model, s->output), maps, error);
    fc_model_free(model);
    return code;
}

static const cli_section sections[] = {{"Compression", options, 0}, {0}};
static const cli_example examples[] = {
    {"auspex compress model.safetensors --quantise -o small.safetensors",
     "about a quarter of the bytes, and hardly another forecast"},
    {"auspex compress model.safetensors --lowrank energy=0.95 --quantise -o small.safetensors",
     "fewer weights, too"},
    {"auspex compare data.csv model.safetensors small.safetensors --part validation", "what it costs"},
    {NULL, NULL}};

const cli_command cli_compress = {
    .name = "compress",
    .summary = "make a trained network smaller",
    .synopsis = "MODEL -o FILE [--lowrank energy=E|rank=R] [--quantise]",
    .about =
        "The result is a model like any other: it forecasts, is scored and drawn by the same commands. Maps "
        "of two (Greenformers, arXiv 2109.06762) also take fewer multiply-adds; weights of eight bits are "
        "widened when the file is read, so that they save bytes alone.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = 1,
    .operands = "MODEL",
    .run = run,
};
