/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex features: a row of features per object. */
#include "cli/shell/list.h"

#include "cli/commands/lightcurves/curves.h"
#include "cli/input/photometry.h"
#include "cli/input/source.h"
#include "cli/shell/json.h"
#include "datasets/lightcurves/features/features.h"
#include "lib/base/c_locale.h"
#include "lib/base/output.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    {"group", 0, NN_LIST, FIELD(groups), NULL, "A,B", 0, 0, "only these groups of features (all)"},
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
    ds_features **features; /* one per worker */
    int workers;
    FILE *out;
    bool flush;
} writer;

static int work(void *context, int worker, const ds_points *points, double *row, nn_error *error)
{
    const writer *w = context;
    return ds_features_compute(w->features[worker], points, row, error);
}

static int json_line(const writer *w, const char *id, const double *row, nn_error *error)
{
    const ds_features *features = w->features[0];
    json_t *object = json_object(), *values = json_object();
    nn_json_set(object, "object_id", nn_json_text(id));
    for (int n = 0; n < ds_features_count(features); n++)
        nn_json_set(values, ds_features_name(features, n), nn_json_real(row[n]));
    nn_json_set(object, "features", values);
    const bool failed =
        !nn_json_whole() || !nn_json_write(object, JSON_COMPACT | JSON_REAL_PRECISION(10), w->out);
    json_decref(object);
    fputc('\n', w->out);
    return failed ? nn_fail(error, NN_FAILED, "no memory for a line of JSON") : NN_OK;
}

static void csv_line(const writer *w, const char *id, const double *row)
{
    const locale_t c_locale = nn_c_locale(), before = c_locale ? uselocale(c_locale) : (locale_t)0;
    nn_csv_field(w->out, id);
    for (int n = 0; n < ds_features_count(w->features[0]); n++)
        if (isnan(row[n]))
            fputc(',', w->out);
        else
            fprintf(w->out, ",%.10g", row[n]);
    fputc('\n', w->out);
    if (before)
        uselocale(before);
}

static int give(void *context, const char *id, const ds_points *points, const double *row, nn_error *error)
{
    (void)points;
    const writer *w = context;
    int code = NN_OK;
    if (w->settings->json)
        code = json_line(w, id, row, error);
    else
        csv_line(w, id, row);
    if (w->flush && fflush(w->out))
        return nn_fail(error, NN_FAILED, "standard output cannot be written");
    return code;
}

static int make_workers(writer *w, nn_pool *pool, const ds_bands *bands, nn_error *error)
{
    const settings *s = w->settings;
    const ds_feature_settings wanted = {.bands = bands,
                                        .groups = s->groups,
                                        .scale = (ds_feature_scale)s->scale,
                                        .shortest = s->shortest,
                                        .longest = s->longest};
    w->workers = nn_pool_threads(pool);
    w->features = calloc((size_t)w->workers, sizeof(ds_features *));
    if (!w->features)
        return nn_no_memory(error);
    for (int n = 0; n < w->workers; n++)
        if (!(w->features[n] = ds_features_new(&wanted, error)))
            return error->code;
    return NN_OK;
}

static int header(const writer *w)
{
    fputs("object_id", w->out);
    for (int n = 0; n < ds_features_count(w->features[0]); n++) {
        fputc(',', w->out);
        nn_csv_field(w->out, ds_features_name(w->features[0], n));
    }
    fputc('\n', w->out);
    return NN_OK;
}

static int describe(const settings *s, const char *path, nn_output *output, nn_error *error)
{
    writer w = {.settings = s, .out = nn_output_stream(output), .flush = strcmp(s->output, "-") == 0};
    ds_lightcurves *reader = NULL;
    nn_pool *pool = NULL;
    int code = cli_open_lightcurves(&reader, path, &s->photometry, NULL, NULL, error);
    if (!code)
        code = nn_pool_new(&pool, s->threads, error);
    if (!code)
        code = make_workers(&w, pool, ds_lightcurves_bands(reader), error);
    if (!code) {
        cli_curves curves = {.reader = reader,
                             .pool = pool,
                             .stream = strcmp(path, "-") == 0,
                             .width = ds_features_count(w.features[0]),
                             .context = &w,
                             .work = work,
                             .give = give};
        if (!s->json)
            header(&w);
        code = cli_curves_run(&curves, error);
        cli_say_lightcurves(reader);
    }
    for (int n = 0; w.features && n < w.workers; n++)
        ds_features_free(w.features[n]);
    free(w.features);
    nn_pool_free(pool);
    ds_lightcurves_close(reader);
    return code;
}

static int list_groups(void)
{
    const ds_feature_group *group;
    for (int n = 0; (group = ds_feature_group_at(n)); n++)
        printf("%-12s %s\n", ds_feature_group_name(group), ds_feature_group_summary(group));
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
    int code = cli_check_input(run->operands[0], error);
    if (!code && !(output = nn_output_open(s->output, error)))
        code = NN_FAILED;
    if (!code)
        code = describe(s, run->operands[0], output, error);
    if (output && !code)
        return nn_output_commit(output, error);
    nn_output_abandon(output);
    return code;
}

static const cli_section sections[] = {{"Features", options, 0},
                                       {"Reading photometry", cli_photometry_options, FIELD(photometry)},
                                       {"Reading the files", cli_photometry_file_options, FIELD(photometry)},
                                       {0}};
static const cli_example examples[] = {
    {"auspex features stars.csv -o features.csv", "every feature of every object"},
    {"auspex features stars.csv --group period,moments", "some of them"},
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
