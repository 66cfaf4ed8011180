/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex explain: which part of a light curve a classifier looks at. */
#include "cli/shell/list.h"

#include "cli/commands/lightcurves/explain_view.h"
#include "cli/input/lightcurves/objects.h"
#include "cli/input/source.h"
#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "cli/shell/table.h"
#include "forecast/tasks/lightcurves/rival.h"
#include "lib/base/text.h"
#include "lib/files/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_photometry photometry;
    cli_metadata metadata;
    char *output, *script, *csv, *id;
    int json;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"id", 0, NN_TEXT, FIELD(id), NULL, "ID", 0, 0, "the object (the first)"},
    {"output", 'o', NN_TEXT, FIELD(output), NULL, "FILE", 0, 0,
     "the picture: .png, .svg or .pdf; -: text art in the terminal"},
    {"plot-script", 0, NN_TEXT, FIELD(script), NULL, "FILE", 0, 0, "write the picture's gnuplot script"},
    {"csv", 0, NN_TEXT, FIELD(csv), NULL, "FILE", 0, 0,
     "write the map, a line per token; -: standard output"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "one JSON document instead of a table"},
    {0}};

typedef explain_view view;

/* --- the object --- */

static int find(ds_lightcurves *reader, const char *id, const ds_lightcurve **curve, nn_error *error)
{
    int code;
    while (!(code = ds_lightcurves_next(reader, curve, error)) && *curve)
        if (!id || strcmp((*curve)->id, id) == 0)
            return NN_OK;
    return code ? code
                : nn_fail(error, NN_BAD_DATA, "%s: there is no object '%.80s'", ds_lightcurves_name(reader),
                          id ? id : "");
}

static int fill(fc_engine *engine, const ds_lightcurve *curve, const ds_catalogue *catalogue, bool redshift,
                nn_error *error)
{
    long row = catalogue ? ds_catalogue_find(catalogue, curve->id) : -1;
    double extras[FC_EXTRAS];
    for (int e = 0; e < FC_EXTRAS; e++)
        extras[e] = redshift && row >= 0 ? ds_catalogue_number(catalogue, e, (size_t)row) : NAN;
    if (redshift && isnan(extras[0]))
        cli_say_note("the object is taken at the training objects' median redshift");
    int code = fc_engine_fill(engine, 0, curve, extras, -1, INFINITY, error);
    if (!code)
        code = fc_engine_run(engine, 1, error);
    const fc_slot *slot = fc_engine_slot(engine, 0);
    if (!code && slot->state == FC_SLOT_FAILED)
        return nn_fail(error, NN_BAD_DATA, "%s", slot->error.text);
    if (!code && slot->state != FC_SLOT_READY)
        return nn_fail(error, NN_BAD_DATA, "the object '%.80s' has no %s", slot->id,
                       slot->state == FC_SLOT_EMPTY ? "usable point" : "detected point");
    return code;
}

static void sort_classes(view *v)
{
    for (int c = 0; c < v->e.classes; c++) {
        int at = c;
        for (; at > 0 && v->e.probability[v->order[at - 1]] < v->e.probability[c]; at--)
            v->order[at] = v->order[at - 1];
        v->order[at] = c;
    }
}

/* --- giving --- */

/* The share of a class's activation on the tokens of redshift and error. */
static double extras_share(const fc_explanation *e, int c)
{
    double sum = 0;
    for (int t = e->curve_tokens; t < e->tokens; t++)
        sum += e->share[t * e->classes + c];
    return sum;
}

double explain_place(const explain_view *v, int t)
{
    if (v->model->sight.fold)
        return (double)v->slot->raw[t * fc_raw_width(v->model)] / FC_TIME_UNIT;
    return v->e.day[t];
}

double explain_origin(const explain_view *v)
{
    return v->model->sight.fold ? 0 : v->slot->start;
}

static bool folds(const view *v)
{
    return v->model->sight.fold;
}

/* Days; 1 of an object without a period. */
static double period_of(const view *v)
{
    return pow(10, (double)v->slot->raw[FC_RAW_POINT]);
}

/* MJD of a phase of 0, the maximum of the sinusoid, near the first point. */
static double maximum_of(const view *v)
{
    return v->slot->start + v->slot->points.time[0] - explain_place(v, 0) * period_of(v);
}

/* Where the class's activation lies: the day or phase up to which half of the light curve's share falls. */
static double middle(const view *v, int c)
{
    const fc_explanation *e = &v->e;
    double whole = 0, found = NAN;
    for (int t = 0; t < e->curve_tokens; t++)
        whole += e->share[t * e->classes + c];
    for (int t = 0; t < e->curve_tokens; t++) {
        double sum = 0;
        for (int k = 0; k < e->curve_tokens; k++)
            sum += explain_place(v, k) <= explain_place(v, t) ? e->share[k * e->classes + c] : 0;
        if (sum >= 0.5 * whole && !(explain_place(v, t) >= found))
            found = explain_place(v, t);
    }
    return found;
}

static void print_table(const view *v)
{
    const fc_explanation *e = &v->e;
    char clean[128];
    printf("object %s, first kept point at MJD %.3f\n", cli_clean(v->slot->id, clean, sizeof clean),
           v->slot->start);
    if (folds(v))
        printf("folded by a period of %.6g days (power %.3f), phase 0 at MJD %.4f\n", period_of(v),
               (double)v->slot->raw[FC_RAW_POINT + 1], maximum_of(v));
    cli_table *table = cli_table_new(folds(v) ? "class|>probability|>logit|>middle phase|>redshift share"
                                              : "class|>probability|>logit|>middle day|>redshift share");
    for (int i = 0; i < e->classes; i++) {
        int c = v->order[i];
        cli_table_cell(table, "%s", v->model->class_names[c]);
        cli_table_number(table, e->probability[c], 4);
        cli_table_number(table, e->logit[c], 3);
        cli_table_number(table, middle(v, c), folds(v) ? 3 : 1);
        cli_table_number(table, e->tokens > e->curve_tokens ? extras_share(e, c) : NAN, 3);
    }
    cli_table_print(table, stdout);
}

static int print_json(const view *v, nn_error *error)
{
    const fc_explanation *e = &v->e;
    json_t *object = cli_json_new("auspex.explain/1"), *classes = json_array();
    nn_json_set(object, "object_id", nn_json_text(v->slot->id));
    nn_json_set(object, "start", nn_json_real(v->slot->start));
    nn_json_set(object, "days", nn_json_reals(e->day, (size_t)e->curve_tokens));
    if (folds(v)) {
        json_t *phases = json_array();
        for (int t = 0; t < e->curve_tokens; t++)
            nn_json_append(phases, nn_json_real(explain_place(v, t)));
        nn_json_set(object, "phases", phases);
        nn_json_set(object, "period", nn_json_real(period_of(v)));
        nn_json_set(object, "power", nn_json_real((double)v->slot->raw[FC_RAW_POINT + 1]));
        nn_json_set(object, "maximum", nn_json_real(maximum_of(v)));
    }
    for (int c = 0; c < e->classes; c++) {
        json_t *one = json_object(), *map = json_array();
        nn_json_set(one, "name", nn_json_text(v->model->class_names[c]));
        nn_json_set(one, "probability", nn_json_real(e->probability[c]));
        nn_json_set(one, "logit", nn_json_real(e->logit[c]));
        nn_json_set(one, "bias", nn_json_real(e->bias[c]));
        for (int t = 0; t < e->tokens; t++)
            nn_json_append(map, nn_json_real(e->map[t * e->classes + c]));
        nn_json_set(one, "activation", map);
        nn_json_append(classes, one);
    }
    nn_json_set(object, "classes", classes);
    return cli_json_print(object, error);
}

static int write_csv(const view *v, const char *path, nn_error *error)
{
    const fc_explanation *e = &v->e;
    nn_output *output = nn_output_open(path, error);
    if (!output)
        return NN_FAILED;
    FILE *out = nn_output_stream(output);
    fputs(folds(v) ? "token,phase" : "token,day", out);
    for (int c = 0; c < e->classes; c++) {
        fputc(',', out);
        nn_csv_field(out, v->model->class_names[c]);
    }
    for (int t = 0; t < e->tokens; t++) {
        if (t < e->curve_tokens)
            fprintf(out, "\n%d,%.4f", t, explain_place(v, t));
        else
            fprintf(out, "\n%s,", t == e->curve_tokens ? "redshift" : "redshift_error");
        for (int c = 0; c < e->classes; c++)
            fprintf(out, ",%.6g", e->map[t * e->classes + c]);
    }
    fputc('\n', out);
    return nn_output_commit(output, error);
}

static int give(view *v, const settings *s, cli_figure *figure, nn_error *error)
{
    int code = fc_explain(&v->e, v->model, v->slot, error);
    if (code)
        return code;
    sort_classes(v);
    if (s->json)
        code = print_json(v, error);
    else if (!s->csv || strcmp(s->csv, "-") != 0)
        print_table(v);
    if (!code && s->csv)
        code = write_csv(v, s->csv, error);
    if (!code && cli_figure_wanted(figure))
        code = explain_draw(v, figure, error);
    fc_explanation_clear(&v->e);
    return code;
}

static int explain(const settings *s, const char *path, fc_classifier *model, cli_figure *figure,
                   nn_error *error)
{
    ds_catalogue *catalogue = NULL;
    ds_lightcurves *reader = NULL;
    nn_pool *pool = NULL;
    fc_engine *engine = NULL;
    const ds_lightcurve *curve = NULL;
    int code = NN_OK;
    if (s->metadata.file)
        code = cli_read_catalogue(
            &catalogue, &s->metadata, &s->photometry, NULL,
            &(cli_wanted){.numbers = model->redshift ? FC_REDSHIFT_COLUMNS : NULL, .numbers_optional = true},
            error);
    if (!code)
        code = cli_open_lightcurves(&reader, path, &s->photometry, NULL, &model->bands, error);
    if (!code)
        code = find(reader, s->id, &curve, error);
    if (!code)
        code = nn_pool_new(&pool, 1, error);
    if (!code)
        code = fc_engine_new(&engine, model, pool, 1, true, error);
    if (!code) {
        fc_engine_bands(engine, ds_lightcurves_bands(reader));
        code = fill(engine, curve, catalogue, model->redshift, error);
    }
    if (!code) {
        if (fc_rival_share(model) > 0)
            cli_say_note(
                "the model is a mixture; what is explained is its network, whose probabilities count "
                "%.1f",
                1 - fc_rival_share(model));
        view v = {.model = model, .slot = fc_engine_slot(engine, 0), .seen = ds_lightcurves_bands(reader)};
        code = give(&v, s, figure, error);
    }
    fc_engine_free(engine);
    nn_pool_free(pool);
    ds_lightcurves_close(reader);
    ds_catalogue_free(catalogue);
    return code;
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    cli_figure figure =
        cli_figure_make(s->output, s->script, s->json || (s->csv && strcmp(s->csv, "-") == 0));
    fc_model *model = NULL;
    int code = cli_figure_check(&figure, error);
    if (!code && s->json && s->csv && strcmp(s->csv, "-") == 0)
        code = nn_fail(error, NN_USAGE, "--json and --csv - cannot both go to standard output");
    if (!code)
        code = cli_check_operands(run->operands, 2, error);
    if (!code)
        code = fc_model_load(&model, FC_CLASSIFIES, run->operands[1], error);
    if (!code)
        code = explain(s, run->operands[0], fc_classifier_of(model), &figure, error);
    fc_model_free(model);
    return code;
}

static const cli_section sections[] = {{"Output", options, 0},
                                       {"Table of objects", cli_metadata_options, FIELD(metadata)},
                                       {"Reading photometry", cli_photometry_options, FIELD(photometry)},
                                       {"Reading the files", cli_photometry_file_options, FIELD(photometry)},
                                       {0}};
static const cli_example examples[] = {
    {"auspex explain alerts.csv t2.safetensors --id 42 -o cam.png",
     "the light curve above, the classes' maps below"},
    {"auspex explain alerts.csv t2.safetensors --id 42 --csv map.csv", "the numbers"},
    {NULL, NULL}};

const cli_command cli_explain = {
    .name = "explain",
    .summary = "show which part of a light curve a classifier looks at",
    .synopsis = "PHOTOMETRY MODEL [--id ID] [--metadata OBJECTS] [-o PICTURE] [OPTION...]",
    .about =
        "The class activation map: how much each token adds to each class. Its mean over the tokens and "
        "the class's "
        "bias are the logit, exactly. In the picture each class's map runs from its least to its "
        "largest value; "
        "the eight most probable classes are drawn, over the days or phases that the model sees. 'middle "
        "day', or phase, halves the map of the light curve, "
        "'redshift "
        "share' is what lies on the tokens of redshift and error.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .least_operands = 2,
    .most_operands = 2,
    .operands = "PHOTOMETRY MODEL",
    .run = run,
};
