/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex early: a classifier scored by days since the first detection. */
#include "cli/shell/list.h"

#include "cli/input/lightcurves/survey.h"
#include "cli/input/source.h"
#include "cli/output/scores.h"
#include "cli/shell/picture.h"
#include "cli/shell/report.h"
#include "forecast/scores/classes/classes.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "plots/class_plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_AGES = 64 };

typedef struct settings {
    cli_common common;
    cli_survey_settings survey;
    char *plot, *script, *csv, *days;
    int json, threads;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"days", 0, NN_TEXT, FIELD(days), "0,5,10,15,20,30,40,50,75,100", "D1,D2,...", 0, 0,
     "days after the first detection at which objects are looked at"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "one JSON document instead of a table"},
    {"csv", 0, NN_TEXT, FIELD(csv), NULL, "FILE", 0, 0, "write the scores as CSV; -: standard output"},
    {"plot", 0, NN_TEXT, FIELD(plot), NULL, "FILE", 0, 0,
     "draw the scores over the days: .png, .svg or .pdf; -: text art"},
    {"plot-script", 0, NN_TEXT, FIELD(script), NULL, "FILE", 0, 0, "write the picture's gnuplot script"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};

typedef struct age {
    double day;
    char name[24]; /* the same */
    fc_called called;
    fc_class_score score;
    fc_level_scores levels; /* where there is a tree of classes */
} age;

typedef struct ages {
    int count, classes;
    double day[MOST_AGES];
    age of[MOST_AGES];
    fc_levels *levels; /* NULL: there is no tree of classes */
    double confidence; /* of answers */
} ages;

static int parse_days(ages *a, const char *text, nn_error *error)
{
    for (const char *at = text; a->count < MOST_AGES;) {
        char *end;
        double day = strtod(at, &end);
        bool rises = a->count == 0 || day > a->day[a->count - 1];
        if (end == at || (*end && *end != ',') || !(day >= 0) || !isfinite(day) || !rises)
            break;
        a->day[a->count++] = day;
        if (!*end)
            return NN_OK;
        at = end + 1;
    }
    return nn_fail(error, NN_USAGE, "--days: '%.80s' is no list of at most %d rising numbers of at least 0",
                   text, MOST_AGES);
}

static int take(void *context, const fc_slot *slot, long row, int at, nn_error *error)
{
    ages *a = context;
    (void)row;
    return slot->state == FC_SLOT_READY ? fc_called_add(&a->of[at].called, slot, a->classes, error) : NN_OK;
}

/* By level; what is scored as a whole are then the objects that are known at the deepest level that any is.
 */
static int score_levels(const ages *a, age *at, double *p, int *label, fc_class_data *data, nn_error *error)
{
    const fc_called *called = &at->called;
    fc_levels_answer(a->levels, label, called->p, called->count, a->confidence);
    const int code =
        fc_level_scores_make(&at->levels, a->levels, called->p, called->label, label, called->count, error);
    const int level = fc_levels_base(a->levels, called->label, called->count);
    data->count = fc_levels_gather(a->levels, level, called->p, called->label, called->count, p, label);
    data->p = p;
    data->label = label;
    data->classes = a->levels->level[level].classes;
    return code;
}

static int score_age(const ages *a, age *at, nn_error *error)
{
    const fc_called *called = &at->called;
    fc_class_data data = {
        .p = called->p, .label = called->label, .count = called->count, .classes = a->classes};
    if (!data.count)
        return nn_fail(error, NN_BAD_DATA,
                       "no labelled object can be classified %g days after its first detection", at->day);
    if (!a->levels)
        return fc_class_score_make(&at->score, &data, error);
    double *p = nn_resize(NULL, called->count, (size_t)a->classes, sizeof *p);
    int *label = nn_resize(NULL, called->count, sizeof *label, 1);
    int code = p && label ? score_levels(a, at, p, label, &data, error) : nn_no_memory(error);
    if (!code)
        code = fc_class_score_make(&at->score, &data, error);
    free(p);
    free(label);
    return code;
}

static int make_scores(ages *a, nn_error *error)
{
    int code = NN_OK;
    for (int i = 0; i < a->count && !code; i++) {
        a->of[i].day = a->day[i];
        snprintf(a->of[i].name, sizeof a->of[i].name, "%g", a->day[i]);
        code = score_age(a, &a->of[i], error);
    }
    return code;
}

#define SHOWN    FC_SHOW(FC_WHOLE, FC_WHOLE, FC_WHOLE)
#define OF(name) offsetof(age, name)
static const fc_metric metrics[] = {{"days", "days", NULL, OF(day), -6, 0, SHOWN},
                                    {"objects", "objects", NULL, OF(score.count), FC_COUNT, 0, SHOWN},
                                    {"accuracy", "accuracy", NULL, OF(score.accuracy), 4, 1, SHOWN},
                                    {"balanced_accuracy", "balanced", NULL, OF(score.recall), 4, 1, SHOWN},
                                    {"f1", "F1", NULL, OF(score.f1), 4, 1, SHOWN},
                                    {"auc", "AUC", NULL, OF(score.auc), 4, 1, SHOWN},
                                    {"log_loss", "log-loss", NULL, OF(score.log_loss), 4, -1, SHOWN},
                                    {0}};
enum { MOST_CURVES = PL_MOST_EARLY };
#undef OF
#define OF(name) offsetof(fc_level_line, name)
#define BY_LEVEL FC_SHOW(FC_PART, FC_PART, FC_PART)
static const fc_metric level_metrics[] = {
    {"level", "level", NULL, OF(level), FC_INT, 0, FC_SHOW(0, FC_PART, 0)},
    {"classes", "classes", NULL, OF(classes), FC_COUNT, 0, FC_SHOW(0, FC_PART, 0)},
    {"objects", "objects", NULL, OF(objects), FC_COUNT, 0, BY_LEVEL},
    {"accuracy", "accuracy", NULL, OF(accuracy), 4, 1, BY_LEVEL},
    {"balanced_accuracy", "balanced", NULL, OF(recall), 4, 1, BY_LEVEL},
    {"f1", "F1", NULL, OF(f1), 4, 1, BY_LEVEL},
    {"auc", "AUC", NULL, OF(auc), 4, 1, BY_LEVEL},
    {"log_loss", "log-loss", NULL, OF(log_loss), 4, -1, BY_LEVEL},
    {"answered", "answered", NULL, OF(answered), 4, 0, BY_LEVEL},
    {"answer_precision", "of these right", NULL, OF(answer_precision), 4, 1, BY_LEVEL},
    {0}};

/* Of the levels of a tree of classes, in which each age is a row; in CSV also of the classes. */
static fc_score_table by_level(const ages *a)
{
    fc_score_table t = {
        .heading = "days",
        .ids = "level",
        .csv_decimals = 6,
        .part_count = 3,
        .parts = {{.metrics = metrics + 1, .level = FC_WHOLE, .only = 1 << FC_CSV, .ids = {""}},
                  {.metrics = fc_answered_metrics,
                   .offset = offsetof(age, levels.all),
                   .level = FC_WHOLE,
                   .only = 1 << FC_CSV},
                  {.metrics = level_metrics,
                   .offset = offsetof(age, levels.line),
                   .level = FC_PART,
                   .key = "levels",
                   .ids = {"*"},
                   .size = sizeof(fc_level_line),
                   .count = a->levels->count,
                   .heading = ">level",
                   .layout = FC_LONG}}};
    for (int i = 0; i < a->count; i++)
        fc_score_table_add(&t, a->of[i].name, &a->of[i]);
    return t;
}

static int print_json(const fc_score_table *scores, const cli_survey *survey, nn_error *error)
{
    json_t *object = cli_json_new("auspex.early/1");
    nn_json_set(object, "model", nn_json_text(survey->model->base.kind->name));
    nn_json_set(object, "data", nn_json_text(nn_base_name(ds_lightcurves_name(survey->reader))));
    nn_json_set(object, "part", nn_json_text(survey->part_name));
    nn_json_set(object, "ages", cli_scores_json(scores));
    return cli_json_print(object, error);
}

static int draw(const ages *a, const cli_survey *survey, cli_figure *figure, nn_error *error)
{
    double values[MOST_CURVES][MOST_AGES];
    pl_early_curve curves[MOST_CURVES];
    char title[400], names[MOST_CURVES][40];
    int shown = 0;
    for (const fc_metric *m = metrics; m->key; m++) {
        if (m->better < 1) /* a loss has another range */
            continue;
        for (int i = 0; i < a->count; i++)
            values[shown][i] = fc_metric_value(m, &a->of[i]);
        curves[shown] = (pl_early_curve){.name = m->heading, .value = values[shown]};
        shown++;
    }
    for (int k = 0; a->levels && k + 1 < a->levels->count && shown < MOST_CURVES; k++, shown++) {
        for (int i = 0; i < a->count; i++)
            values[shown][i] = a->of[i].levels.line[k].accuracy;
        snprintf(names[shown], sizeof names[shown], "accuracy, level %d", k + 1);
        curves[shown] = (pl_early_curve){.name = names[shown], .value = values[shown]};
    }
    snprintf(title, sizeof title, "%s on %.200s, %s part", survey->model->base.kind->name,
             nn_base_name(ds_lightcurves_name(survey->reader)), survey->part_name);
    pl_early_plot plot = {.title = title,
                          .x_title = "days since the first detection",
                          .y_title = "score",
                          .day = a->day,
                          .count = a->count,
                          .curves = curves,
                          .curve_count = shown};
    return cli_figure_end(figure, pl_early(&plot, cli_figure_begin(figure), error));
}

static int give(const settings *s, const ages *a, const cli_survey *survey, cli_figure *figure,
                nn_error *error)
{
    int code = NN_OK;
    fc_score_table scores = {
        .parts = {{.metrics = metrics, .level = FC_WHOLE}}, .part_count = 1, .csv_decimals = 6};
    fc_score_table levels = a->levels ? by_level(a) : (fc_score_table){0};
    for (int i = 0; i < a->count; i++)
        fc_score_table_add(&scores, "", &a->of[i]);
    if (a->levels) { /* in JSON they stand with their age */
        scores.parts[1] = levels.parts[2];
        scores.parts[1].only = 1 << FC_JSON;
        scores.part_count = 2;
    }
    if (s->json)
        code = print_json(&scores, survey, error);
    else if (!s->csv || strcmp(s->csv, "-") != 0) {
        cli_scores_print(&scores);
        cli_scores_print_groups(&levels, FC_PART);
    }
    if (!code && s->csv)
        code = cli_scores_csv(a->levels ? &levels : &scores, 1, s->csv, error);
    if (!code && cli_figure_wanted(figure))
        code = draw(a, survey, figure, error);
    return code;
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    cli_figure figure = cli_figure_make(s->plot, s->script, s->json || (s->csv && strcmp(s->csv, "-") == 0));
    cli_survey survey = {0};
    fc_model *model = NULL;
    ages *a = calloc(1, sizeof *a);
    int code = a ? parse_days(a, s->days, error) : nn_no_memory(error);
    if (!code)
        code = cli_figure_check(&figure, error);
    if (!code && s->json && s->csv && strcmp(s->csv, "-") == 0)
        code = nn_fail(error, NN_USAGE, "--json and --csv - cannot both go to standard output");
    if (!code)
        code = cli_check_operands(run->operands, 2, error);
    if (!code)
        code = fc_model_load(&model, FC_CLASSIFIES, run->operands[1], error);
    if (!code)
        code = cli_survey_open(&survey, fc_classifier_of(model), run->operands[0], &s->survey, s->threads,
                               error);
    if (!code) {
        a->classes = survey.model->classes;
        a->confidence = survey.model->hierarchy.rule.confidence;
        survey.objects.days = a->day;
        survey.objects.day_count = a->count;
        code = fc_levels_new(&a->levels, &survey.model->hierarchy.tree,
                             (const char *const *)survey.model->class_names, error);
    }
    if (!code)
        code = fc_sweep_run(&survey.objects, take, a, error);
    if (!code) {
        cli_say_lightcurves(survey.reader);
        cli_objects_say(&survey.objects);
        code = make_scores(a, error);
    }
    if (!code)
        code = give(s, a, &survey, &figure, error);
    for (int i = 0; a && i < a->count; i++) {
        fc_called_clear(&a->of[i].called);
        fc_class_score_clear(&a->of[i].score);
        fc_level_scores_clear(&a->of[i].levels);
    }
    if (a)
        free(a->levels);
    free(a);
    cli_survey_close(&survey);
    fc_model_free(model);
    return code;
}

static const cli_section sections[] = {
    {"Output", options, 0},
    {"Objects and classes", cli_survey_options, FIELD(survey)},
    {"Tree of classes", cli_answer_options, FIELD(survey.answers)},
    {"Table of objects", cli_metadata_options, FIELD(survey.metadata)},
    {"Reading photometry", cli_photometry_options, FIELD(survey.photometry)},
    {"Reading the files", cli_photometry_file_options, FIELD(survey.photometry)},
    {0}};
static const cli_example examples[] = {
    {"auspex early sky.csv t2.safetensors --metadata sky_meta.csv --plot early.png",
     "how soon is a class known?"},
    {"auspex early sky.csv t2.safetensors --metadata sky_meta.csv --days 0,2,5,10 --json", "for programs"},
    {NULL, NULL}};

const cli_command cli_early = {
    .name = "early",
    .summary = "score a classifier by days since the first detection",
    .synopsis = "PHOTOMETRY MODEL [--metadata OBJECTS] [--days D1,D2,...] [OPTION...]",
    .about =
        "Every labelled object is classified from what was seen of it up to each age, points before the "
        "first "
        "detection included. Of a model with a tree of classes there are scores for each level too, 1 at "
        "the top, with the share of objects whose answer says their class there and how many of those "
        "are right.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .least_operands = 2,
    .most_operands = 2,
    .operands = "PHOTOMETRY MODEL",
    .run = run,
};
