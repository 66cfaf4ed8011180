/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop over folds and seeds, and how rows are cut into folds. */
#include "forecast/scores/folds.h"

#include "datasets/series/windows.h"
#include "forecast/passing.h"
#include "forecast/training/checkpoint.h"
#include "lib/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(fc_folds, name)
const nn_option fc_folds_options[] = {
    {"folds", 0, NN_INT, FIELD(folds), "5", "N", 1, 1000, "test parts, one after the other"},
    {"seeds", 0, NN_INT, FIELD(seeds), "3", "N", 1, 1000, "trainings of every fold, from --seed on"},
    {"start", 0, NN_REAL, FIELD(start), "0.5", "SHARE|ROW", 0.01, 1e9,
     "share of the rows before the first test part, or the number of its first row"},
    {"validation", 0, NN_REAL, FIELD(validation), "0.125", "SHARE", 0.01, 0.9,
     "share of the rows before a test part that decide which epoch is kept"},
    {"refit-every", 0, NN_TEXT, FIELD(refit_every), NULL, "ROWS|TIME", 0, 0,
     "fit again within a test part as the origins roll, whenever so many rows (672) or so long (28d) have "
     "come: "
     "on all rows before them; networks anew, linear forecasts by sums that go on"},
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

/* A share of the rows, or from 1 on the number of one. */
static size_t first_test_row(const fc_folds *how, size_t rows)
{
    return how->start < 1 ? (size_t)((double)rows * how->start) : (size_t)how->start - 1;
}

/* What is learnt from before the row `begin` of a test part; false where it is too little. */
static bool cut_before(ds_split *split, const fc_folds *how, int gap, size_t rows, size_t begin)
{
    const size_t start = first_test_row(how, rows), between = (size_t)gap;
    const size_t first = how->sliding ? begin - start : 0;
    const size_t seen = begin - first > between ? begin - first - between : 0;
    const size_t validation = (size_t)((double)seen * how->validation);
    if (validation == 0 || seen <= validation + between)
        return false;
    split->validation = (ds_part){first + seen - validation, first + seen};
    split->train = (ds_part){first, first + seen - validation - between};
    return true;
}

int fc_fold_make(ds_split *split, const fc_folds *how, int gap, size_t rows, int k, nn_error *error)
{
    const size_t start = first_test_row(how, rows), folds = (size_t)how->folds;
    if (start >= rows)
        return nn_fail(error, NN_USAGE, "--start %.0f: there are %zu rows", how->start, rows);
    const size_t rest = rows - start;
    const size_t begin = start + rest * (size_t)k / folds, end = start + rest * (size_t)(k + 1) / folds;
    if (end == begin || !cut_before(split, how, gap, rows, begin))
        return nn_fail(error, NN_BAD_DATA,
                       "%zu rows are too few for %d folds with a gap of %d; fewer --folds or another --start",
                       rows, how->folds, gap);
    split->test = (ds_part){begin, end};
    return NN_OK;
}

/* "672" rows, or "28d" as rows of the table; 0: never. */
static int refit_rows(size_t *rows, const char *text, const ds_table *table, nn_error *error)
{
    char *end;
    ds_frequency every;
    *rows = 0;
    if (!text)
        return NN_OK;
    const long number = strtol(text, &end, 10);
    if (*text && !*end && number > 0) {
        *rows = (size_t)number;
        return NN_OK;
    }
    if (!table || table->frequency.unit == DS_UNIT_STEP)
        return nn_fail(error, NN_USAGE,
                       "--refit-every: '%.40s' is not a number of rows, and these have no dates", text);
    if (ds_frequency_parse(text, &every, NULL) || every.unit == DS_UNIT_STEP || every.count < 1)
        return nn_fail(error, NN_USAGE,
                       "--refit-every: '%.40s' is neither a number of rows nor a time such as 28d", text);
    const ds_time from = table->time[0];
    const int64_t steps = ds_time_steps(table->frequency, from, ds_time_add(every, from, 1));
    if (steps < 1)
        return nn_fail(error, NN_USAGE, "--refit-every: %.40s is less than a row", text);
    *rows = (size_t)steps;
    return NN_OK;
}

/* --- the loop --- */

static int relay(void *context, const fc_progress *p)
{
    const fc_walk *w = context;
    return w->rounds->progress ? w->rounds->progress(w->rounds->context, w->run, w->runs, p) : 0;
}

static int cut(fc_walk *walk, int fold, nn_error *error)
{
    return walk->rows ? fc_fold_make(&walk->split, walk->rounds->folds, walk->gap, walk->rows, fold, error)
                      : NN_OK;
}

static size_t scored(const fc_walk *walk)
{
    return walk->scores->fold[walk->fold].scored;
}

/* The windows of the fold from the one numbered walk->done on, until it is time to fit again, and what comes
 * before them to learn from. */
static int next_windows(fc_walk *walk, nn_error *error)
{
    const fc_request *model = &walk->rounds->model;
    ds_windows *w = &walk->windows;
    int code = cut(walk, walk->fold, error);
    if (!code)
        code = ds_windows_make(&walk->split.test, "test", model->lookback, model->horizon, w, error);
    if (code)
        return code;
    w->stride = model->stride ? (size_t)model->stride : 1;
    const size_t begin = w->first + (size_t)w->lookback, origin = begin + walk->done * w->stride;
    w->first += walk->done * w->stride;
    w->count = scored(walk) - walk->done;
    if (!walk->refit)
        return NN_OK;
    const size_t turn = begin + ((origin - begin) / walk->refit + 1) * walk->refit,
                 until = (turn - origin + w->stride - 1) / w->stride;
    w->count = until < w->count ? until : w->count;
    (void)cut_before(&walk->split, walk->rounds->folds, walk->gap, walk->rows, origin);
    return NN_OK;
}

/* The training in hand, of a new model where there is none. */
static int fit(fc_walk *walk, const fc_trial *trial, fc_model **model, fc_request request, nn_error *error)
{
    fc_training training = *request.training;
    training.seed += (uint64_t)walk->seed;
    request.training = &training;
    request.progress = relay;
    request.context = walk;
    int code = NN_OK;
    if (!*model && !(code = fc_model_new(model, &request, error)) && trial->ready)
        code = trial->ready(walk, *model, error);
    if (!code && request.checkpoint)
        code = fc_checkpoint_part(request.checkpoint, walk->run, error);
    return code ? code : fc_fit(*model, &request, error);
}

/* To the training behind the one in hand. */
static int step(fc_walk *walk, nn_error *error)
{
    const int code = walk->rows ? next_windows(walk, error) : NN_OK;
    walk->run++;
    walk->done += walk->windows.count;
    if (walk->rows && walk->done < scored(walk))
        return code;
    walk->done = 0;
    if (++walk->seed < walk->rounds->folds->seeds)
        return code;
    walk->seed = 0;
    if (++walk->variant < walk->variants)
        return code;
    walk->variant = 0;
    walk->fold++;
    return code;
}

/* A training ahead of its turn, by a copy of what goes through the folds. */
typedef struct errand {
    const fc_walk *walk;
    const fc_trial *trial;
} errand;

static int fit_piece(void *context, int piece, fc_model **model, nn_error *error)
{
    const errand *self = context;
    fc_walk *walk = malloc(self->walk->state_size);
    int code = NN_OK;
    if (!walk)
        return nn_no_memory(error);
    memcpy(walk, self->walk, self->walk->state_size);
    while (walk->run < piece && !code)
        code = step(walk, error);
    if (!code)
        code = cut(walk, walk->fold, error);
    if (!code) {
        fc_request request = walk->rounds->model;
        request.split = &walk->split;
        code = self->trial->open(walk, &request, error);
        if (!code && walk->rows)
            code = next_windows(walk, error);
        if (!code)
            code = fit(walk, self->trial, model, request, error);
        if (self->trial->close)
            self->trial->close(walk);
    }
    free(walk);
    return code;
}

/* Several ranks train a network each, where there are enough of them to train: one that was trained ahead of
 * its turn is taken from who has it. */
static int fit_or_take(fc_walk *walk, const fc_trial *trial, fc_model **model, const fc_request *request,
                       nn_error *error)
{
    const int left = walk->runs + 1 - walk->run;
    errand self = {walk, trial};
    fc_request same = *request;
    int code = NN_OK;
    if (!request->kind->forecaster && !fc_ahead_has(walk->ahead, walk->run) &&
        fc_ahead_pays(left, request->training->shards)) {
        code = fc_ahead_go(walk->ahead, walk->run, left, fit_piece, &self, error);
        if (!code && !trial->close) /* what it opened may be in the copy's place */
            code = trial->open(walk, &same, error);
    }
    if (code || !fc_ahead_has(walk->ahead, walk->run))
        return code ? code : fit(walk, trial, model, *request, error);
    if (request->checkpoint)
        code = fc_checkpoint_part(request->checkpoint, walk->run, error);
    if (!code)
        code = fc_ahead_code(walk->ahead, walk->run, error);
    return code ? code : fc_ahead_model(model, walk->ahead, walk->run, error);
}

/* Fits, scores, and goes on until all windows of the fold are scored. What has no network goes on from what
 * it learnt; networks begin anew. */
static int train_once(fc_walk *walk, const fc_trial *trial, fc_request request, nn_error *error)
{
    fc_model *model = NULL;
    request.rolls = walk->refit && !walk->rounds->folds->sliding;
    int code = NN_OK;
    for (walk->done = 0; walk->done < scored(walk) && !code; walk->done += walk->windows.count) {
        walk->run++;
        if (walk->rows && (code = next_windows(walk, error)))
            break;
        if (model && !request.kind->forecaster) {
            fc_model_free(model);
            model = NULL;
        }
        code = fit_or_take(walk, trial, &model, &request, error);
        if (!code)
            code = trial->take(walk, model, &request, error);
        if (!walk->rows)
            break;
    }
    walk->done = 0;
    fc_model_free(model);
    return code;
}

/* All variants and seeds of a fold. */
static int run_fold(fc_walk *walk, const fc_trial *trial, nn_error *error)
{
    int code = cut(walk, walk->fold, error);
    for (walk->variant = 0; walk->variant < walk->variants && !code; walk->variant++) {
        fc_request request = walk->rounds->model;
        request.split = &walk->split;
        code = trial->open(walk, &request, error);
        for (walk->seed = 0; walk->seed < walk->rounds->folds->seeds && !code; walk->seed++)
            code = train_once(walk, trial, request, error);
        if (trial->close)
            trial->close(walk);
    }
    walk->at += walk->scores->fold[walk->fold].scored;
    return code ? nn_fail_within(error, "fold %d", walk->fold + 1) : NN_OK;
}

/* How often a model is fitted in all folds. */
static int count_fits(const fc_walk *walk)
{
    int fits = 0;
    const size_t stride = walk->rounds->model.stride ? (size_t)walk->rounds->model.stride : 1;
    for (int k = 0; k < walk->scores->folds; k++)
        fits += walk->refit ? 1 + (int)((walk->scores->fold[k].scored - 1) * stride / walk->refit) : 1;
    return fits;
}

int fc_walk_run(fc_walk *walk, const fc_trial *trial, nn_error *error)
{
    int code = NN_OK;
    fc_ahead ahead = {0};
    walk->runs = walk->variants * walk->rounds->folds->seeds * count_fits(walk);
    walk->ahead = &ahead;
    for (walk->fold = 0; walk->fold < walk->scores->folds && !code; walk->fold++)
        code = run_fold(walk, trial, error);
    fc_ahead_clear(&ahead);
    walk->ahead = NULL;
    return code;
}

/* --- before and after it --- */

static int plan_rows(fc_walk *walk, const ds_table *table, nn_error *error)
{
    const fc_request *model = &walk->rounds->model;
    const size_t stride = model->stride ? (size_t)model->stride : 1;
    const ds_split *s = &walk->split;
    for (int k = 0; k < walk->scores->folds; k++) {
        ds_windows windows;
        int code = cut(walk, k, error);
        if (!code)
            code = ds_windows_make(&s->test, "test", model->lookback, model->horizon, &windows, error);
        if (code)
            return nn_fail_within(error, "fold %d of %zu rows", k + 1, walk->rows);
        walk->scores->fold[k] = (fc_score_fold){.train = s->train.end - s->train.begin,
                                                .validation = s->validation.end - s->validation.begin,
                                                .test = s->test.end - s->test.begin,
                                                .scored = (windows.count - 1) / stride + 1,
                                                .begin = table->time[s->test.begin],
                                                .end = table->time[s->test.end - 1]};
        walk->scored += walk->scores->fold[k].scored;
    }
    return NN_OK;
}

int fc_walk_new(fc_scores **scores, const fc_rounds *rounds, const fc_walk_of *of, nn_error *error)
{
    int code = fc_scores_new(scores, of->tables, of->state_size, of->clear, error);
    if (code)
        return code;
    fc_scores *s = *scores;
    fc_walk *walk = s->state;
    *walk = (fc_walk){.rounds = rounds,
                      .scores = s,
                      .gap = of->gap,
                      .variants = of->variants,
                      .rows = of->rows,
                      .state_size = of->state_size};
    s->folds = rounds->folds->folds;
    s->fold = calloc((size_t)s->folds, sizeof *s->fold);
    s->rows_of = of->table;
    s->unit = of->table ? "windows" : "objects";
    if (!s->fold)
        return nn_no_memory(error);
    code = refit_rows(&walk->refit, rounds->folds->refit_every, of->table, error);
    return !code && of->table ? plan_rows(walk, of->table, error) : code;
}

void fc_walk_about(fc_walk *walk, const char *more)
{
    fc_scores *s = walk->scores;
    const fc_request *model = &walk->rounds->model;
    const int seeds = walk->rounds->folds->seeds;
    char sizes[100] = "";
    nn_json_set(s->about, "data", nn_json_text(walk->rounds->data));
    nn_json_set(s->about, "model", nn_json_text(model->kind->name));
    if (s->rows_of) {
        nn_json_set(s->about, "lookback", json_integer(model->lookback));
        nn_json_set(s->about, "horizon", json_integer(model->horizon));
        nn_json_set(s->about, "gap", json_integer(walk->gap));
        snprintf(sizes, sizeof sizes, ", look-back %d, horizon %d, gap %d", model->lookback, model->horizon,
                 walk->gap);
    }
    nn_json_set(s->about, "seeds", json_integer(seeds));
    nn_json_set(s->about, s->unit, json_integer((json_int_t)walk->scored));
    nn_json_set(s->about, "folds", json_null());
    nn_json_set(s->about, "scores", json_null());
    snprintf(s->lines, sizeof s->lines, "{data}: %d fold%s, {%s} %s, %d seed%s%s%s, in {seconds}\n", s->folds,
             s->folds == 1 ? "" : "s", s->unit, s->unit, seeds, seeds == 1 ? "" : "s", sizes, more);
}

/* --- through the task --- */

int fc_backtest(fc_scores **scores, const fc_rounds *rounds, nn_error *error)
{
    const double start = nn_seconds();
    const fc_request *model = &rounds->model;
    *scores = NULL;
    const int code = fc_task_for(model->kind, model->panel != NULL)->backtest(scores, rounds, error);
    if (!code) {
        nn_json_set((*scores)->about, "seconds", nn_json_real(nn_seconds() - start));
        return NN_OK;
    }
    fc_scores_free(*scores);
    *scores = NULL;
    return code;
}
