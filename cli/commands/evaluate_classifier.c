/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evaluate and early on a classifier of light curves. */
#include "cli/shell/list.h"

#include "cli/commands/evaluate_classifier.h"
#include "cli/input/source.h"
#include "cli/output/class_report.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 512 };

/* --- what scores are made of --- */

static int make_room(cli_called *c, int classes, nn_error *error)
{
    if (c->count < c->room)
        return NN_OK;
    size_t room = 2 * c->room + 1024, n = (size_t)classes;
    double *p = realloc(c->p, room * n * sizeof *p);
    if (p)
        c->p = p;
    double *nearest = realloc(c->nearest, room * n * sizeof *nearest);
    if (nearest)
        c->nearest = nearest;
    int *label = realloc(c->label, room * sizeof *label);
    if (label)
        c->label = label;
    if (!p || !nearest || !label)
        return nn_fail(error, NN_FAILED, "no memory for %zu objects", room);
    c->room = room;
    return NN_OK;
}

int cli_called_add(cli_called *c, const fc_slot *slot, int classes, nn_error *error)
{
    int code = make_room(c, classes, error);
    if (code)
        return code;
    size_t n = (size_t)classes;
    memcpy(c->p + c->count * n, slot->probability, n * sizeof *c->p);
    if (slot->nearest)
        memcpy(c->nearest + c->count * n, slot->nearest, n * sizeof *c->nearest);
    c->label[c->count++] = slot->label;
    c->strange += slot->novelty >= 0.99;
    return NN_OK;
}

void cli_called_clear(cli_called *c)
{
    free(c->p);
    free(c->nearest);
    free(c->label);
    *c = (cli_called){0};
}

/* --- labelled objects in front of a model --- */

const nn_option cli_labelled_options[] = {
    {"label", 0, NN_TEXT, offsetof(cli_labelled, label), NULL, "COLUMN", 0, 0,
     "the column of labels in the table of objects (the one that the model was trained on)"},
    {"classes", 0, NN_TEXT, offsetof(cli_labelled, classes), NULL, "A=1|2,B=3,...", 0, 0,
     "the model's classes with the labels that stand for them (as in training)"},
    {"part", 0, NN_CHOICE, offsetof(cli_labelled, part), "auto", "auto|all|train|validation|test", 0, 0,
     "objects to score; auto: the test part where the table of objects has the name of the one trained on, "
     "else all"},
    {"threads", 0, NN_INT, offsetof(cli_labelled, threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};

enum { AUTO, ALL, TRAIN, VALIDATION, TEST };

static int choose_part(cli_survey *b, const cli_labelled *s, const char *objects)
{
    static const int parts[] = {
        [ALL] = -1, [TRAIN] = FC_PART_TRAINING, [VALIDATION] = FC_PART_VALIDATION, [TEST] = FC_PART_TEST};
    bool same = strcmp(nn_base_name(objects), b->model->base.record.metadata_name) == 0;
    int choice = s->part != AUTO ? s->part : same ? TEST : ALL;
    b->part = parts[choice];
    b->part_name = choice == ALL          ? "all"
                   : choice == TRAIN      ? "train"
                   : choice == VALIDATION ? "validation"
                                          : "test";
    return choice;
}

static int read_labels(cli_survey *b, const char *path, const cli_labelled *s, const cli_metadata *metadata,
                       const cli_photometry *photometry, nn_error *error)
{
    const fc_record *r = &b->model->base.record;
    const char *label = s->label ? s->label : r->label_name;
    const char *map = s->classes ? s->classes : *r->classes ? r->classes : NULL;
    char categories[512], column[256];
    bool cut = choose_part(b, s, metadata->file ? metadata->file : path) != ALL;
    bool second =
        cut && cli_split_column(b->model->base.split, column, sizeof column) && strcmp(column, label) != 0;
    snprintf(categories, sizeof categories, "%s%s%s", label, second ? "," : "", second ? column : "");
    const cli_wanted wanted = {.categories = categories,
                               .numbers = b->model->redshift ? FC_REDSHIFT_COLUMNS : NULL,
                               .numbers_optional = true,
                               .path = path};
    int code = cli_read_catalogue(&b->catalogue, metadata, photometry, NULL, &wanted, error);
    if (!code)
        code = cli_labels_match(&b->labels, b->catalogue, 0, map, b->model, error);
    if (!code && cut)
        code =
            cli_labels_split(&b->labels, b->catalogue, b->model->base.split, second, r->training.seed, error);
    if (!code)
        cli_labels_say_few(&b->labels, b->catalogue, b->part, false);
    return code;
}

int cli_survey_open(cli_survey *b, char *const operands[2], const cli_labelled *s,
                    const cli_metadata *metadata, const cli_photometry *photometry, nn_error *error)
{
    *b = (cli_survey){0};
    fc_model *model = NULL;
    int code = cli_check_operands(operands, 2, error);
    if (!code)
        code = fc_model_load(&model, FC_CLASSIFIES, operands[1], error);
    b->model = fc_classifier_of(model);
    if (!code)
        code = read_labels(b, operands[0], s, metadata, photometry, error);
    if (!code)
        code = cli_open_lightcurves(&b->reader, operands[0], photometry, NULL, &b->model->bands, error);
    if (!code)
        code = nn_pool_new(&b->pool, s->threads, error);
    if (!code)
        code = fc_engine_new(&b->engine, b->model, b->pool, SLOTS, true, error);
    if (code)
        return code;
    b->objects = (fc_sweep){.reader = b->reader,
                            .catalogue = b->catalogue,
                            .label = b->labels.row,
                            .parts = b->labels.part,
                            .engine = b->engine,
                            .redshift = b->model->redshift,
                            .labelled_only = true,
                            .stopped = cli_interrupted,
                            .part = b->part};
    return NN_OK;
}

void cli_survey_close(cli_survey *b)
{
    fc_engine_free(b->engine);
    nn_pool_free(b->pool);
    ds_lightcurves_close(b->reader);
    cli_labels_clear(&b->labels);
    ds_catalogue_free(b->catalogue);
    fc_model_free(b->model ? &b->model->base : NULL);
}

/* --- evaluate --- */

typedef struct settings {
    cli_common common;
    cli_photometry photometry;
    cli_metadata metadata;
    cli_labelled labelled;
    char *plot, *script, *csv, *weights;
    int json, per_class;
    double days;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "one JSON document instead of tables"},
    {"csv", 0, NN_TEXT, FIELD(csv), NULL, "FILE", 0, 0, "write the scores as CSV; -: standard output"},
    {"per-class", 0, NN_FLAG, FIELD(per_class), "true", NULL, 0, 0, "scores of each class too"},
    {"plot", 0, NN_TEXT, FIELD(plot), NULL, "FILE", 0, 0,
     "draw confusion matrix, ROC and precision-recall curves and reliability: .png, .svg or .pdf; -: text "
     "art"},
    {"plot-script", 0, NN_TEXT, FIELD(script), NULL, "FILE", 0, 0, "write the picture's gnuplot script"},
    {"weights", 0, NN_TEXT, FIELD(weights), NULL, "W1,W2,...", 0, 0,
     "weights of the classes in a weighted log-loss, in the model's order; kaggle: those of the PLAsTiCC "
     "challenge, for "
     "classes that are its codes"},
    {"days", 0, NN_REAL, FIELD(days), NULL, "DAYS", 0, 1e6,
     "see only points up to so many days after the first detection (all)"},
    {0}};

static int parse_weights(double *weights, const char *text, const fc_classifier *model, nn_error *error)
{
    bool kaggle = strcmp(text, "kaggle") == 0;
    const char *at = text;
    for (int c = 0; c < model->classes; c++) {
        char *end = (char *)at;
        weights[c] = kaggle ? fc_plasticc_weight(atoi(model->class_names[c])) : strtod(at, &end);
        if (kaggle && isnan(weights[c]))
            return nn_fail(error, NN_USAGE, "--weights: the class '%s' is no code of PLAsTiCC",
                           model->class_names[c]);
        bool last = c + 1 == model->classes;
        if (!kaggle && (end == at || *end != (last ? 0 : ',') || !(weights[c] >= 0) || !isfinite(weights[c])))
            return nn_fail(error, NN_USAGE, "--weights: '%.80s' is no list of %d numbers of at least 0", text,
                           model->classes);
        at = end + 1;
    }
    return NN_OK;
}

typedef struct scoring {
    cli_called called;
    int classes;
    size_t left_out;
} scoring;

static int take(void *context, const fc_slot *slot, long row, int age, nn_error *error)
{
    scoring *s = context;
    (void)row, (void)age;
    if (slot->state == FC_SLOT_READY)
        return cli_called_add(&s->called, slot, s->classes, error);
    s->left_out++;
    return NN_OK;
}

static int give(const settings *s, const cli_class_report *report, cli_figure *figure, nn_error *error)
{
    int code = NN_OK;
    if (s->json)
        code = cli_class_report_json(report, error);
    else if (!s->csv || strcmp(s->csv, "-") != 0)
        cli_class_report_print(report, s->per_class != 0);
    if (!code && s->csv)
        code = cli_class_report_csv(report, s->csv, error);
    if (!code && cli_figure_wanted(figure))
        code = cli_class_report_draw(report, figure, error);
    return code;
}

static int score(const settings *s, const cli_survey *b, scoring *scored, cli_figure *figure, double seconds,
                 nn_error *error)
{
    const fc_classifier *model = b->model;
    double weights[FC_MOST_CLASSES];
    size_t count = scored->called.count;
    int code = s->weights ? parse_weights(weights, s->weights, model, error) : NN_OK;
    if (!code && !count)
        code = nn_fail(error, NN_BAD_DATA, "%s: no labelled object of the %s part can be classified",
                       ds_lightcurves_name(b->reader), b->part_name);
    if (code)
        return code;
    double *shares = malloc(count * (size_t)model->classes * sizeof *shares);
    if (!shares)
        return nn_no_memory(error);
    fc_prior_probabilities(shares, count, model->class_counts, model->classes);
    fc_class_data data = {.p = scored->called.p,
                          .label = scored->called.label,
                          .count = count,
                          .classes = model->classes,
                          .weights = s->weights ? weights : NULL};
    fc_class_entry entries[] = {{.name = model->base.kind->name, .data = data},
                                {.name = "class shares", .data = data},
                                {.name = "nearest mean", .data = data}};
    entries[1].data.p = shares;
    entries[2].data.p = scored->called.nearest;
    int compared = model->nearest.features ? 3 : 2;
    code = fc_class_compare(entries, compared, error);
    if (!code) {
        cli_class_report report = {.data = nn_base_name(ds_lightcurves_name(b->reader)),
                                   .part = b->part_name,
                                   .split = b->part < 0 ? NULL : model->base.split,
                                   .class_name = (const char *const *)model->class_names,
                                   .entries = entries,
                                   .count = compared,
                                   .temperature = model->temperature,
                                   .novelty_share =
                                       model->novelty ? (double)scored->called.strange / (double)count : NAN,
                                   .left_out = scored->left_out,
                                   .seconds = seconds};
        code = give(s, &report, figure, error);
    }
    for (int i = 0; i < compared; i++)
        fc_class_score_clear(&entries[i].score);
    free(shares);
    return code;
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    bool data_on_stdout = s->json || (s->csv && strcmp(s->csv, "-") == 0);
    cli_figure figure = cli_figure_make(s->plot, s->script, data_on_stdout);
    cli_survey b = {0};
    int code = cli_figure_check(&figure, error);
    if (!code && s->json && s->csv && strcmp(s->csv, "-") == 0)
        code = nn_fail(error, NN_USAGE, "--json and --csv - cannot both go to standard output");
    if (!code)
        code = cli_survey_open(&b, run->operands, &s->labelled, &s->metadata, &s->photometry, error);
    scoring scored = {.classes = b.model ? b.model->classes : 0};
    if (!code && b.model->nearest.features)
        code = fc_engine_want_nearest(b.engine, error);
    double start = nn_seconds();
    b.objects.days = s->days > 0 ? &s->days : NULL;
    b.objects.day_count = 1;
    if (!code)
        code = fc_sweep_run(&b.objects, take, &scored, error);
    if (!code) {
        cli_say_lightcurves(b.reader);
        cli_objects_say(&b.objects);
        code = score(s, &b, &scored, &figure, nn_seconds() - start, error);
    }
    cli_called_clear(&scored.called);
    cli_survey_close(&b);
    return code;
}

static const cli_section sections[] = {{"Output", options, 0},
                                       {"Objects and classes", cli_labelled_options, FIELD(labelled)},
                                       {"Table of objects", cli_metadata_options, FIELD(metadata)},
                                       {"Reading photometry", cli_photometry_options, FIELD(photometry)},
                                       {"Reading the files", cli_photometry_file_options, FIELD(photometry)},
                                       {0}};
static const cli_score_section scores[] = {{"Scores, and their names in JSON and CSV", fc_class_metrics},
                                           {0}};
static const cli_example examples[] = {
    {"auspex evaluate sky.csv t2.safetensors --metadata sky_meta.csv --plot scores.png",
     "on the test part of the survey that it was trained on"},
    {"auspex evaluate other.csv t2.safetensors --metadata other_meta.csv --label type --classes "
     "'Ia=90,rest=*'",
     "on another survey"},
    {NULL, NULL}};

const cli_command cli_evaluate_classifier = {
    .name = "evaluate",
    .summary = "score a classifier on labelled light curves",
    .synopsis = "PHOTOMETRY MODEL [--metadata OBJECTS] [OPTION...]",
    .about = "The classifier beside two that any other must beat: the shares of the classes in the training "
             "part, and the "
             "nearest class mean of simple features. Probabilities come with the model's temperature.",
    .examples = examples,
    .sections = sections,
    .scores = scores,
    .settings_size = sizeof(settings),
    .least_operands = 2,
    .most_operands = 2,
    .operands = "PHOTOMETRY MODEL",
    .run = run,
};
