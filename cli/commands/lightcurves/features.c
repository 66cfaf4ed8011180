/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex features: a row of features per object. */
#include "cli/shell/list.h"

#include "cli/commands/lightcurves/curves.h"
#include "cli/input/source.h"
#include "cli/output/rows.h"
#include "cli/shell/arguments.h"
#include "datasets/lightcurves/features/features.h"
#include "lib/files/output.h"

#include <stdio.h>

typedef struct settings {
    cli_common common;
    cli_photometry photometry;
    char *output, *groups;
    int threads, json, list, scale;
    double shortest, longest;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), "-", "FILE", 0, 0, "where the features go; -: standard output"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "a JSON object per line rather than CSV"},
    {"group", 0, NN_LIST, FIELD(groups), NULL, "A,B", 0, 0,
     "only these groups of features; villar is none of all (all)"},
    {"list-groups", 0, NN_FLAG, FIELD(list), "false", NULL, 0, 0, "print the groups there are and stop"},
    {"scale", 0, NN_CHOICE, FIELD(scale), "auto", "auto|flux|magnitude", 0, 0,
     "what the features are of; auto: magnitudes where nearly all fluxes of the object are positive and half "
     "of "
     "them clear detections, else fluxes"},
    {"shortest", 0, NN_REAL, FIELD(shortest), "0.05", "DAYS", 1e-4, 1e5, "the shortest period looked for"},
    {"longest", 0, NN_REAL, FIELD(longest), NULL, "DAYS", 1e-3, 1e6,
     "the longest period looked for (the time that the points span)"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};

typedef struct writer {
    const settings *settings;
    cli_rows rows;
} writer;

static void *worker_new(void *context, const ds_bands *bands, nn_error *error)
{
    const settings *s = ((writer *)context)->settings;
    return ds_features_new(&(ds_feature_settings){.bands = bands,
                                                  .groups = s->groups,
                                                  .scale = (ds_feature_scale)s->scale,
                                                  .shortest = s->shortest,
                                                  .longest = s->longest},
                           error);
}

static void worker_free(void *worker)
{
    ds_features_free(worker);
}

static const char *name_of(const void *features, int n)
{
    return ds_features_name(features, n);
}

static int begin(void *context, void *worker)
{
    cli_rows *rows = &((writer *)context)->rows;
    rows->context = worker;
    rows->columns = ds_features_count(worker);
    cli_rows_begin(rows);
    return rows->columns;
}

static int work(void *worker, const ds_points *points, double *row, nn_error *error)
{
    return ds_features_compute(worker, points, row, error);
}

static int give(void *context, void *worker, const char *id, const ds_points *points, const double *row,
                nn_error *error)
{
    (void)worker, (void)points;
    return cli_rows_put(&((writer *)context)->rows, id, row, error);
}

static const cli_curves curves = {worker_new, worker_free, begin, work, give};

static int list_groups(void)
{
    const ds_feature_group *group;
    for (int n = 0; (group = ds_feature_group_at(n)); n++)
        printf("%-12s %s%s\n", ds_feature_group_name(group), ds_feature_group_summary(group),
               ds_feature_group_on_request(group) ? " (only where --group names it)" : "");
    return NN_OK;
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    nn_output *output = NULL;
    if (s->list)
        return list_groups();
    if (run->operand_count < 1)
        return nn_fail(error, NN_USAGE, "features needs PHOTOMETRY");
    if (cli_given("group") && !s->groups)
        return nn_fail(error, NN_USAGE,
                       "--group '' names no group; 'auspex features --list-groups' has them");
    int code = cli_check_input(run->operands[0], error);
    if (!code && !(output = nn_output_open(s->output, error)))
        code = NN_FAILED;
    if (!code)
        code = cli_curves_run(&curves,
                              &(writer){.settings = s,
                                        .rows = {.out = nn_output_stream(output),
                                                 .json = s->json != 0,
                                                 .flush = cli_rows_flushes(s->output),
                                                 .json_digits = 10,
                                                 .within = "features",
                                                 .name = name_of}},
                              run->operands[0], &s->photometry, s->threads, error);
    return nn_output_end(output, code, error);
}

static const cli_section sections[] = {{"Features", options, 0},
                                       {"Reading photometry", cli_photometry_options, FIELD(photometry)},
                                       {"Reading the files", cli_photometry_file_options, FIELD(photometry)},
                                       {0}};
static const cli_example examples[] = {
    {"auspex features stars.csv -o features.csv", "every feature of every object"},
    {"auspex features stars.csv --group period,moments", "some of them"},
    {"auspex features supernovae.csv --group all,villar", "and fits of plateaus beside all others"},
    {"auspex features --list-groups", "which groups there are"},
    {NULL, NULL}};

const cli_command cli_features = {
    .name = "features",
    .summary = "describe light curves by numbers: period, amplitude, skewness, colours",
    .synopsis = "PHOTOMETRY [OPTION...]",
    .about =
        "A line per object, in the order of the file: its id and its features, empty where one is unknown, "
        "as with too few points. Features of a band end in its name. docs/light-curves.md has their formulas "
        "and sources.\n\n"
        "PHOTOMETRY may be -, standard input. Memory does not depend on the number of objects.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .least_operands = 0,
    .most_operands = 1,
    .operands = "PHOTOMETRY",
    .run = run,
};
