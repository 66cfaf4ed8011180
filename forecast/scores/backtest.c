/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains a model of a table, or of prices, in fold after fold, and plans the folds. */
#include "forecast/scores/backtest.h"

#include "forecast/scores/backtest_internal.h"
#include "forecast/scores/verdict.h"
#include "lib/base/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- running --- */

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

/* variant 0: the model, 1: alone. */
static int open_fold(fc_walk *walk, fc_request *request, nn_error *error)
{
    static const ds_correlate_settings nobody = {.threshold = 1, .top = 0};
    bt *self = (bt *)walk;
    const ds_split *split = &self->out->split[walk->fold];
    fc_preparation how = self->recipe->preparation;
    how.selection = walk->variant ? &nobody : how.selection;
    const fc_prepared *prepared = &self->prepared;
    int code = fc_prepare(&self->prepared, self->all, self->prices, &how, split, error);
    if (code)
        return code;
    if (walk->variant == 0 && !(self->out->columns[walk->fold] = names_of(prepared->table)))
        return nn_no_memory(error);
    request->table = prepared->table;
    request->targets = prepared->targets;
    request->split = split;
    return NN_OK;
}

static int ready(fc_walk *walk, fc_model *model, nn_error *error)
{
    bt *self = (bt *)walk;
    fc_market market;
    if (!self->prepared.market.prices.prices)
        return NN_OK;
    int code = fc_market_copy(&market, &self->prepared.market, error);
    if (!code)
        fc_model_take_market(model, &market);
    return code;
}

static int take(fc_walk *walk, const fc_model *model, const fc_request *request, nn_error *error)
{
    ds_windows windows;
    const int code =
        ds_windows_make(&request->split->test, "test", model->lookback, model->horizon, &windows, error);
    return code ? code : bt_take((bt *)walk, model, &windows, error);
}

static void close_fold(fc_walk *walk)
{
    bt *self = (bt *)walk;
    fc_prepared_clear(&self->prepared);
    if (walk->variant == walk->variants - 1)
        self->at += self->out->fold_windows[walk->fold];
}

static const fc_trial trial = {.open = open_fold, .ready = ready, .take = take, .close = close_fold};

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

int fc_backtest_gap(const fc_recipe *recipe, const fc_folds *folds)
{
    const ds_price_settings *p = recipe->preparation.prices;
    const int overlap = p && p->prices && p->smooth_target ? p->smooth : 0;
    return folds->gap > overlap ? folds->gap : overlap;
}

int fc_backtest_run(fc_backtest **result, const fc_recipe *recipe, const fc_folds *folds, const ds_table *all,
                    const ds_prices *prices, fc_backtest_progress progress, void *context, nn_error *error)
{
    const double start = nn_seconds();
    bt self = {.walk = {.model = &recipe->model,
                        .folds = folds,
                        .variants = folds->alone ? 2 : 1,
                        .progress = progress,
                        .context = context},
               .recipe = recipe,
               .folds = folds,
               .all = all,
               .prices = prices};
    *result = NULL;
    fc_backtest *out = self.out = calloc(1, sizeof *out);
    if (!out)
        return nn_no_memory(error);
    *out = (fc_backtest){.folds = folds->folds,
                         .seeds = folds->seeds,
                         .horizon = recipe->model.horizon,
                         .gap = fc_backtest_gap(recipe, folds)};
    int code = plan_folds(&self, error);
    if (!code)
        code = bt_begin(&self, error);
    if (!code)
        code = fc_walk_run(&self.walk, &trial, error);
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
        fc_entry_clear(&b->score[i].base);
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
