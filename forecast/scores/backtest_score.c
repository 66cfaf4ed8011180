/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast/scores/backtest_internal.h"
#include "forecast/scores/verdict.h"
#include "forecast/tasks/rivals_series.h"
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
    {"mse", "MSE", NULL, OF(mse), 6, -1, SHOWN}, {"spread", "+-", NULL, OF(spread), 6, 0, SHOWN}, {0}};
const fc_metric fc_backtest_price_metrics[] = {{"mse", "MSE, 1e-4", NULL, OF(mse), 6, -1, SHOWN, .unit = 1e4},
                                               {"spread", "+-", NULL, OF(spread), 6, 0, SHOWN, .unit = 1e4},
                                               {0}};
const fc_metric fc_backtest_metrics[] = {
    {"windows", "windows", NULL, OF(windows), FC_COUNT, 0, FC_SHOW(0, 0, FC_WHOLE)},
    {"least", "least", NULL, OF(least), 6, 0, JSON_ONLY},
    {"most", "most", NULL, OF(most), 6, 0, JSON_ONLY},
    {"r2", "R2", NULL, OF(r2), 4, 1, SHOWN},
    {"dm", "DM", NULL, OF(dm), 4, 0, NOT_TEXT},
    {"p", "p", NULL, OF(p), FC_P, 0, SHOWN},
    {"model_dm", "DM of model", NULL, OF(model_dm), 4, 0, NOT_TEXT},
    {"model_p", "p of model", NULL, OF(model_p), FC_P, 0, SHOWN},
    {0}};
const fc_metric fc_backtest_fold_metrics[] = {
    {"windows", "windows", NULL, offsetof(fc_backtest_fold, windows), FC_COUNT, 0, FC_SHOW(0, 0, FC_EACH)},
    {"mse", "MSE", NULL, offsetof(fc_backtest_fold, mse), 4, -1, FC_SHOW(0, FC_EACH, FC_EACH)},
    {0}};

static double *loss_of(const bt *self, int score, int seed)
{
    return self->loss[score * self->out->seeds + seed];
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
    snprintf(s->name, sizeof s->name, "%s", name);
    s->windows = out->windows;
    s->fold = calloc((size_t)out->folds, sizeof *s->fold);
    for (int k = 0; s->fold && k < out->folds; k++)
        s->fold[k].windows = out->fold_windows[k];
    return s->fold;
}

int bt_begin(bt *self, nn_error *error)
{
    fc_backtest *out = self->out;
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
        for (int b = 0; b < FC_RIVALS; b++)
            complete = add_score(self, fc_rival_names[b], false) && complete;
    const int count = out->score_count * out->seeds;
    self->loss = calloc((size_t)count, sizeof *self->loss);
    for (int i = 0; self->loss && i < count; i++)
        complete = (self->loss[i] = calloc(out->windows + 1, sizeof(double))) && complete;
    return complete && self->loss ? NN_OK : nn_no_memory(error);
}

/* --- tables --- */

/* Scaled errors of one window against what the table has. */
typedef struct window_sum {
    double squares;
    size_t count;
} window_sum;

static void add_error(window_sum *sum, const ds_table *t, size_t row, int column, double forecast,
                      double scale)
{
    const size_t at = row * (size_t)t->columns + (size_t)column;
    const double e = (forecast - t->values[at]) / scale;
    if (isnan(e) || (t->filled && t->filled[at]))
        return;
    sum->squares += e * e;
    sum->count++;
}

static double naive_value(const ds_table *t, size_t row, int h, int column, int season, int which)
{
    const size_t n = (size_t)t->columns, period = (size_t)season;
    const size_t from = which == 0 || row < period ? row - 1 : row - period + (size_t)h % period;
    return t->values[from * n + (size_t)column];
}

/* which: -1 the model's values, else a naive forecast's number. */
static void table_losses(double *loss, const bt *self, const bt_result *r, const ds_table *table, int which)
{
    const fc_model *m = r->model;
    const int season =
        self->recipe->season > 0 ? self->recipe->season : ds_frequency_season(table->frequency);
    const double *value = r->values;
    for (size_t w = 0; w < r->windows.count; w++) {
        const size_t row = r->windows.first + w + (size_t)r->windows.lookback;
        window_sum sum = {0, 0};
        for (int h = 0; h < r->windows.horizon; h++)
            for (int j = 0; j < m->columns; j++) {
                if (!m->is_target[j])
                    continue;
                const double own = *value++;
                const double f = which < 0 ? own : naive_value(table, row, h, j, season, which);
                add_error(&sum, table, row + (size_t)h, j, f, m->scaler.scale[j]);
            }
        loss[w] = sum.count ? sum.squares / (double)sum.count : NAN;
    }
}

static void take_table(bt *self, const bt_result *r, const fc_prepared *prepared, int variant, int seed)
{
    table_losses(loss_of(self, variant, seed) + self->at, self, r, prepared->table, -1);
    for (int b = 0; b < FC_RIVALS && variant == 0 && seed == 0; b++)
        table_losses(loss_of(self, first_naive(self) + b, 0) + self->at, self, r, prepared->table, b);
}

/* --- prices --- */

static void add_losses(double *to, const fc_paths *paths, int kind, double share, double *scratch)
{
    fc_paths_losses(scratch, paths, kind);
    for (size_t i = 0; i < paths->windows; i++)
        to[i] += share * scratch[i];
}

static int take_prices(bt *self, const bt_result *r, int variant, int seed, nn_error *error)
{
    fc_backtest *out = self->out;
    const int tickers = fc_market_targets(fc_model_market(r->model));
    double *scratch = malloc((r->windows.count + 1) * sizeof *scratch);
    out->tickers = tickers;
    if (!self->paths)
        self->paths = calloc((size_t)(out->seeds * tickers) + 1, sizeof *self->paths);
    int code = scratch && self->paths ? NN_OK : nn_no_memory(error);
    for (int i = 0; i < tickers && !code; i++) {
        fc_paths paths;
        code = fc_paths_make(&paths, r->model, self->prices, &r->windows, r->values, i, error);
        if (code)
            break;
        const double share = 1.0 / tickers;
        add_losses(loss_of(self, variant, seed) + self->at, &paths, FC_BY_MODEL, share, scratch);
        for (int k = FC_BY_LAST; k < FC_PATH_KINDS && variant == 0 && seed == 0; k++)
            add_losses(loss_of(self, first_naive(self) + k - 1, 0) + self->at, &paths, k, share, scratch);
        if (variant == 0)
            code = fc_paths_append(&self->paths[seed * tickers + i], &paths, error);
        fc_paths_clear(&paths);
    }
    free(scratch);
    return code;
}

int bt_take(bt *self, const bt_result *result, const fc_prepared *prepared, int fold, int variant, int seed,
            nn_error *error)
{
    (void)fold;
    if (self->prices)
        return take_prices(self, result, variant, seed, error);
    take_table(self, result, prepared, variant, seed);
    return NN_OK;
}

/* --- all folds --- */

static double mean_of(const double *values, size_t count)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i])) {
            sum += values[i];
            n++;
        }
    return n ? sum / (double)n : NAN;
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
        const double *loss = loss_of(self, i, k), mse = mean_of(loss, out->windows);
        size_t at = 0;
        s->mse += mse / seeds;
        s->least = fmin(s->least, mse);
        s->most = fmax(s->most, mse);
        for (int f = 0; f < out->folds; at += out->fold_windows[f++])
            s->fold[f].mse += mean_of(loss + at, out->fold_windows[f]) / seeds;
    }
    for (int k = 0; k < seeds; k++) {
        const double d = mean_of(loss_of(self, i, k), out->windows) - s->mse;
        squares += d * d;
    }
    s->spread = !s->trained ? NAN : seeds > 1 ? sqrt(squares / (seeds - 1)) : 0;
    /* The first array becomes the mean over the seeds, which the tests compare. */
    double *first = loss_of(self, i, 0);
    for (size_t w = 0; w < out->windows; w++)
        for (int k = 1; k < seeds; k++)
            first[w] = (first[w] * k + loss_of(self, i, k)[w]) / (k + 1);
}

static void compare(const bt *self, double *dm, double *p, int a, int b)
{
    const fc_dm test =
        fc_compare(loss_of(self, a, 0), loss_of(self, b, 0), self->out->windows, (size_t)self->out->horizon);
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
                                     &self->recipe->strategy, error);
    }
    return code;
}

static void pronounce(fc_backtest *b, bool alone)
{
    static const fc_words words = {
        "{model} beats {rival} over {what} folds: its MSE is {by} lower ({p}).",
        "The MSE of {model} is lower than that of {rival} over {what} folds, by {by}, but that may be chance "
        "({p}).",
        "{model} does NOT beat {rival} over {what} folds: its MSE is {by} higher ({p}).", 6, 2};
    const fc_backtest_score *m = &b->score[0], *r = &b->score[b->reference];
    char p[24], folds[16];
    snprintf(folds, sizeof folds, "%d", b->folds);
    const fc_match match = {.model = m->name,
                            .rival = r->name,
                            .metric = fc_metric_find(fc_backtest_table_metrics, "mse"),
                            .record = m,
                            .rival_record = r,
                            .statistic = m->dm,
                            .p = m->p,
                            .what = folds};
    b->beats_reference = fc_judge(b->verdict, sizeof b->verdict, &words, &match);
    int best = b->reference, at = (int)strlen(b->verdict);
    for (int i = alone ? 2 : 1; i < b->score_count; i++)
        if (b->score[i].mse < b->score[best].mse)
            best = i;
    const fc_backtest_score *n = &b->score[best];
    if (best != b->reference && n->mse < m->mse)
        at += snprintf(b->verdict + at, sizeof b->verdict - (size_t)at, " The best of all here is %s.",
                       n->name);
    if (alone) {
        const fc_backtest_score *other = &b->score[1];
        fc_p_text(other->model_p, p);
        snprintf(b->verdict + at, sizeof b->verdict - (size_t)at,
                 " With the other columns its MSE is %.2f%% %s than without (%s).",
                 100 * fabs(1 - m->mse / other->mse), m->mse < other->mse ? "lower" : "higher", p);
    }
}

int bt_finish(bt *self, nn_error *error)
{
    fc_backtest *out = self->out;
    for (int i = 0; i < out->score_count; i++)
        score_one(self, i);
    for (int i = out->reference; i < out->score_count && !self->prices;
         i++) /* of a table the best naive one */
        out->reference = out->score[i].mse < out->score[out->reference].mse ? i : out->reference;
    for (int i = 0; i < out->score_count; i++) {
        fc_backtest_score *s = &out->score[i];
        const double reference = out->score[out->reference].mse;
        s->r2 = reference > 0 ? 1 - s->mse / reference : NAN;
        compare(self, &s->dm, &s->p, i, out->reference);
        compare(self, &s->model_dm, &s->model_p, 0, i);
    }
    pronounce(out, self->folds->alone);
    return self->prices ? score_prices(self, error) : NN_OK;
}

void bt_clear(bt *self)
{
    const fc_backtest *out = self->out;
    for (int i = 0; self->loss && i < out->score_count * out->seeds; i++)
        free(self->loss[i]);
    for (int i = 0; self->paths && i < out->seeds * out->tickers; i++)
        fc_paths_clear(&self->paths[i]);
    free(self->loss);
    free(self->paths);
}
