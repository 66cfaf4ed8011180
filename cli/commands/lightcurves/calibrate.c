/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex calibrate: makes the probabilities of a classifier fit another survey, from a few labelled objects.
 */
#include "cli/shell/list.h"

#include "cli/input/lightcurves/survey.h"
#include "cli/input/recipe.h"
#include "cli/input/source.h"
#include "cli/output/model.h"
#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "forecast/scores/classes/classes.h"
#include "forecast/tasks/lightcurves/rival.h"
#include "forecast/tasks/lightcurves/training/recalibrate.h"

#include <limits.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_survey_settings survey;
    char *output;
    int json, threads;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), NULL, "FILE", 0, 0, "where the calibrated model goes (needed)"},
    {"label", 0, NN_TEXT, FIELD(survey.label), NULL, "COLUMN", 0, 0,
     "the column of labels in the table of objects (the one that the model was trained on)"},
    {"classes", 0, NN_TEXT, FIELD(survey.classes), NULL, "A=1|2,B=3,...", 0, 0,
     "the model's classes with the labels that stand for them (as in training)"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "print what was done as JSON"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};

/* The classes that no labelled object is of. */
static void say_absent(const fc_classifier *model, const fc_called *called)
{
    char list[600] = "", clean[80];
    size_t at = 0;
    for (int c = 0; c < model->classes && at < sizeof list; c++) {
        bool there = false;
        for (size_t i = 0; i < called->count; i++)
            there |= called->label[i] == c;
        if (!there)
            at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", at ? ", " : "",
                                   cli_clean(model->class_names[c], clean, sizeof clean));
    }
    if (at)
        cli_say_note("no labelled object is of %s, which the model keeps", list);
}

static void say(const fc_recalibration *done, size_t count, double before)
{
    static const char *const forms[] = {
        "nothing is clearly better on objects left out: the model stays as it is", "one temperature",
        "a temperature and a shift of each class"};
    cli_say("%s, from %zu labelled objects: temperature %.3f, before %.3f", forms[done->form], count,
            done->temperature, before);
    cli_say("mean -ln p of objects left out, in five folds: %.4f as it was, %.4f by temperature, %.4f with "
            "shifts",
            done->loss[FC_AS_IT_WAS], done->loss[FC_TEMPERATURE], done->loss[FC_SHIFTED]);
    if (count < FC_FEW_LABELLED)
        cli_say_note("%zu objects are few: what they tell of probabilities is uncertain", count);
}

static int print_json(const settings *s, const fc_model *model, const fc_recalibration *done, size_t count,
                      nn_error *error)
{
    static const char *const forms[] = {"none", "temperature", "shift"};
    json_t *object = cli_json_new("auspex.calibrate/1");
    nn_json_set(object, "file", nn_json_text(s->output));
    nn_json_set(object, "objects", json_integer((json_int_t)count));
    nn_json_set(object, "form", nn_json_text(forms[done->form]));
    nn_json_set(object, "temperature", nn_json_real(done->temperature));
    nn_json_set(object, "cross_entropy_before", nn_json_real(done->loss[FC_AS_IT_WAS]));
    nn_json_set(object, "cross_entropy_after", nn_json_real(done->loss[done->form]));
    cli_model_json(object, model);
    return cli_json_print(object, error);
}

static int recalibrate_rival(const fc_classifier *classifier, fc_class_data *data, const double *p,
                             nn_error *error)
{
    fc_recalibration done;
    data->p = p;
    const int code = fc_recalibrate(fc_rival_of(classifier), data, &done, error);
    if (!code)
        cli_say(
            "the model is a mixture: the forest in it was calibrated alike (temperature %.3f), and what is "
            "said here is of its network",
            done.temperature);
    return code;
}

static int calibrate(const settings *s, fc_model *model, cli_survey *survey, nn_error *error)
{
    fc_classifier *classifier = fc_classifier_of(model);
    const double before = classifier->temperature;
    fc_collecting c = {.classes = classifier->classes, .labelled = true};
    fc_recalibration done;
    const bool mixed = fc_rival_share(classifier) > 0;
    int code = mixed ? fc_engine_want_rival(survey->engine, true, error) : NN_OK;
    if (!code)
        code = fc_sweep_run(&survey->objects, fc_called_take, &c, error);
    if (!code) {
        cli_say_lightcurves(survey->reader);
        cli_objects_say(&survey->objects);
        if (c.called.count > INT_MAX)
            code = nn_fail(error, NN_USAGE, "too many objects to calibrate on");
    }
    /* Of a mixture each part by itself. */
    fc_class_data data = {.p = mixed ? c.called.alone : c.called.p,
                          .label = c.called.label,
                          .count = c.called.count,
                          .classes = classifier->classes};
    if (!code)
        code = fc_recalibrate(classifier, &data, &done, error);
    if (!code && mixed)
        code = recalibrate_rival(classifier, &data, c.called.rival, error);
    if (!code) {
        say_absent(classifier, &c.called);
        code = fc_model_save(model, s->output, error);
    }
    if (!code)
        say(&done, c.called.count, before);
    if (!code && s->json)
        code = print_json(s, model, &done, c.called.count, error);
    fc_called_clear(&c.called);
    return code;
}

static int run(cli_run *run, nn_error *error)
{
    settings *s = run->settings;
    fc_model *model = NULL;
    cli_survey survey = {0};
    s->survey.part = CLI_PART_ALL;
    int code = cli_check_input(run->operands[1], error);
    if (!code && !fc_is_model_file(run->operands[0]) && fc_is_model_file(run->operands[1]))
        code = nn_fail(error, NN_USAGE, "%.200s is a model; it comes first here, then the photometry",
                       run->operands[1]);
    if (!code && s->json && s->output && strcmp(s->output, "-") == 0)
        code = nn_fail(error, NN_USAGE, "--json and the model cannot both go to standard output");
    if (!code)
        code = fc_model_load(&model, FC_CLASSIFIES, run->operands[0], error);
    if (!code)
        code = cli_check_output(s->output, error);
    if (!code)
        code = cli_survey_open(&survey, fc_classifier_of(model), run->operands[1], &s->survey, s->threads,
                               error);
    if (!code)
        code = calibrate(s, model, &survey, error);
    cli_survey_close(&survey);
    fc_model_free(model);
    return code;
}

static const cli_section sections[] = {
    {"Calibration", options, 0},
    {"Table of objects", cli_metadata_options, FIELD(survey.metadata)},
    {"Reading photometry", cli_photometry_options, FIELD(survey.photometry)},
    {"Reading the files", cli_photometry_file_options, FIELD(survey.photometry)},
    {0}};
static const cli_example examples[] = {
    {"auspex calibrate t2.safetensors ztf.csv --metadata ztf_labels.csv -o ztf.safetensors",
     "a few labels of another survey"},
    {NULL, NULL}};

const cli_command cli_calibrate = {
    .name = "calibrate",
    .summary = "fit the probabilities of a classifier to another survey, from a few labels",
    .synopsis = "MODEL PHOTOMETRY [--metadata OBJECTS] -o NEW [OPTION...]",
    .about = "The network stays as it is; what becomes of its logits is fitted to labelled objects of the "
             "new survey: one "
             "temperature, or a temperature and a shift of each class, or nothing, whichever is best on "
             "objects left out "
             "in five folds. Ten objects of two classes are the least. Classes that the survey lacks stay; "
             "labels that are "
             "none of the model's classes are left out.\n\n"
             "Where there are hundreds of labels, 'auspex train --from MODEL' goes on training.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .least_operands = 2,
    .most_operands = 2,
    .operands = "MODEL PHOTOMETRY",
    .run = run,
};
