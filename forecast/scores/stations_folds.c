/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model of a panel over folds in time, beside the simple forecasts fitted anew in each of them. */
#include "forecast/scores/folds.h"
#include "forecast/scores/stations.h"
#include "forecast/scores/verdict.h"
#include "forecast/tasks/stations.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRIES = 1 + FC_PANEL_BASELINES };

typedef struct fold_score {
    fc_errors all, farm; /* mean over the seeds; all comes first for fc_relative_metrics */
    size_t windows;
} fold_score;

typedef struct entry {
    fc_entry base; /* mean over the seeds; also of the losses */
    fc_errors farm;
    double spread; /* standard deviation over the seeds of the RMSE; NaN: there is one run */
    fold_score *fold;
} entry;

#define OF(field) offsetof(entry, field)
#define SHOWN     FC_SHOW(FC_WHOLE, FC_WHOLE, FC_WHOLE)
static const fc_metric spread_metrics[] = {{"spread", "+-", "standard deviation of the RMSE over the seeds",
                                            OF(spread), -3, 0, SHOWN, .optional = true},
                                           {.more = fc_entry_metrics}};
#undef OF
#define OF(field) offsetof(fold_score, field)
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

typedef struct result {
    fc_fold_scores base;
    entry entry[ENTRIES];
} result;

/* Of what the entries and seeds gather, `gathered`: sums of every fold and station, and of every fold's farm.
 */
typedef struct gathered {
    fc_tally base;
    fc_sums *farm; /* folds */
} gathered;

typedef struct stations_walk {
    fc_walk walk;
    const fc_rounds *rounds;
    result *out;
    size_t stations, at; /* at: windows of the folds before this one */
    gathered *gathered;  /* ENTRIES x seeds; of simple forecasts the first of each */
    fc_naive *naive;     /* folds x stations */
    ds_split split;      /* of the fold in hand */
    fc_panel_evaluation *evaluation;
} stations_walk;

static gathered *gathered_of(const stations_walk *self, int e, int seed)
{
    return &self->gathered[e * self->walk.folds->seeds + seed];
}

/* --- the trial --- */

static int cut(const stations_walk *self, ds_split *split, int fold, nn_error *error)
{
    const fc_folds *folds = self->walk.folds;
    return fc_fold_make(split, folds, folds->gap, ds_panel_end(self->rounds->model.panel), fold, error);
}

static int open_fold(fc_walk *walk, fc_request *request, nn_error *error)
{
    stations_walk *self = (stations_walk *)walk;
    const fc_rounds *r = self->rounds;
    int code = cut(self, &self->split, walk->fold, error);
    if (code)
        return code;
    request->split = &self->split;
    const fc_panel_settings settings = {.lookback = request->lookback,
                                        .stride = request->stride ? request->stride : 1,
                                        .baseline = {.horizon = request->horizon,
                                                     .season = request->season,
                                                     .order = r->order,
                                                     .neighbours = r->neighbours,
                                                     .floor = r->floor}};
    return fc_panel_evaluate(&self->evaluation, request->panel, &self->split, "test", &settings, error);
}

/* What was scored in the fold joins entry e. */
static void keep(stations_walk *self, int e, int seed, const fc_panel_score *score)
{
    const size_t fold = (size_t)self->walk.fold;
    gathered *g = gathered_of(self, e, seed);
    memcpy(g->base.each + fold * self->stations, score->sums, self->stations * sizeof *score->sums);
    memcpy(g->base.loss + self->at, score->base.loss, self->evaluation->windows * sizeof(double));
    g->farm[fold] = score->farm_sums;
}

static int take(fc_walk *walk, const fc_model *model, const fc_request *request, nn_error *error)
{
    stations_walk *self = (stations_walk *)walk;
    fc_panel_evaluation *e = self->evaluation;
    const fc_panel_origins all = {e->first, e->windows, (size_t)e->settings.stride};
    int code = fc_panel_model_begin(e, model->kind->name, error);
    if (!code)
        code = fc_panel_forecasts(model, request->panel, all, request->threads, fc_panel_take, e, error);
    if (!code)
        code = fc_panel_model_finish(e, error);
    if (code)
        return code;
    keep(self, 0, walk->seed, &e->scores[0]);
    for (int i = 1; i < e->score_count && walk->seed == 0; i++)
        keep(self, i, 0, &e->scores[i]);
    if (walk->seed == 0)
        memcpy(self->naive + (size_t)walk->fold * self->stations, e->naive,
               self->stations * sizeof *e->naive);
    fc_panel_model_forget(e);
    return NN_OK;
}

static void close_fold(fc_walk *walk)
{
    stations_walk *self = (stations_walk *)walk;
    self->at += self->out->base.size[walk->fold].scored;
    fc_panel_evaluation_free(self->evaluation);
    self->evaluation = NULL;
}

static const fc_trial trial = {.open = open_fold, .take = take, .close = close_fold};

/* --- all folds --- */

static void free_result(fc_fold_scores *scores)
{
    result *r = (result *)scores;
    for (int i = 0; i < ENTRIES; i++) {
        fc_entry_clear(&r->entry[i].base);
        free(r->entry[i].fold);
    }
    free(r->base.size);
    free(r);
}

static int plan_folds(const stations_walk *self, fc_fold_scores *out, nn_error *error)
{
    const fc_request *model = self->walk.model;
    const size_t stride = model->stride ? (size_t)model->stride : 1;
    for (int k = 0; k < out->folds; k++) {
        ds_split split;
        ds_windows windows;
        fc_fold_size *size = &out->size[k];
        int code = cut(self, &split, k, error);
        if (!code)
            code = ds_windows_make(&split.test, "test", model->lookback, model->horizon, &windows, error);
        if (code)
            return nn_fail_within(error, "fold %d", k + 1);
        *size = (fc_fold_size){.train = split.train.end - split.train.begin,
                               .validation = split.validation.end - split.validation.begin,
                               .test = split.test.end - split.test.begin,
                               .scored = (windows.count - 1) / stride + 1,
                               .begin = out->table->time[split.test.begin],
                               .end = out->table->time[split.test.end - 1]};
        out->scored += size->scored;
    }
    return NN_OK;
}

static void describe(result *r, const fc_rounds *rounds)
{
    r->base = (fc_fold_scores){
        .kind = "panel",
        .unit = "windows",
        .beats_key = "beats_simple",
        .note =
            "MAE, RMSE: the file's units, over all valid values of all folds, mean over the seeds; WAPE: sum "
            "of absolute errors over sum of absolute values; farm: of the sum over the stations; p: chance "
            "of an MSE this far from the model's if both forecast equally well",
        .folds = rounds->folds->folds,
        .seeds = rounds->folds->seeds,
        .gap = rounds->folds->gap,
        .table = rounds->model.panel->table,
        .count = ENTRIES,
        .block = {{fc_own_metrics, offsetof(entry, base.all), NULL, NULL},
                  {fc_own_metrics, offsetof(entry, farm), "farm", "farm "},
                  {spread_metrics, 0, NULL, NULL}},
        .fold = {fold_metrics, offsetof(entry, fold), "folds", NULL},
        .fold_size = sizeof(fold_score),
        .free = free_result};
    for (int i = 0; i < ENTRIES; i++) {
        fc_entry *s = &r->entry[i].base;
        snprintf(s->name, sizeof s->name, "%s",
                 i ? fc_panel_baseline_name((fc_panel_baseline)(i - 1)) : rounds->model.kind->name);
        r->base.name[i] = s->name;
        r->base.record[i] = &r->entry[i];
    }
}

static int begin(stations_walk *self, nn_error *error)
{
    result *r = self->out = calloc(1, sizeof *r);
    if (!r)
        return nn_no_memory(error);
    describe(r, self->rounds);
    const size_t folds = (size_t)r->base.folds, parts = folds * self->stations;
    const int count = ENTRIES * r->base.seeds;
    r->base.size = calloc(folds, sizeof *r->base.size);
    self->gathered = calloc((size_t)count, sizeof *self->gathered);
    self->naive = calloc(parts, sizeof *self->naive);
    bool complete = r->base.size && self->gathered && self->naive;
    for (int i = 0; i < ENTRIES && complete; i++)
        complete = (r->entry[i].fold = calloc(folds, sizeof(fold_score)));
    int code = complete ? plan_folds(self, &r->base, error) : nn_no_memory(error);
    for (int i = 0; i < count && !code; i++) {
        code = fc_tally_make(&self->gathered[i].base, parts, 1, r->base.scored, error);
        if (!code && !(self->gathered[i].farm = calloc(folds, sizeof(fc_sums))))
            code = nn_no_memory(error);
    }
    return code;
}

/* All folds of a seed, or one. */
static fold_score score_of(const stations_walk *self, int e, int seed, int fold)
{
    const gathered *g = gathered_of(self, e, seed);
    const size_t from = fold < 0 ? 0 : (size_t)fold, count = fold < 0 ? (size_t)self->out->base.folds : 1;
    fc_sums farm = {0};
    for (size_t k = from; k < from + count; k++)
        fc_sums_join(&farm, &g->farm[k]);
    return (fold_score){.all = fc_errors_joined(g->base.each + from * self->stations,
                                                self->naive + from * self->stations, count * self->stations),
                        .farm = fc_errors_of(&farm, NULL)};
}

static void score_entry(const stations_walk *self, int e)
{
    const fc_fold_scores *out = &self->out->base;
    entry *s = &self->out->entry[e];
    const int seeds = e ? 1 : out->seeds;
    double sum = 0, squares = 0;
    for (int k = 0; k < seeds; k++) {
        const fold_score all = score_of(self, e, k, -1);
        fc_errors_add(&s->base.all, &all.all, 1.0 / seeds);
        fc_errors_add(&s->farm, &all.farm, 1.0 / seeds);
        sum += all.all.rmse;
        squares += all.all.rmse * all.all.rmse;
        for (int f = 0; f < out->folds; f++) {
            const fold_score own = score_of(self, e, k, f);
            fc_errors_add(&s->fold[f].all, &own.all, 1.0 / seeds);
            fc_errors_add(&s->fold[f].farm, &own.farm, 1.0 / seeds);
            s->fold[f].windows = out->size[f].scored;
        }
    }
    s->spread = seeds > 1 ? sqrt(fmax(squares - sum * sum / seeds, 0) / (seeds - 1)) : NAN;
    /* The first array becomes the mean over the seeds, which the tests compare. */
    double *loss = s->base.loss = gathered_of(self, e, 0)->base.loss;
    gathered_of(self, e, 0)->base.loss = NULL;
    for (size_t w = 0; w < out->scored; w++)
        for (int k = 1; k < seeds; k++)
            loss[w] = (loss[w] * k + gathered_of(self, e, k)->base.loss[w]) / (k + 1);
}

static void pronounce(const stations_walk *self)
{
    static const fc_words words = {
        "{model} beats the best simple forecast, {rival}, over {what}: RMSE {value} against {other}{change} "
        "({p}){more}.",
        "The RMSE of {model} over {what}, {value}, is {by} lower than that of the best simple forecast, "
        "{rival}, {other}, but the difference may be chance ({p}).",
        "{model} does NOT beat the simple forecast {rival} over {what}: RMSE {value} against {other}{change} "
        "({p}). That one forecasts {as} here.",
        -6, 1};
    result *r = self->out;
    const fc_request *model = self->walk.model;
    const size_t steps = fc_panel_overlap(model->horizon, model->stride ? model->stride : 1);
    int best = 1;
    char what[32];
    for (int i = 0; i < ENTRIES; i++) {
        fc_entry_compare(&r->entry[i].base, &r->entry[0].base, r->base.scored, steps);
        best = i && r->entry[i].base.all.rmse < r->entry[best].base.all.rmse ? i : best;
    }
    const fc_entry *own = &r->entry[0].base, *other = &r->entry[best].base;
    snprintf(what, sizeof what, "%d fold%s", r->base.folds, r->base.folds == 1 ? "" : "s");
    const fc_match match = {.model = own->name,
                            .rival = other->name,
                            .metric = fc_metric_find(fc_own_metrics, "rmse"),
                            .record = &own->all,
                            .rival_record = &other->all,
                            .statistic = other->dm,
                            .p = other->p,
                            .windows = r->base.scored,
                            .steps = steps,
                            .horizon = model->horizon,
                            .what = what,
                            .more = own->all.mae > other->all.mae ? ", but its MAE is higher" : NULL};
    r->base.beats = fc_judge(r->base.verdict, sizeof r->base.verdict, &words, &match);
}

static void clear(const stations_walk *self)
{
    for (int i = 0; self->gathered && i < ENTRIES * self->walk.folds->seeds; i++) {
        fc_tally_clear(&self->gathered[i].base);
        free(self->gathered[i].farm);
    }
    free(self->gathered);
    free(self->naive);
}

int fc_stations_backtest(fc_fold_scores **scores, const fc_rounds *rounds, nn_error *error)
{
    stations_walk self = {.walk = {.model = &rounds->model,
                                   .folds = rounds->folds,
                                   .variants = 1,
                                   .progress = rounds->progress,
                                   .context = rounds->context},
                          .rounds = rounds,
                          .stations = (size_t)rounds->model.panel->count};
    int code = begin(&self, error);
    if (!code)
        code = fc_walk_run(&self.walk, &trial, error);
    for (int i = 0; i < ENTRIES && !code; i++)
        score_entry(&self, i);
    if (!code)
        pronounce(&self);
    clear(&self);
    if (!code)
        *scores = &self.out->base;
    else if (self.out)
        free_result(&self.out->base);
    return code;
}
