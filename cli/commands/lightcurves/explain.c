/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex explain: which part of a light curve a classifier looks at. */
#include "cli/shell/list.h"

#include "cli/input/objects.h"
#include "cli/input/source.h"
#include "cli/shell/json.h"
#include "cli/shell/picture.h"
#include "cli/shell/report.h"
#include "cli/shell/table.h"
#include "forecast/tasks/lightcurves/explain.h"
#include "forecast/tasks/lightcurves/tokens.h"
#include "lib/base/output.h"
#include "lib/base/text.h"
#include "plots/lightcurve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 100, MOST_CLASSES = 8 };

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

typedef struct view {
    const settings *s;
    fc_classifier *model;
    const fc_slot *slot;
    const char *data;
    fc_explanation e;
    int order[FC_MOST_CLASSES]; /* classes by falling probability */
} view;

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

/* Where a token stands: days since the first kept point, or the phase where the model folds. */
static double place(const view *v, int t)
{
    if (v->model->sight.fold)
        return (double)v->slot->raw[t * fc_raw_width(v->model)] / FC_TIME_UNIT;
    return v->e.day[t];
}

static double origin(const view *v)
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
    return v->slot->start + v->slot->points.time[0] - place(v, 0) * period_of(v);
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
            sum += place(v, k) <= place(v, t) ? e->share[k * e->classes + c] : 0;
        if (sum >= 0.5 * whole && !(place(v, t) >= found))
            found = place(v, t);
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
            nn_json_append(phases, nn_json_real(place(v, t)));
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
            fprintf(out, "\n%d,%.4f", t, place(v, t));
        else
            fprintf(out, "\n%s,", t == e->curve_tokens ? "redshift" : "redshift_error");
        for (int c = 0; c < e->classes; c++)
            fprintf(out, ",%.6g", e->map[t * e->classes + c]);
    }
    fputc('\n', out);
    return nn_output_commit(output, error);
}

/* --- the picture --- */

typedef struct canvas {
    double time[COLUMNS], map[MOST_CLASSES * COLUMNS];
    double *mean, *low, *high; /* (COLUMNS, bands) */
    double *point_time;        /* MJD, or phase */
    int begin, end;            /* the points that are drawn */
    const char *names[MOST_CLASSES], *bands[DS_BAND_LIMIT];
    int rows;
} canvas;

static int nearest(const view *v, double x)
{
    int best = 0;
    for (int t = 1; t < v->e.curve_tokens; t++)
        best = fabs(place(v, t) - x) < fabs(place(v, best) - x) ? t : best;
    return best;
}

/* Each class's map from 0 to 1 over the light curve's tokens. */
static void fill_row(canvas *to, const view *v, int row)
{
    const fc_explanation *e = &v->e;
    int c = v->order[row];
    double least = INFINITY, most = -INFINITY;
    for (int t = 0; t < e->curve_tokens; t++) {
        least = fmin(least, e->map[t * e->classes + c]);
        most = fmax(most, e->map[t * e->classes + c]);
    }
    for (int i = 0; i < COLUMNS; i++) {
        int t = nearest(v, to->time[i] - origin(v));
        to->map[row * COLUMNS + i] = most > least ? (e->map[t * e->classes + c] - least) / (most - least) : 0;
    }
    to->names[row] = v->model->class_names[c];
}

/* A grid may see some months of a light curve of years: what lies further off is not drawn. */
static void choose_points(canvas *to, const view *v)
{
    to->end = v->slot->points.count;
    if (v->model->sight.points)
        return;
    double margin = 0.1 * (to->time[COLUMNS - 1] - to->time[0]);
    while (to->begin < to->end && to->point_time[to->begin] < to->time[0] - margin)
        to->begin++;
    while (to->end > to->begin && to->point_time[to->end - 1] > to->time[COLUMNS - 1] + margin)
        to->end--;
    int beyond = v->slot->points.count - (to->end - to->begin);
    if (beyond)
        cli_say_note("the picture shows the %.0f days that the model sees; %d of %d points lie further off",
                     to->time[COLUMNS - 1] - to->time[0], beyond, v->slot->points.count);
}

static void fill_canvas(canvas *to, const view *v)
{
    const fc_explanation *e = &v->e;
    const fc_classifier *model = v->model;
    int bands = model->bands.count, channels = fc_raw_width(model);
    double first = model->sight.fold ? 0 : e->day[0];
    double last = model->sight.fold ? 1 : e->day[e->curve_tokens - 1];
    for (int i = 0; i < COLUMNS; i++) {
        double day = first + (last - first) * i / (COLUMNS - 1);
        int t = nearest(v, day);
        to->time[i] = origin(v) + day;
        for (int b = 0; b < bands; b++) {
            const float *raw = v->slot->raw + t * channels;
            const double mean = model->sight.points ? NAN : (double)raw[b],
                         deviation =
                             !model->sight.points && model->sight.variance ? (double)raw[bands + b] : NAN;
            to->mean[i * bands + b] = mean;
            to->low[i * bands + b] = mean - deviation;
            to->high[i * bands + b] = mean + deviation;
        }
    }
    for (int i = 0; i < v->slot->points.count; i++)
        to->point_time[i] =
            model->sight.points ? origin(v) + place(v, i) : v->slot->start + v->slot->points.time[i];
    choose_points(to, v);
    for (int b = 0; b < bands; b++)
        to->bands[b] = model->bands.name[b];
    to->rows = e->classes < MOST_CLASSES ? e->classes : MOST_CLASSES;
    for (int row = 0; row < to->rows; row++)
        fill_row(to, v, row);
}

static int draw_canvas(const canvas *c, const view *v, cli_figure *figure, nn_error *error)
{
    const fc_classifier *model = v->model;
    const ds_points *p = &v->slot->points;
    char title[400];
    snprintf(title, sizeof title, "%s says %s (%.1f %%) for object %.100s: what it looks at",
             model->base.kind->name, model->class_names[v->order[0]], 100 * v->e.probability[v->order[0]],
             v->slot->id);
    const pl_light_panel panel = {.count = (size_t)(c->end - c->begin),
                                  .time = c->point_time + c->begin,
                                  .value = p->flux + c->begin,
                                  .error = p->error + c->begin,
                                  .band = p->band + c->begin,
                                  .detected = p->detected + c->begin,
                                  .grid_count = COLUMNS,
                                  .grid_time = c->time,
                                  .mean = model->sight.points ? NULL : c->mean,
                                  .low = c->low,
                                  .high = c->high};
    pl_lightcurve_plot plot = {.title = title,
                               .time_name = model->sight.fold ? "phase" : "MJD",
                               .value_name = "flux",
                               .bands = model->bands.count,
                               .band_name = c->bands,
                               .wavelength = model->bands.wavelength,
                               .panels = &panel,
                               .panel_count = 1,
                               .map = c->map,
                               .map_rows = c->rows,
                               .map_columns = COLUMNS,
                               .map_name = c->names};
    return cli_figure_end(figure, pl_lightcurve(&plot, cli_figure_begin(figure), error));
}

static int draw(const view *v, cli_figure *figure, nn_error *error)
{
    size_t cells = COLUMNS * (size_t)v->model->bands.count;
    canvas *c = calloc(1, sizeof *c);
    int code = NN_OK;
    if (c) {
        c->mean = malloc(cells * sizeof(double));
        c->low = malloc(cells * sizeof(double));
        c->high = malloc(cells * sizeof(double));
        c->point_time = malloc(((size_t)v->slot->points.count + 1) * sizeof(double));
    }
    if (!c || !c->mean || !c->low || !c->high || !c->point_time)
        code = nn_fail(error, NN_FAILED, "no memory for a picture");
    if (!code) {
        fill_canvas(c, v);
        code = draw_canvas(c, v, figure, error);
    }
    if (c) {
        free(c->mean);
        free(c->low);
        free(c->high);
        free(c->point_time);
    }
    free(c);
    return code;
}

static int give(view *v, cli_figure *figure, nn_error *error)
{
    const settings *s = v->s;
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
        code = draw(v, figure, error);
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
    if (!code)
        code = fill(engine, curve, catalogue, model->redshift, error);
    if (!code) {
        view v = {.s = s, .model = model, .slot = fc_engine_slot(engine, 0), .data = path};
        code = give(&v, figure, error);
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
