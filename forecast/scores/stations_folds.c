/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model of a panel over folds in time, beside the simple forecasts fitted anew in each of them. */
#include "forecast/scores/gather.h"
#include "forecast/scores/intervals.h"
#include "forecast/scores/stations.h"
#include "forecast/scores/verdict.h"
#include "forecast/tasks/stations/stations.h"
#include "lib/pool.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define OF(field) offsetof(fc_fold_entry, field)
#define SHOWN     FC_SHOW(FC_WHOLE, FC_WHOLE, FC_WHOLE)
static const fc_metric spread_metrics[] = {{"spread", "+-", "standard deviation of the RMSE over the seeds",
                                            OF(spread), -3, 0, SHOWN, .optional = true},
                                           {.more = fc_entry_metrics}};
#undef OF
#define OF(field) offsetof(fc_fold_errors, field)
#define EACH      FC_SHOW(FC_EACH, FC_EACH, FC_EACH)
static const fc_metric fold_metrics[] = {
    {"windows", "windows", NULL, OF(windows), FC_COUNT, 0, FC_SHOW(0, FC_EACH, FC_EACH)},
    {"count", "values", NULL, OF(all.count), FC_COUNT, 0, EACH},
    {"mae", "MAE", NULL, OF(all.mae), -5, -1, EACH},
    {"rmse", "RMSE", NULL, OF(all.rmse), -5, -1, EACH},
    {"wape", "WAPE", NULL, OF(all.wape), 4, -1, EACH},
    {"farm_mae", "farm MAE", NULL, OF(farm.mae), -5, -1, EACH},
    {"farm_rmse", "farm RMSE", NULL, OF(farm.rmse), -5, -1, EACH},
    {"farm_wape", "farm WAPE", NULL, OF(farm.wape), 4, -1, FC_SHOW(0, FC_EACH, FC_EACH)},
    {.more = fc_relative_metrics}};

typedef struct stations_walk {
    fc_walk walk;
    fc_gathered gathered;
    fc_panel_evaluation *evaluation; /* of the fold in hand */
    char verdict[600];
} stations_walk;

static void clear(void *state)
{
    stations_walk *self = state;
    fc_gathered_clear(&self->gathered);
}

/* --- the trial --- */

static int open_fold(fc_walk *walk, fc_request *request, nn_error *error)
{
    stations_walk *self = (stations_walk *)walk;
    const fc_scoring *how = &walk->rounds->how;
    const fc_panel_settings settings = {.lookback = request->lookback,
                                        .stride = request->stride ? request->stride : 1,
                                        .intervals = how->intervals,
                                        .kind = request->kind,
                                        .config = request->config,
                                        .baseline = {.horizon = request->horizon,
                                                     .season = request->season,
                                                     .order = how->order,
                                                     .neighbours = how->neighbours,
                                                     .floor = how->floor}};
    return fc_panel_evaluate(&self->evaluation, request->panel, &walk->split, "test", &settings, error);
}

/* What was scored in the fold joins entry e. */
static void keep(const stations_walk *self, int e, int seed, const fc_panel_score *score)
{
    const fc_gathered *g = &self->gathered;
    const fc_tally tally = fc_gathered_tally(g, e, seed);
    memcpy(tally.each, score->sums, g->series * sizeof *score->sums);
    memcpy(tally.loss, score->base.loss, self->evaluation->windows * sizeof(double));
    *fc_gathered_farm(g, e, seed) = score->farm_sums;
    fc_gathered_intervals(g, e, seed, &score->intervals);
}

static int take(fc_walk *walk, const fc_model *model, const fc_request *request, nn_error *error)
{
    stations_walk *self = (stations_walk *)walk;
    fc_panel_evaluation *e = self->evaluation;
    const ds_windows *w = &walk->windows;
    const fc_panel_origins some = {w->first + (size_t)w->lookback, w->count, w->stride};
    e->settings.rows = walk->seed == 0 ? walk->rounds->how.rows : NULL;
    int code = walk->done ? NN_OK : fc_panel_model_begin(e, model->kind->name, error);
    if (!code && walk->done == 0)
        code = fc_panel_model_intervals(e, model, error);
    if (!code)
        code = fc_panel_forecasts(model, e->panel, some, request->threads, fc_panel_take, e, error);
    if (code || walk->done + w->count < e->windows)
        return code;
    code = fc_panel_model_finish(e, error);
    if (code)
        return code;
    keep(self, 0, walk->seed, &e->scores[0]);
    for (int i = 1; i < e->score_count && walk->seed == 0; i++)
        keep(self, i, 0, &e->scores[i]);
    if (walk->seed == 0)
        memcpy(fc_gathered_naive(&self->gathered), e->naive, self->gathered.series * sizeof *e->naive);
    fc_panel_model_forget(e);
    return NN_OK;
}

static void close_fold(fc_walk *walk)
{
    stations_walk *self = (stations_walk *)walk;
    fc_panel_evaluation_free(self->evaluation);
    self->evaluation = NULL;
}

static const fc_trial trial = {.open = open_fold, .take = take, .close = close_fold};

/* --- what comes of it --- */

static void pronounce(stations_walk *self)
{
    static const fc_words words = {
        "{model} beats the best simple forecast, {rival}, over {what}: RMSE {value} against {other}{change} "
        "({p}){more}.",
        "The RMSE of {model} over {what}, {value}, is {by} lower than that of the best simple forecast, "
        "{rival}, {other}, but the difference may be chance ({p}).",
        "{model} does NOT beat the simple forecast {rival} over {what}: RMSE {value} against {other}{change} "
        "({p}). That one forecasts {as} here.",
        -6, 1};
    fc_gathered *g = &self->gathered;
    const fc_request *model = &self->walk.rounds->model;
    const size_t steps = fc_panel_overlap(model->horizon, model->stride ? model->stride : 1);
    const int folds = self->walk.scores->folds;
    char what[32];
    for (int i = 0; i < g->count; i++)
        fc_entry_compare(&g->entry[i].base, &g->entry[0].base, self->walk.scored, steps);
    fc_entries_adjust(&g->entry[0].base, sizeof g->entry[0], g->count);
    const fc_entry *own = &g->entry[0].base, *other = &g->entry[fc_gathered_best(g, 1)].base;
    snprintf(what, sizeof what, "%d fold%s", folds, folds == 1 ? "" : "s");
    const fc_match match = {.model = own->name,
                            .rival = other->name,
                            .metric = g->decides,
                            .record = &own->all,
                            .rival_record = &other->all,
                            .statistic = other->dm,
                            .p = other->p,
                            .windows = self->walk.scored,
                            .steps = steps,
                            .horizon = model->horizon,
                            .what = what,
                            .more = own->all.mae > other->all.mae ? ", but its MAE is higher" : NULL};
    self->walk.scores->beats = fc_judge(self->verdict, sizeof self->verdict, &words, &match);
}

static void describe(stations_walk *self)
{
    fc_scores *s = self->walk.scores;
    fc_walk_about(&self->walk, "");
    nn_json_set(s->about, "beats_simple", json_boolean(s->beats));
    nn_json_set(s->about, "verdict", nn_json_text(self->verdict));
    s->schema = "auspex.backtest-panel/1";
    s->rival = "what stands beside it";
    s->table[0] = (fc_score_table){
        .heading = "forecast",
        .ids = "of,fold",
        .sheet = {{"forecast",
                   "MAE, RMSE: the file's units, over all valid values of all folds, mean over the seeds; "
                   "WAPE: sum of absolute errors over sum of absolute values; farm: of the sum over the "
                   "stations; p: chance of an MSE this far from the model's if both forecast equally well",
                   0}},
        .part_count = 5,
        .parts = {{.metrics = NULL},
                  {.metrics = fc_own_metrics,
                   .offset = offsetof(fc_fold_entry, base.all),
                   .level = FC_WHOLE,
                   .ids = {"all", ""}},
                  {.metrics = fc_own_metrics,
                   .offset = offsetof(fc_fold_entry, farm),
                   .level = FC_WHOLE,
                   .key = "farm",
                   .prefix = "farm ",
                   .ids = {"farm", ""}},
                  {.metrics = spread_metrics, .level = FC_WHOLE},
                  {.metrics = fold_metrics,
                   .offset = offsetof(fc_fold_entry, fold),
                   .level = FC_EACH,
                   .key = "folds",
                   .ids = {"fold", "*"},
                   .size = sizeof(fc_fold_errors),
                   .count = s->folds,
                   .heading = ">fold",
                   .layout = FC_LONG}},
        .verdict = self->verdict,
        .good = s->beats};
    fc_intervals_show(&s->table[0], self->walk.rounds->how.intervals, offsetof(fc_fold_entry, base.intervals),
                      offsetof(fc_fold_entry, base.parts), self->walk.rounds->model.horizon,
                      (const char *const[FC_MOST_IDS]){"steps", "*"});
    for (int i = 0; i < self->gathered.count; i++)
        fc_score_table_add(&s->table[0], self->gathered.entry[i].base.name, &self->gathered.entry[i]);
}

static int begin(stations_walk *self, nn_error *error)
{
    const fc_rounds *rounds = self->walk.rounds;
    const char *names[FC_PANEL_BASELINES + 2] = {rounds->model.kind->name};
    fc_panel_baseline which[FC_PANEL_BASELINES];
    const int rivals = fc_panel_baselines_choose(which, rounds->model.kind, rounds->model.config);
    for (int b = 0; b < rivals; b++)
        names[1 + b] = fc_panel_baseline_name(which[b]);
    self->gathered = (fc_gathered){.walk = &self->walk,
                                   .decides = fc_metric_find(fc_own_metrics, "rmse"),
                                   .series = (size_t)rounds->model.panel->count};
    return fc_gathered_make(&self->gathered, names, 1, error);
}

int fc_stations_backtest(fc_scores **scores, const fc_rounds *rounds, nn_error *error)
{
    const fc_walk_of of = {.table = rounds->model.panel->table,
                           .rows = ds_panel_end(rounds->model.panel),
                           .gap = rounds->folds->gap,
                           .variants = 1,
                           .tables = 1,
                           .state_size = sizeof(stations_walk),
                           .clear = clear};
    nn_pool_blas_alone();
    int code = fc_walk_new(scores, rounds, &of, error);
    if (code)
        return code;
    stations_walk *self = (*scores)->state;
    code = begin(self, error);
    if (!code)
        code = fc_walk_run(&self->walk, &trial, error);
    if (code)
        return code;
    if ((code = fc_gathered_score(&self->gathered, error)))
        return code;
    pronounce(self);
    describe(self);
    return NN_OK;
}
