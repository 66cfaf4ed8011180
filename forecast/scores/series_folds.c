/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model of a table, or of prices, over folds in time, beside naive forecasts. */
#include "forecast/scores/gather.h"

#include "datasets/series/season.h"
#include "forecast/scores/evaluate.h"
#include "forecast/scores/intervals.h"
#include "forecast/scores/prices_folds.h"
#include "forecast/scores/verdict.h"
#include "forecast/tasks/series/series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN     FC_SHOW(FC_WHOLE, FC_WHOLE, FC_WHOLE)
#define NOT_TEXT  FC_SHOW(0, FC_WHOLE, FC_WHOLE)
#define JSON_ONLY FC_SHOW(0, FC_WHOLE, 0)
#define OF(field) offsetof(fc_fold_entry, field)
static const fc_metric further[] = {
    {"windows", "windows", NULL, OF(windows), FC_COUNT, 0, FC_SHOW(0, 0, FC_WHOLE)},
    {"least", "least", NULL, OF(least), 6, 0, JSON_ONLY},
    {"most", "most", NULL, OF(most), 6, 0, JSON_ONLY},
    {"r2", "R2", "1 less the MSE over that of the naive forecast", OF(r2), 4, 1, SHOWN},
    {"dm", "DM", NULL, OF(base.dm), 4, 0, NOT_TEXT},
    {"p", "p", "how often this and the naive forecast would differ as much if equally good", OF(base.p), FC_P,
     0, SHOWN},
    {"model_dm", "DM of model", NULL, OF(dm), 4, 0, NOT_TEXT},
    {"model_p", "p of model", "the same for the model and this forecast", OF(p), FC_P, 0, SHOWN},
    {"model_p_holm", NULL, NULL, OF(p_holm), FC_P, 0, NOT_TEXT},
    {.more = fc_relative_metrics}};
const fc_metric fc_backtest_metrics[] = {
    {"mse", "MSE", "mean squared error of scaled values, or of returns", OF(base.all.mse), 6, -1, SHOWN},
    {"spread", "+-", "its standard deviation over the seeds", OF(spread), 6, 0, SHOWN},
    {.more = further}};
static const fc_metric price_metrics[] = {
    {"mse", "MSE, 1e-4", NULL, OF(base.all.mse), 6, -1, SHOWN, .unit = 1e4},
    {"spread", "+-", NULL, OF(spread), 6, 0, SHOWN, .unit = 1e4},
    {.more = further}};

#undef OF
#define OF(field) offsetof(fc_fold_errors, field)
#define FOLD_REST                                                                                            \
    {"windows", "windows", NULL, OF(windows), FC_COUNT, 0, FC_SHOW(0, 0, FC_EACH)},                          \
        {"r2", NULL, NULL, 0, 0, 0, FC_SHOW(0, 0, 0)}, /* that of a backtest is against naive forecasts */   \
    {                                                                                                        \
        .more = fc_relative_metrics                                                                          \
    }
static const fc_metric fold_metrics[] = {
    {"mse", "MSE", NULL, OF(all.mse), 4, -1, FC_SHOW(0, FC_EACH, FC_EACH)}, FOLD_REST};
/* What people see of a fold. */
static const fc_metric fold_mse[] = {{"mse", "MSE", NULL, OF(all.mse), 4, -1, FC_SHOW(FC_EACH, 0, 0)}, {0}};
static const fc_metric price_fold_mse[] = {
    {"mse", "MSE, 1e-4", NULL, OF(all.mse), 4, -1, FC_SHOW(FC_EACH, 0, 0), .unit = 1e4}, {0}};

typedef struct series_walk {
    fc_walk walk;
    fc_prepared prepared; /* of the fold and variant in hand */
    fc_gathered gathered;
    int naive,
        reference; /* entries: the first naive forecast; the last value, or of a table the best naive */
    int which[FC_RIVALS], rivals; /* of tables: the naive forecasts */
    ds_season season; /* of tables; found in the rows of the last fold where the calendar has none */
    fc_prices_folds prices;
    char score[48]; /* what decides, in words */
    char verdict[600];
} series_walk;

static void clear(void *state)
{
    series_walk *self = state;
    fc_gathered_clear(&self->gathered);
    fc_prices_folds_clear(&self->prices);
}

/* --- the trial --- */

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
    series_walk *self = (series_walk *)walk;
    fc_preparation how = *walk->rounds->preparation;
    how.selection = walk->variant ? &nobody : how.selection;
    int code = fc_prepare(&self->prepared, walk->rounds->model.table, walk->rounds->prices, &how,
                          &walk->split, error);
    if (code)
        return code;
    char **columns = &walk->scores->fold[walk->fold].columns;
    if (walk->variant == 0) {
        free(*columns);
        if (!(*columns = names_of(self->prepared.table)))
            return nn_no_memory(error);
    }
    request->table = self->prepared.table;
    request->targets = self->prepared.targets;
    request->futures = walk->variant ? NULL : walk->rounds->model.futures;
    return NN_OK;
}

static int ready(fc_walk *walk, fc_model *model, nn_error *error)
{
    series_walk *self = (series_walk *)walk;
    fc_market market;
    if (!walk->rounds->prices)
        return NN_OK;
    int code = fc_market_copy(&market, &self->prepared.market, error);
    if (!code)
        fc_model_take_market(model, &market);
    return code;
}

static int take_table(series_walk *self, const fc_model *model, const fc_request *request,
                      const ds_windows *windows, nn_error *error)
{
    const fc_walk *w = &self->walk;
    const ds_table *table = request->table;
    const ds_part train = w->split.train;
    const int season = fc_model_season(model);
    const bool first = w->variant == 0 && w->seed == 0; /* when the rivals are scored too */
    fc_tally tallies[FC_FORECASTERS] = {fc_gathered_tally(&self->gathered, w->variant, w->seed)};
    for (int i = 0; first && i < self->rivals; i++)
        tallies[1 + self->which[i]] = fc_gathered_tally(&self->gathered, self->naive + i, 0);
    for (int i = 0; i < FC_FORECASTERS; i++)
        if (tallies[i].loss)
            tallies[i].loss += w->done;
    fc_scope scope;
    size_t skipped;
    int code = fc_scope_make(&scope, model, table, NULL, error);
    if (code)
        return code;
    code = fc_gathered_stream(&tallies[0].stream, &self->gathered, w->variant, w->seed, scope.view.targets,
                              error);
    for (int i = 0; first && i < self->rivals && !code; i++)
        code = fc_gathered_stream(&tallies[1 + self->which[i]].stream, &self->gathered, self->naive + i, 0,
                                  scope.view.targets, error);
    ds_windows inside = *windows;
    if (!code && !model->kind->forecaster)
        code = fc_scope_bound(&scope, table, &inside, "test", error);
    if (!code)
        code = fc_score_windows(tallies, &skipped, &scope, model, windows, train, season, request->threads,
                                first ? w->rounds->how.rows : NULL, error);
    for (int k = 0; k < scope.view.targets && first && w->done == 0 && !code; k++)
        fc_gathered_naive(&self->gathered)[k] = fc_naive_errors(&scope.view, train, k, season);
    for (int k = 0; k < scope.view.targets && !code; k++)
        if (!isfinite(tallies[0].each[k].square))
            code = nn_fail(error, NN_FAILED, "the model's forecasts are not finite");
    fc_scope_clear(&scope);
    return code;
}

static int take(fc_walk *walk, const fc_model *model, const fc_request *request, nn_error *error)
{
    series_walk *self = (series_walk *)walk;
    return walk->rounds->prices ? fc_prices_folds_take(&self->prices, &self->gathered, self->naive, model,
                                                       request, &walk->windows, error)
                                : take_table(self, model, request, &walk->windows, error);
}

static void close_fold(fc_walk *walk)
{
    fc_prepared_clear(&((series_walk *)walk)->prepared);
}

static const fc_trial trial = {.open = open_fold, .ready = ready, .take = take, .close = close_fold};

/* --- what comes of it --- */

/* Windows that the steps of one horizon lie in. */
static size_t overlap(const fc_request *model)
{
    const size_t stride = model->stride ? (size_t)model->stride : 1;
    return ((size_t)model->horizon + stride - 1) / stride;
}

static void compare(const series_walk *self, double *dm, double *p, int a, int b)
{
    const fc_gathered *g = &self->gathered;
    const fc_dm test = fc_compare(g->entry[a].base.loss, g->entry[b].base.loss, self->walk.scored,
                                  overlap(&self->walk.rounds->model));
    *dm = test.statistic;
    *p = test.p;
}

/* The sentences with the name of the score that decides. */
typedef struct sentences {
    char beats[160], chance[220], loses[160];
} sentences;

static void write_sentences(sentences *s, const char *score)
{
    snprintf(s->beats, sizeof s->beats, "{model} beats {rival} over {what}: its %s is {by} lower ({p}).",
             score);
    snprintf(s->chance, sizeof s->chance,
             "The %s of {model} is lower than that of {rival} over {what}, by {by}, but that may be chance "
             "({p}).",
             score);
    snprintf(s->loses, sizeof s->loses,
             "{model} does NOT beat {rival} over {what}: its %s is {by} higher ({p}).", score);
}

static double judged(const series_walk *self, const fc_fold_entry *entry)
{
    return fc_metric_value(self->gathered.decides, &entry->base.all);
}

static void pronounce(series_walk *self)
{
    if (self->naive == self->gathered.count) {
        snprintf(self->verdict, sizeof self->verdict,
                 "%s is the naive forecast itself: there is none for it to beat.",
                 self->gathered.entry[0].base.name);
        return;
    }
    const char *score = self->score;
    sentences said;
    write_sentences(&said, score);
    const fc_words words = {said.beats, said.chance, said.loses, 6, 2};
    const fc_fold_entry *entry = self->gathered.entry, *m = &entry[0], *r = &entry[self->reference];
    char p[24], folds[24], *text = self->verdict;
    const size_t size = sizeof self->verdict;
    const int count = self->walk.scores->folds;
    snprintf(folds, sizeof folds, "%d fold%s", count, count == 1 ? "" : "s");
    const fc_match match = {.model = m->base.name,
                            .rival = r->base.name,
                            .metric = self->gathered.decides,
                            .record = &m->base.all,
                            .rival_record = &r->base.all,
                            .statistic = m->base.dm,
                            .p = m->base.p,
                            .what = folds};
    self->walk.scores->beats = fc_judge(text, size, &words, &match);
    const int best = fc_gathered_best(&self->gathered, self->naive);
    if (best != self->reference && judged(self, &entry[best]) < judged(self, m))
        snprintf(text + strlen(text), size - strlen(text), " The best of all here is %s.",
                 entry[best].base.name);
    if (self->walk.variants > 1) {
        const fc_fold_entry *other = &entry[1];
        fc_p_text(other->p, p);
        snprintf(text + strlen(text), size - strlen(text),
                 " With the other columns its %s is %.2f%% %s than without (%s).", score,
                 100 * fabs(1 - judged(self, m) / judged(self, other)),
                 judged(self, m) < judged(self, other) ? "lower" : "higher", p);
    }
}

/* The model against each of the others, for as many comparisons. */
static void adjust(fc_gathered *g)
{
    double p[FC_MOST_GATHERED];
    for (int i = 0; i < g->count; i++)
        p[i] = g->entry[i].p;
    fc_holm(p, g->count);
    for (int i = 0; i < g->count; i++)
        g->entry[i].p_holm = p[i];
}

static int finish(series_walk *self, nn_error *error)
{
    fc_gathered *g = &self->gathered;
    const int code = fc_gathered_score(g, error);
    if (code)
        return code;
    self->reference = self->naive == g->count     ? 0
                      : self->walk.rounds->prices ? self->naive
                                                  : fc_gathered_best(g, self->naive);
    const double reference = g->entry[self->reference].base.all.mse;
    for (int i = 0; i < g->count; i++) {
        fc_fold_entry *e = &g->entry[i];
        e->r2 = reference > 0 ? 1 - e->base.all.mse / reference : NAN;
        compare(self, &e->base.dm, &e->base.p, i, self->reference);
        compare(self, &e->dm, &e->p, 0, i);
    }
    adjust(g);
    pronounce(self);
    return NN_OK;
}

/* --- as data --- */

static void fill_table(const series_walk *self, fc_score_table *t)
{
    const bool prices = self->walk.rounds->prices;
    const char *reference = self->gathered.entry[self->reference].base.name;
    const int folds = self->walk.scores->folds;
    const fc_score_part group = {.metrics = fold_metrics,
                                 .offset = offsetof(fc_fold_entry, fold),
                                 .level = FC_EACH,
                                 .only = 1 << FC_JSON | 1 << FC_CSV,
                                 .key = "folds",
                                 .ids = {"*"},
                                 .size = sizeof(fc_fold_errors),
                                 .count = folds,
                                 .heading = ">fold",
                                 .layout = FC_WIDE,
                                 .json = FC_LIST};
    fc_score_part seen = group;
    seen.metrics = prices ? price_fold_mse : fold_mse;
    seen.only = 1 << FC_TEXT;
    *t = (fc_score_table){
        .heading = "forecast",
        .ids = "fold",
        .quoted = true,
        .order = {[FC_CSV] = "windows"},
        .sheet = {{.heading = "forecast", .note = t->text}},
        .part_count = 4,
        .parts = {{.metrics = NULL},
                  {.metrics = prices ? price_metrics : fc_backtest_metrics, .level = FC_WHOLE, .ids = {""}},
                  group,
                  seen},
        .good = self->walk.scores->beats};
    if (!prices)
        fc_intervals_show(t, self->walk.rounds->how.intervals, offsetof(fc_fold_entry, base.intervals),
                          offsetof(fc_fold_entry, base.parts), self->walk.rounds->model.horizon,
                          (const char *const[FC_MOST_IDS]){"*"});
    snprintf(
        t->text, sizeof t->text,
        "MSE: %s, all test windows; +-: standard deviation over the seeds; R2: out of sample, against %s; p: "
        "chance of an MSE this far from that of %s if both forecast equally well; p of model: the same for "
        "the model and this forecast",
        prices ? "of returns since the last known close" : "scaled values", reference, reference);
    for (int i = 0; i < self->gathered.count; i++)
        fc_score_table_add(t, self->gathered.entry[i].base.name, &self->gathered.entry[i]);
}

static void describe(series_walk *self)
{
    fc_scores *s = self->walk.scores;
    const fc_rounds *rounds = self->walk.rounds;
    char season[60] = "";
    if (self->season.found)
        snprintf(season, sizeof season, ", season %d (found in the training rows)", self->season.rows);
    else if (self->season.rows == 1)
        snprintf(season, sizeof season, ", no season");
    fc_walk_about(&self->walk, season);
    nn_json_set(s->about, "reference", nn_json_text(self->gathered.entry[self->reference].base.name));
    if (rounds->prices) {
        nn_json_set(s->about, "prices", json_null());
        s->tables_key = "prices";
        s->count = 1 + fc_prices_folds_tables(&self->prices, &self->walk, s->table + 1);
    }
    nn_json_set(s->about, "beats_naive", json_boolean(s->beats));
    nn_json_set(s->about, "verdict", nn_json_text(self->verdict));
    fill_table(self, &s->table[0]);
    s->table[s->count > 1].verdict = self->verdict; /* the last that people see */
    s->table[s->count > 1].good = s->beats;
    s->schema = "auspex.backtest/1";
    s->rival = "the naive forecast";
    s->chosen = rounds->preparation->selection != NULL;
}

/* Where neither the calendar nor the rows to learn from show a season, the last one is the last value. */
static int find_season(series_walk *self, nn_error *error)
{
    const fc_rounds *rounds = self->walk.rounds;
    ds_split split;
    self->season.rows = rounds->model.season;
    if (self->season.rows)
        return NN_OK;
    const int last = rounds->folds->folds - 1;
    int code = fc_fold_make(&split, rounds->folds, self->walk.gap, self->walk.rows, last, error);
    return code ? code : ds_season_of(rounds->model.table, split.train, NULL, &self->season, error);
}

static int begin(series_walk *self, nn_error *error)
{
    const fc_rounds *rounds = self->walk.rounds;
    const char *names[FC_MOST_GATHERED + 1] = {rounds->model.kind->name};
    char alone[48];
    int count = 1, code = rounds->prices ? NN_OK : find_season(self, error);
    if (code)
        return code;
    snprintf(alone, sizeof alone, "%.30s, targets alone", rounds->model.kind->name);
    if (self->walk.variants > 1)
        names[count++] = alone;
    self->naive = count;
    self->rivals = fc_rivals_choose(self->which, rounds->model.kind, self->season.rows);
    if (rounds->prices)
        for (int k = FC_BY_LAST; k < FC_PATH_KINDS; k++)
            names[count++] = fc_path_names[k];
    else
        for (int b = 0; b < self->rivals; b++)
            names[count++] = fc_rival_names[self->which[b]];
    const fc_training *training = rounds->model.training;
    const bool squares =
        rounds->prices || rounds->model.kind->forecaster || !training || training->loss == NN_MSE;
    snprintf(self->score, sizeof self->score, "%.39s",
             squares ? "MSE" : fc_loss_name(training, (char[40]){0}));
    self->gathered = (fc_gathered){
        .walk = &self->walk,
        .decides = fc_metric_find(fc_scaled_metrics, squares ? "mse" : "loss"),
        .series = (size_t)(rounds->prices ? rounds->prices->close->columns : rounds->model.table->columns)};
    return fc_gathered_make(&self->gathered, names, self->naive, error);
}

int fc_backtest_gap(const fc_rounds *rounds)
{
    const ds_price_settings *p = rounds->preparation->prices;
    const int overlap = p && p->prices && p->smooth_target ? p->smooth : 0;
    return rounds->folds->gap > overlap ? rounds->folds->gap : overlap;
}

int fc_series_backtest(fc_scores **scores, const fc_rounds *rounds, nn_error *error)
{
    const bool prices = rounds->prices;
    const fc_folds *folds = rounds->folds;
    const fc_walk_of of = {.table = rounds->model.table,
                           .rows = rounds->model.table->rows,
                           .gap = fc_backtest_gap(rounds),
                           .variants = folds->alone ? 2 : 1,
                           .tables = prices ? 2 + folds->seeds * rounds->prices->close->columns : 1,
                           .state_size = sizeof(series_walk),
                           .clear = clear};
    int code = fc_walk_new(scores, rounds, &of, error);
    if (code)
        return code;
    series_walk *self = (*scores)->state;
    code = begin(self, error);
    if (!code)
        code = fc_walk_run(&self->walk, &trial, error);
    if (code)
        return code;
    code = finish(self, error);
    if (!code && prices)
        code = fc_prices_folds_finish(&self->prices, rounds, error);
    if (!code)
        describe(self);
    return code;
}
