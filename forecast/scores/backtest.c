/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast/scores/backtest.h"

#include "forecast/scores/backtest_internal.h"
#include "forecast/scores/verdict.h"
#include "lib/base/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* --- running --- */

static int relay(void *context, const fc_progress *p)
{
    const bt_watch *w = context;
    return w->progress ? w->progress(w->context, w->run, w->runs, p) : 0;
}

/* One training of one fold; its forecasts of the test windows. */
static int train_once(bt_result *result, const bt *self, const fc_prepared *prepared, const ds_split *split,
                      uint64_t seed, nn_error *error)
{
    const fc_recipe *r = self->recipe;
    fc_model *model;
    *result = (bt_result){0};
    fc_training training = *r->model.training;
    fc_request request = r->model;
    training.seed = seed;
    request.training = &training;
    request.table = prepared->table;
    request.targets = prepared->targets;
    request.split = split;
    request.progress = relay;
    request.context = self->watch;
    int code = fc_model_new(&model, &request, error);
    if (code)
        return code;
    fc_market market;
    if (prepared->market.prices.prices && !(code = fc_market_copy(&market, &prepared->market, error)))
        fc_model_take_market(model, &market);
    if (!code)
        code =
            ds_windows_make(&split->test, "test", model->lookback, model->horizon, &result->windows, error);
    if (!code)
        code = fc_fit(model, &request, error);
    if (!code)
        code = fc_collect(&result->values, model, prepared->table, &result->windows, request.threads, error);
    result->model = model;
    if (code) {
        bt_result_clear(result);
        return code;
    }
    return NN_OK;
}

void bt_result_clear(bt_result *result)
{
    fc_model_free(result->model);
    free(result->values);
    *result = (bt_result){0};
}

static char *names_of(const ds_table *table)
{
    size_t size = 1;
    for (int j = 0; j < table->columns; j++)
        size += strlen(table->names[j]) + 2;
    char *text = calloc(1, size), *end = text;
    for (int j = 0; text && j < table->columns; j++)
        end = stpcpy(stpcpy(end, j ? ", " : ""), table->names[j]);
    return text;
}

/* All seeds of one variant of one fold. variant 0: the model, 1: alone. */
static int run_variant(bt *self, int fold, int variant, nn_error *error)
{
    static const ds_correlate_settings nobody = {.threshold = 1, .top = 0};
    const ds_split *split = &self->out->split[fold];
    fc_preparation how = self->recipe->preparation;
    how.selection = variant ? &nobody : how.selection;
    fc_prepared prepared;
    int code = fc_prepare(&prepared, self->all, self->prices, &how, split, error);
    if (code)
        return code;
    if (variant == 0 && !(self->out->columns[fold] = names_of(prepared.table)))
        code = nn_no_memory(error);
    for (int s = 0; s < self->out->seeds && !code; s++) {
        bt_result result;
        self->watch->run++;
        code = train_once(&result, self, &prepared, split, self->recipe->model.training->seed + (uint64_t)s,
                          error);
        if (code)
            break;
        code = bt_take(self, &result, &prepared, fold, variant, s, error);
        bt_result_clear(&result);
    }
    fc_prepared_clear(&prepared);
    return code;
}

static int run_folds(bt *self, nn_error *error)
{
    const int variants = self->folds->alone ? 2 : 1;
    int code = NN_OK;
    self->watch->runs = variants * self->out->folds * self->out->seeds;
    for (int fold = 0; fold < self->out->folds && !code; fold++) {
        for (int v = 0; v < variants && !code; v++)
            code = run_variant(self, fold, v, error);
        self->at += self->out->fold_windows[fold];
        if (code)
            nn_fail_within(error, "fold %d", fold + 1);
    }
    return code;
}

/* --- planning --- */

static int plan_folds(bt *self, nn_error *error)
{
    fc_backtest *out = self->out;
    const size_t n = (size_t)out->folds;
    out->split = calloc(n, sizeof *out->split);
    out->fold_windows = calloc(n, sizeof *out->fold_windows);
    out->begin = calloc(n, sizeof *out->begin);
    out->end = calloc(n, sizeof *out->end);
    out->columns = calloc(n, sizeof *out->columns);
    if (!out->split || !out->fold_windows || !out->begin || !out->end || !out->columns)
        return nn_no_memory(error);
    for (int k = 0; k < out->folds; k++) {
        ds_windows windows;
        int code = fc_fold_make(&out->split[k], self->folds, out->gap, self->all->rows, k, error);
        if (!code)
            code = ds_windows_make(&out->split[k].test, "test", self->recipe->model.lookback,
                                   self->recipe->model.horizon, &windows, error);
        if (code)
            return nn_fail_within(error, "fold %d of %zu rows", k + 1, self->all->rows);
        out->fold_windows[k] = windows.count;
        out->windows += windows.count;
        out->begin[k] = self->all->time[out->split[k].test.begin];
        out->end[k] = self->all->time[out->split[k].test.end - 1];
    }
    return NN_OK;
}

int fc_backtest_run(fc_backtest **result, const fc_recipe *recipe, const fc_folds *folds, const ds_table *all,
                    const ds_prices *prices, fc_backtest_progress progress, void *context, nn_error *error)
{
    const double start = nn_seconds();
    bt_watch watch = {.progress = progress, .context = context};
    bt self = {.recipe = recipe, .folds = folds, .all = all, .prices = prices, .watch = &watch};
    *result = NULL;
    fc_backtest *out = self.out = calloc(1, sizeof *out);
    if (!out)
        return nn_no_memory(error);
    const ds_price_settings *p = recipe->preparation.prices;
    const int overlap = p && p->prices && p->smooth_target ? p->smooth : 0;
    *out = (fc_backtest){.folds = folds->folds,
                         .seeds = folds->seeds,
                         .horizon = recipe->model.horizon,
                         .gap = folds->gap > overlap ? folds->gap : overlap};
    int code = plan_folds(&self, error);
    if (!code)
        code = bt_begin(&self, error);
    if (!code)
        code = run_folds(&self, error);
    if (!code)
        code = bt_finish(&self, error);
    bt_clear(&self);
    out->seconds = nn_seconds() - start;
    if (code)
        fc_backtest_free(out);
    else
        *result = out;
    return code;
}

void fc_backtest_free(fc_backtest *b)
{
    if (!b)
        return;
    for (int k = 0; b->columns && k < b->folds; k++)
        free(b->columns[k]);
    for (int i = 0; i < b->score_count; i++) {
        fc_score_clear(&b->score[i].base);
        free(b->score[i].fold);
    }
    fc_market_reports_free(b->reports, b->seeds * b->tickers);
    free(b->split);
    free(b->fold_windows);
    free(b->begin);
    free(b->end);
    free(b->columns);
    free(b);
}
