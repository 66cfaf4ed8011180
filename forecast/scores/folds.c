/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop over folds and seeds, and how rows are cut into folds. */
#include "forecast/scores/folds.h"

#include "lib/base/clock.h"

#define FIELD(name) offsetof(fc_folds, name)
const nn_option fc_folds_options[] = {
    {"folds", 0, NN_INT, FIELD(folds), "5", "N", 1, 1000, "test parts, one after the other"},
    {"seeds", 0, NN_INT, FIELD(seeds), "3", "N", 1, 1000, "trainings of every fold, from --seed on"},
    {"start", 0, NN_REAL, FIELD(start), "0.5", "SHARE", 0.01, 0.99,
     "share of the rows before the first test part"},
    {"validation", 0, NN_REAL, FIELD(validation), "0.125", "SHARE", 0.01, 0.9,
     "share of the rows before a test part that decide which epoch is kept"},
    {"sliding", 0, NN_FLAG, FIELD(sliding), "false", NULL, 0, 0,
     "train every fold on as many rows as the first, rather than on all before it"},
    {"gap", 0, NN_INT, FIELD(gap), "0", "N", 0, 1000000,
     "rows left out between training, validation and test; at least --smooth with --smooth-target, whose "
     "targets "
     "overlap"},
    {"alone", 0, NN_FLAG, FIELD(alone), "false", NULL, 0, 0,
     "train the same model on the targets alone beside it, to see what the other columns give"},
    {0}};
const nn_option fc_object_folds_options[] = {
    {"folds", 0, NN_INT, FIELD(folds), "10", "N", 2, 1000,
     "test parts, drawn class by class: every object is in one of them"},
    {"seeds", 0, NN_INT, FIELD(seeds), "1", "N", 1, 1000, "trainings of every fold, from --seed on"},
    {"validation", 0, NN_REAL, FIELD(validation), "0.1", "SHARE", 0.01, 0.9,
     "share of a fold's other objects that decide which epoch is kept"},
    {0}};

int fc_fold_make(ds_split *split, const fc_folds *how, int gap, size_t rows, int k, nn_error *error)
{
    const size_t start = (size_t)((double)rows * how->start), rest = rows - start, folds = (size_t)how->folds,
                 between = (size_t)gap;
    const size_t begin = start + rest * (size_t)k / folds, end = start + rest * (size_t)(k + 1) / folds;
    const size_t first = how->sliding ? begin - start : 0;
    const size_t seen = begin - first > between ? begin - first - between : 0;
    const size_t validation = (size_t)((double)seen * how->validation);
    if (end == begin || validation == 0 || seen <= validation + between)
        return nn_fail(error, NN_BAD_DATA,
                       "%zu rows are too few for %d folds with a gap of %d; fewer --folds or another --start",
                       rows, how->folds, gap);
    split->test = (ds_part){begin, end};
    split->validation = (ds_part){first + seen - validation, first + seen};
    split->train = (ds_part){first, first + seen - validation - between};
    return NN_OK;
}

/* --- the loop --- */

static int relay(void *context, const fc_progress *p)
{
    const fc_walk *w = context;
    return w->progress ? w->progress(w->context, w->run, w->runs, p) : 0;
}

static int train_once(fc_walk *walk, const fc_trial *trial, fc_request request, nn_error *error)
{
    fc_model *model;
    fc_training training = *request.training;
    training.seed += (uint64_t)walk->seed;
    request.training = &training;
    request.progress = relay;
    request.context = walk;
    walk->run++;
    int code = fc_model_new(&model, &request, error);
    if (code)
        return code;
    if (trial->ready)
        code = trial->ready(walk, model, error);
    if (!code)
        code = fc_fit(model, &request, error);
    if (!code)
        code = trial->take(walk, model, &request, error);
    fc_model_free(model);
    return code;
}

int fc_walk_run(fc_walk *walk, const fc_trial *trial, nn_error *error)
{
    int code = NN_OK;
    walk->runs = walk->variants * walk->folds->folds * walk->folds->seeds;
    for (walk->fold = 0; walk->fold < walk->folds->folds && !code; walk->fold++) {
        for (walk->variant = 0; walk->variant < walk->variants && !code; walk->variant++) {
            fc_request request = *walk->model;
            code = trial->open(walk, &request, error);
            for (walk->seed = 0; walk->seed < walk->folds->seeds && !code; walk->seed++)
                code = train_once(walk, trial, request, error);
            trial->close(walk);
        }
        if (code)
            nn_fail_within(error, "fold %d", walk->fold + 1);
    }
    return code;
}

/* --- through the task --- */

int fc_folds_run(fc_fold_scores **scores, const fc_rounds *rounds, nn_error *error)
{
    const double start = nn_seconds();
    const fc_request *model = &rounds->model;
    const fc_task *task = fc_task_for(model->kind, model->panel != NULL);
    *scores = NULL;
    int code = task->backtest
                   ? task->backtest(scores, rounds, error)
                   : nn_fail(error, NN_USAGE, "%s is not backtested on such data", model->kind->name);
    if (!code)
        (*scores)->seconds = nn_seconds() - start;
    return code;
}

void fc_fold_scores_free(fc_fold_scores *scores)
{
    if (scores)
        scores->free(scores);
}
