/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a backtest gathers in its folds, and the scores that come of it. */
#include "forecast/scores/backtest_internal.h"

#include "datasets/series/season.h"
#include "forecast/scores/evaluate.h"
#include "forecast/scores/verdict.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN     FC_SHOW(FC_WHOLE, FC_WHOLE, FC_WHOLE)
#define NOT_TEXT  FC_SHOW(0, FC_WHOLE, FC_WHOLE)
#define JSON_ONLY FC_SHOW(0, FC_WHOLE, 0)
#define OF(field) offsetof(fc_backtest_score, field)
const fc_metric fc_backtest_table_metrics[] = {
    {"mse", "MSE", "mean squared error of scaled values, or of returns", OF(base.all.mse), 6, -1, SHOWN},
    {"spread", "+-", "its standard deviation over the seeds", OF(spread), 6, 0, SHOWN},
    {0}};
const fc_metric fc_backtest_price_metrics[] = {
    {"mse", "MSE, 1e-4", NULL, OF(base.all.mse), 6, -1, SHOWN, .unit = 1e4},
    {"spread", "+-", NULL, OF(spread), 6, 0, SHOWN, .unit = 1e4},
    {0}};
const fc_metric fc_backtest_metrics[] = {
    {"windows", "windows", NULL, OF(windows), FC_COUNT, 0, FC_SHOW(0, 0, FC_WHOLE)},
    {"least", "least", NULL, OF(least), 6, 0, JSON_ONLY},
    {"most", "most", NULL, OF(most), 6, 0, JSON_ONLY},
    {"r2", "R2", "1 less the MSE over that of the naive forecast", OF(r2), 4, 1, SHOWN},
    {"dm", "DM", NULL, OF(base.dm), 4, 0, NOT_TEXT},
    {"p", "p", "how often this and the naive forecast would differ as much if equally good", OF(base.p), FC_P,
     0, SHOWN},
    {"model_dm", "DM of model", NULL, OF(model_dm), 4, 0, NOT_TEXT},
    {"model_p", "p of model", "the same for the model and this forecast", OF(model_p), FC_P, 0, SHOWN},
    {.more = fc_relative_metrics}};
const fc_metric fc_backtest_fold_metrics[] = {
    {"windows", "windows", NULL, offsetof(fc_backtest_fold, windows), FC_COUNT, 0, FC_SHOW(0, 0, FC_EACH)},
    {"mse", "MSE", NULL, offsetof(fc_backtest_fold, errors.mse), 4, -1, FC_SHOW(0, FC_EACH, FC_EACH)},
    {"r2", NULL, NULL, 0, 0, 0, FC_SHOW(0, 0, 0)}, /* that of a backtest is against naive forecasts */
    {.more = fc_relative_metrics}};

static fc_tally *tally_of(const bt *self, int score, int seed)
{
    return &self->tally[score * self->out->seeds + seed];
}

/* Index of the first naive forecast: behind the model and, where it is trained, the model alone. */
static int first_naive(const bt *self)
{
    return self->folds->alone ? 2 : 1;
}

static bool add_score(bt *self, const char *name, bool trained)
{
    fc_backtest *out = self->out;
    fc_backtest_score *s = &out->score[out->score_count++];
    s->trained = trained;
    snprintf(s->base.name, sizeof s->base.name, "%s", name);
    s->windows = out->windows;
    s->fold = calloc((size_t)out->folds, sizeof *s->fold);
    for (int k = 0; s->fold && k < out->folds; k++)
        s->fold[k].windows = out->fold_windows[k];
    return s->fold;
}

/* Where neither the calendar nor the rows to learn from show a season, the last one is the last value. */
static int count_rivals(bt *self, nn_error *error)
{
    ds_season season = {self->recipe->model.season, false};
    int code = NN_OK;
    if (!season.rows)
        code = ds_season_of(self->all, self->out->split[self->out->folds - 1].train, NULL, &season, error);
    self->rivals = season.rows > 1 ? FC_RIVALS : FC_RIVALS - 1;
    self->out->season = season.rows;
    self->out->season_found = season.found;
    return code;
}

int bt_begin(bt *self, nn_error *error)
{
    fc_backtest *out = self->out;
    if (!self->prices && count_rivals(self, error))
        return error ? error->code : NN_FAILED;
    char alone[48];
    snprintf(alone, sizeof alone, "%.30s, targets alone", self->recipe->model.kind->name);
    bool complete = add_score(self, self->recipe->model.kind->name, true);
    if (self->folds->alone)
        complete = add_score(self, alone, true) && complete;
    out->reference = out->score_count;
    if (self->prices)
        for (int k = FC_BY_LAST; k < FC_PATH_KINDS; k++)
            complete = add_score(self, fc_path_names[k], false) && complete;
    else
        for (int b = 0; b < self->rivals; b++)
            complete = add_score(self, fc_rival_names[b], false) && complete;
    const int count = out->score_count * out->seeds;
    self->series = (size_t)(self->prices ? self->prices->close->columns : self->all->columns);
    const size_t parts = self->series * (size_t)out->folds;
    self->tally = calloc((size_t)count, sizeof *self->tally);
    self->naive = calloc(parts, sizeof *self->naive);
    if (!complete || !self->tally || !self->naive)
        return nn_no_memory(error);
    for (size_t i = 0; i < parts; i++)
        self->naive[i] = (fc_naive){.absolute = NAN};
    int code = NN_OK;
    for (int i = 0; i < count && !code; i++)
        code = fc_tally_make(&self->tally[i], parts, (size_t)out->horizon, out->windows, error);
    return code;
}

/* --- tables --- */

static int take_table(bt *self, const fc_model *model, const ds_windows *windows, nn_error *error)
{
    const fc_walk *w = &self->walk;
    const ds_table *table = self->prepared.table;
    const ds_part train = self->out->split[w->fold].train;
    const size_t series = (size_t)w->fold * self->series;
    const int season = fc_model_season(model);
    const bool first = w->variant == 0 && w->seed == 0; /* when the rivals are scored too */
    fc_tally tallies[FC_FORECASTERS] = {0};
    for (int i = 0; i < (first ? 1 + self->rivals : 1); i++) {
        const fc_tally *all =
            i ? tally_of(self, first_naive(self) + i - 1, 0) : tally_of(self, w->variant, w->seed);
        tallies[i] = (fc_tally){all->each + series, all->step, all->loss + self->at};
    }
    fc_scope scope;
    size_t skipped;
    int code = fc_scope_make(&scope, model, table, NULL, error);
    if (code)
        return code;
    code = model->kind->forecaster ? NN_OK : fc_scope_check_known(&scope, table, error);
    if (!code)
        code = fc_score_windows(tallies, &skipped, &scope, model, windows, train, season, w->model->threads,
                                error);
    for (int k = 0; k < scope.view.targets && first && !code; k++)
        self->naive[series + (size_t)k] = fc_naive_errors(&scope.view, train, k, season);
    for (int k = 0; k < scope.view.targets && !code; k++)
        if (!isfinite(tallies[0].each[k].square))
            code = nn_fail(error, NN_FAILED, "the model's forecasts are not finite");
    fc_scope_clear(&scope);
    return code;
}

/* --- prices --- */

static int take_prices(bt *self, const fc_model *model, const ds_windows *windows, const double *values,
                       nn_error *error)
{
    const int fold = self->walk.fold, variant = self->walk.variant, seed = self->walk.seed;
    fc_backtest *out = self->out;
    const int tickers = fc_market_targets(fc_model_market(model));
    out->tickers = tickers;
    if (!self->paths)
        self->paths = calloc((size_t)(out->seeds * tickers) + 1, sizeof *self->paths);
    int code = self->paths ? NN_OK : nn_no_memory(error);
    for (int i = 0; i < tickers && !code; i++) {
        fc_paths paths;
        code = fc_paths_make(&paths, model, self->prices, windows, values, i, error);
        if (code)
            break;
        const double share = 1.0 / tickers;
        const size_t series = (size_t)fold * self->series + (size_t)i;
        self->naive[series] = fc_market_naive(model, self->prices, i, out->split[fold].train);
        fc_paths_add(tally_of(self, variant, seed), series, self->at, share, &paths, FC_BY_MODEL);
        for (int k = FC_BY_LAST; k < FC_PATH_KINDS && variant == 0 && seed == 0; k++)
            fc_paths_add(tally_of(self, first_naive(self) + k - 1, 0), series, self->at, share, &paths, k);
        if (variant == 0)
            code = fc_paths_append(&self->paths[seed * tickers + i], &paths, error);
        fc_paths_clear(&paths);
    }
    return code;
}

int bt_take(bt *self, const fc_model *model, const ds_windows *windows, nn_error *error)
{
    double *values = NULL;
    if (!self->prices)
        return take_table(self, model, windows, error);
    int code = fc_collect(&values, model, self->prepared.table, windows, self->walk.model->threads, error);
    if (!code)
        code = take_prices(self, model, windows, values, error);
    free(values);
    return code;
}

/* --- all folds --- */

/* All folds of a seed, or one. */
static fc_errors errors_of(const bt *self, int score, int seed, int fold)
{
    const size_t from = fold < 0 ? 0 : (size_t)fold * self->series;
    const size_t count = self->series * (fold < 0 ? (size_t)self->out->folds : 1);
    return fc_errors_joined(tally_of(self, score, seed)->each + from, self->naive + from, count);
}

static void score_one(const bt *self, int i)
{
    const fc_backtest *out = self->out;
    fc_backtest_score *s = &self->out->score[i];
    const int seeds = s->trained ? out->seeds : 1;
    double squares = 0;
    s->least = INFINITY;
    s->most = -INFINITY;
    for (int k = 0; k < seeds; k++) {
        const fc_errors all = errors_of(self, i, k, -1);
        fc_errors_add(&s->base.all, &all, 1.0 / seeds);
        s->least = fmin(s->least, all.mse);
        s->most = fmax(s->most, all.mse);
        for (int f = 0; f < out->folds; f++) {
            const fc_errors own = errors_of(self, i, k, f);
            fc_errors_add(&s->fold[f].errors, &own, 1.0 / seeds);
        }
    }
    for (int k = 0; k < seeds; k++) {
        const double d = errors_of(self, i, k, -1).mse - s->base.all.mse;
        squares += d * d;
    }
    s->spread = !s->trained ? NAN : seeds > 1 ? sqrt(squares / (seeds - 1)) : 0;
    /* The first array becomes the mean over the seeds, which the tests compare. */
    double *loss = s->base.loss = tally_of(self, i, 0)->loss;
    tally_of(self, i, 0)->loss = NULL;
    for (size_t w = 0; w < out->windows; w++)
        for (int k = 1; k < seeds; k++)
            loss[w] = (loss[w] * k + tally_of(self, i, k)->loss[w]) / (k + 1);
}

static void compare(const bt *self, double *dm, double *p, int a, int b)
{
    const fc_dm test = fc_compare(self->out->score[a].base.loss, self->out->score[b].base.loss,
                                  self->out->windows, (size_t)self->out->horizon);
    *dm = test.statistic;
    *p = test.p;
}

static int score_prices(bt *self, nn_error *error)
{
    fc_backtest *out = self->out;
    const int count = out->seeds * out->tickers;
    int code = NN_OK;
    out->reports = calloc((size_t)count + 1, sizeof *out->reports);
    if (!out->reports)
        return nn_no_memory(error);
    const char *target = self->recipe->preparation.target;
    for (int i = 0; i < count && !code; i++) {
        char name[64];
        const char *list = target && *target ? target : NULL;
        int k = i % out->tickers;
        /* The targets stand in the order of the prices' tickers. */
        const char *ticker = NULL;
        for (int j = 0; j < self->prices->close->columns && !ticker; j++) {
            const char *one = self->prices->close->names[j];
            if ((!list || nn_list_has(list, one)) && k-- == 0)
                ticker = one;
        }
        snprintf(name, sizeof name, "%s", self->recipe->model.kind->name);
        code = fc_market_score_paths(&out->reports[i], &self->paths[i], ticker ? ticker : "", name,
                                     &self->recipe->strategy, NULL, error);
    }
    return code;
}

typedef struct sentences {
    char beats[120], chance[160], loses[120];
} sentences;

static void write_sentences(sentences *s, const char *score)
{
    snprintf(s->beats, sizeof s->beats,
             "{model} beats {rival} over {what} folds: its %s is {by} lower ({p}).", score);
    snprintf(s->chance, sizeof s->chance,
             "The %s of {model} is lower than that of {rival} over {what} folds, by {by}, but that may be "
             "chance ({p}).",
             score);
    snprintf(s->loses, sizeof s->loses,
             "{model} does NOT beat {rival} over {what} folds: its %s is {by} higher ({p}).", score);
}

static double judged(const fc_backtest_score *s)
{
    return fc_errors_judged(&s->base.all);
}

static void pronounce(fc_backtest *b, const char *score, bool alone)
{
    sentences text;
    write_sentences(&text, score);
    const fc_words words = {text.beats, text.chance, text.loses, 6, 2};
    const fc_backtest_score *m = &b->score[0], *r = &b->score[b->reference];
    char p[24], folds[16];
    snprintf(folds, sizeof folds, "%d", b->folds);
    const fc_match match = {.model = m->base.name,
                            .rival = r->base.name,
                            .metric = fc_judged_metric(&m->base.all),
                            .record = &m->base.all,
                            .rival_record = &r->base.all,
                            .statistic = m->base.dm,
                            .p = m->base.p,
                            .what = folds};
    b->beats_reference = fc_judge(b->verdict, sizeof b->verdict, &words, &match);
    int best = b->reference, at = (int)strlen(b->verdict);
    for (int i = alone ? 2 : 1; i < b->score_count; i++)
        if (judged(&b->score[i]) < judged(&b->score[best]))
            best = i;
    const fc_backtest_score *n = &b->score[best];
    if (best != b->reference && judged(n) < judged(m))
        at += snprintf(b->verdict + at, sizeof b->verdict - (size_t)at, " The best of all here is %s.",
                       n->base.name);
    if (alone) {
        const fc_backtest_score *other = &b->score[1];
        fc_p_text(other->model_p, p);
        snprintf(b->verdict + at, sizeof b->verdict - (size_t)at,
                 " With the other columns its %s is %.2f%% %s than without (%s).", score,
                 100 * fabs(1 - judged(m) / judged(other)), judged(m) < judged(other) ? "lower" : "higher",
                 p);
    }
}

int bt_finish(bt *self, nn_error *error)
{
    fc_backtest *out = self->out;
    for (int i = 0; i < out->score_count; i++)
        score_one(self, i);
    for (int i = out->reference; i < out->score_count && !self->prices;
         i++) /* of a table the best naive one */
        out->reference = judged(&out->score[i]) < judged(&out->score[out->reference]) ? i : out->reference;
    for (int i = 0; i < out->score_count; i++) {
        fc_backtest_score *s = &out->score[i];
        const double reference = out->score[out->reference].base.all.mse;
        s->r2 = reference > 0 ? 1 - s->base.all.mse / reference : NAN;
        compare(self, &s->base.dm, &s->base.p, i, out->reference);
        compare(self, &s->model_dm, &s->model_p, 0, i);
    }
    char name[40];
    const bool squares = !(out->score[0].base.all.loss > 0) || !self->recipe->model.training;
    pronounce(out, squares ? "MSE" : fc_loss_name(self->recipe->model.training, name), self->folds->alone);
    return self->prices ? score_prices(self, error) : NN_OK;
}

void bt_clear(bt *self)
{
    const fc_backtest *out = self->out;
    for (int i = 0; self->tally && i < out->score_count * out->seeds; i++)
        fc_tally_clear(&self->tally[i]);
    for (int i = 0; self->paths && i < out->seeds * out->tickers; i++)
        fc_paths_clear(&self->paths[i]);
    free(self->tally);
    free(self->naive);
    free(self->paths);
}
