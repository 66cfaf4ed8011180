/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fold after fold of labelled light curves. */
#include "cli/shell/list.h"

#include "cli/commands/backtest.h"
#include "cli/input/recipe.h"
#include "cli/input/training_set.h"
#include "forecast/scores/classes.h"

typedef struct settings {
    cli_common common;
    cli_fold_output output;
    int threads;
    fc_folds folds;
    fc_training training;
    cli_training_settings objects;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"json", 0, NN_FLAG, FIELD(output.json), "false", NULL, 0, 0, "one JSON document instead of tables"},
    {"csv", 0, NN_TEXT, FIELD(output.csv), NULL, "FILE", 0, 0, "write the scores, also by fold"},
    {"require-skill", 0, NN_FLAG, FIELD(output.require_skill), "false", NULL, 0, 0,
     "exit code 4 unless the model's accuracy is above the best baseline's, and p at most 0.05"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};

/* The light curves are read once, as a model without training sees them: what it learns comes later. */
static int read_objects(cli_training_set *set, const settings *s, const cli_run *run, fc_request *request,
                        nn_error *error)
{
    fc_model *model = NULL;
    int code = cli_training_set_open(set, run->operands[0], &s->objects, request, error);
    if (!code)
        code = fc_model_new(&model, request, error);
    if (!code)
        code = cli_training_set_read(set, &s->objects, model, request, error);
    fc_model_free(model);
    return code;
}

static int run(cli_run *run, nn_error *error)
{
    settings *s = run->settings;
    cli_training_set set = {0};
    nn_pool *pool = NULL;
    fc_rounds rounds = {
        .model = {.kind = run->kind, .config = run->config, .training = &s->training, .threads = s->threads},
        .folds = &s->folds};
    int code = cli_check_input(run->operands[0], error);
    if (!code)
        code = cli_backtest_check(&s->output, error);
    if (!code)
        code = cli_recipe_training(&s->training, run, error);
    if (!code)
        code = nn_pool_new(&pool, s->threads, error);
    rounds.model.pool = pool;
    if (!code)
        code = read_objects(&set, s, run, &rounds.model, error);
    if (!code)
        code = cli_backtest_rounds(&rounds, ds_lightcurves_name(set.reader), &s->output, error);
    cli_training_set_clear(&set);
    nn_pool_free(pool);
    return code;
}

static const cli_section sections[] = {
    {"Output", options, 0},
    {"Folds", fc_object_folds_options, FIELD(folds)},
    {"Objects and classes", cli_training_options, FIELD(objects)},
    {"Table of objects", cli_metadata_options, FIELD(objects.metadata)},
    {"Training", fc_class_training_options, FIELD(training)},
    {"Reading photometry", cli_photometry_options, FIELD(objects.photometry)},
    {"Reading the files", cli_photometry_file_options, FIELD(objects.photometry)},
    {0}};
static const cli_score_section scores[] = {{"Scores, and their names in JSON and CSV", fc_class_metrics},
                                           {0}};
static const cli_example examples[] = {
    {"auspex backtest sky.csv --metadata sky_meta.csv --model t2 --label class --folds 5",
     "every object is called once, by a model that has not seen it"},
    {NULL, NULL}};

const cli_command cli_backtest_classifier = {
    .name = "backtest",
    .summary = "train and score a classifier on fold after fold of a survey",
    .synopsis = "PHOTOMETRY --metadata OBJECTS --model KIND [OPTION...]",
    .about =
        "The objects are cut into folds, class by class, by their ids and --seed alone. Each fold is called "
        "by a model that learned from the others; a share of those decides which epoch is kept. The "
        "calls of all folds together stand beside two classifiers that any other must beat, fitted on the "
        "same objects: the shares of the classes, and the nearest class mean of simple features.",
    .examples = examples,
    .sections = sections,
    .scores = scores,
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = 1,
    .operands = "PHOTOMETRY",
    .with_model = true,
    .run = run,
};
