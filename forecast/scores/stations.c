/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores forecasts of a panel: each station, each step, and the sum over the stations. */
#include "forecast/scores/stations.h"

#include "forecast/scores/intervals.h"
#include "forecast/scores/verdict.h"
#include "lib/base/names.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OF(name)  offsetof(fc_kdd, name)
#define SHOWN     FC_SHOW(FC_WHOLE, FC_WHOLE, FC_WHOLE)
#define JSON_ONLY FC_SHOW(0, FC_WHOLE, 0)
const fc_metric fc_kdd_metrics[] = {
    {"count", "turbines", NULL, OF(scored), FC_INT, 0, FC_SHOW(0, 0, FC_WHOLE)},
    {"mae", "sum MAE", NULL, OF(mae), 5, -1, SHOWN, .optional = true},
    {"rmse", "sum RMSE", NULL, OF(rmse), 5, -1, SHOWN, .optional = true},
    {"score", "score", NULL, OF(score), 5, -1, FC_SHOW(FC_WHOLE, FC_WHOLE, 0), .optional = true},
    {"scored", "turbines", NULL, OF(scored), FC_INT, 0, JSON_ONLY},
    {"zero", "of 0", NULL, OF(zero), FC_INT, 0, JSON_ONLY},
    {"constant", "constant", NULL, OF(constant), FC_INT, 0, JSON_ONLY},
    {0}};

/* What one forecaster has gathered so far. */
typedef struct fc_panel_tally {
    fc_tally base;
    fc_sums *farm; /* H */
    bool *taken;   /* windows */
    fc_kdd kdd;
    size_t kdd_windows;
    bool guard;
    size_t odd; /* origins that are no window's, windows taken twice, values that are not finite */
    nn_error failed;
    double *turned; /* H x S: a model's forecast of a window */
    double *truth;  /* H x S of a window, with its validity */
    uint8_t *valid;
    double *off; /* H x S of a window, for intervals: truth less forecast */
} fc_panel_tally;

static void tally_free(fc_panel_tally *t)
{
    if (!t)
        return;
    fc_tally_clear(&t->base);
    free(t->farm);
    free(t->taken);
    free(t->turned);
    free(t->truth);
    free(t->valid);
    free(t->off);
    free(t);
}

static int tally_new(fc_panel_tally **tally, const fc_panel_evaluation *e, nn_error *error)
{
    const size_t stations = (size_t)e->panel->count, horizon = (size_t)e->horizon, cells = horizon * stations;
    fc_panel_tally *t = *tally = calloc(1, sizeof *t);
    int code = t ? fc_tally_make(&t->base, stations, horizon, e->windows, error) : nn_no_memory(error);
    if (code)
        return code;
    t->farm = calloc(horizon, sizeof *t->farm);
    t->taken = calloc(e->windows, sizeof *t->taken);
    t->turned = calloc(cells, sizeof *t->turned);
    t->truth = calloc(cells, sizeof *t->truth);
    t->valid = calloc(cells, sizeof *t->valid);
    t->off = calloc(cells, sizeof *t->off);
    if (e->settings.intervals && e->settings.intervals->values)
        code = fc_stream_new(&t->base.stream, e->settings.intervals, e->panel->count, e->horizon, error);
    if (code)
        return code;
    return t->off && t->farm && t->taken && t->turned && t->truth && t->valid ? NN_OK : nn_no_memory(error);
}

static void add_kdd(const fc_panel_evaluation *e, fc_panel_tally *t, const double *forecast)
{
    fc_kdd k;
    if (fc_kdd_score(&k, t->truth, forecast, t->valid, e->horizon, e->panel->count, t->guard, &t->failed))
        return;
    t->kdd.mae += k.mae;
    t->kdd.rmse += k.rmse;
    t->kdd.score += k.score;
    t->kdd.scored = k.scored > t->kdd.scored ? k.scored : t->kdd.scored;
    t->kdd.zero = k.zero > t->kdd.zero ? k.zero : t->kdd.zero;
    t->kdd.constant = k.constant > t->kdd.constant ? k.constant : t->kdd.constant;
    t->kdd_windows++;
}

/* Window w's forecasts join the sums. */
static void tally_add(const fc_panel_evaluation *e, fc_panel_tally *t, size_t w, const double *forecast)
{
    const ds_panel *p = e->panel;
    const size_t stations = (size_t)p->count, origin = e->first + w * (size_t)e->settings.stride;
    fc_sums all = {0};
    for (size_t h = 0; h < (size_t)e->horizon; h++) {
        double farm_truth = 0, farm_forecast = 0;
        fc_sums step = {0};
        for (size_t s = 0; s < stations; s++) {
            const size_t at = h * stations + s, row = (origin + h) * stations + s;
            const double y = p->y[row], f = forecast[at];
            t->truth[at] = y;
            t->valid[at] = p->valid[row];
            if (!isfinite(f))
                t->odd++;
            t->off[at] = p->valid[row] ? y - f : NAN;
            if (!p->valid[row])
                continue;
            fc_sums_add(&t->base.each[s], y, f, y, f);
            fc_sums_add(&step, y, f, y, f);
            farm_truth += y;
            farm_forecast += f;
        }
        if (step.count > 0)
            fc_sums_add(&t->farm[h], farm_truth, farm_forecast, farm_truth, farm_forecast);
        fc_sums_join(&t->base.step[h], &step);
        fc_sums_join(&all, &step);
    }
    t->base.loss[w] = all.square / all.count;
    if (t->base.stream)
        fc_stream_take(t->base.stream, origin, t->off);
    if (e->settings.kdd && all.count > 0)
        add_kdd(e, t, forecast);
}

/* The sums become the score, which owns its arrays. */
static int tally_finish(fc_panel_evaluation *e, fc_panel_tally *t, fc_panel_score *score, const char *name,
                        nn_error *error)
{
    const size_t stations = (size_t)e->panel->count, horizon = (size_t)e->horizon;
    fc_sums farm = {0};
    int code = fc_entry_make(&score->base, name, &t->base, e->naive, stations, horizon, error);
    score->farm_step = code ? NULL : calloc(horizon, sizeof *score->farm_step);
    if (!score->farm_step)
        return code ? code : nn_no_memory(error);
    for (size_t h = 0; h < horizon; h++) {
        score->farm_step[h] = fc_errors_of(&t->farm[h], NULL);
        fc_sums_join(&farm, &t->farm[h]);
    }
    score->farm = fc_errors_of(&farm, NULL);
    score->farm_sums = farm;
    if (t->base.stream)
        fc_stream_sum(t->base.stream, &score->intervals);
    score->sums = t->base.each;
    t->base.each = NULL;
    const double n = (double)t->kdd_windows;
    score->kdd = t->kdd;
    score->kdd.mae = t->kdd.mae / n;
    score->kdd.rmse = t->kdd.rmse / n;
    score->kdd.score = t->kdd.score / n;
    return NN_OK;
}

static void score_clear(fc_panel_score *score)
{
    fc_entry_clear(&score->base);
    free(score->farm_step);
    free(score->sums);
}

/* --- the verdict --- */

size_t fc_panel_overlap(int horizon, int stride)
{
    return ((size_t)horizon + (size_t)stride - 1) / (size_t)stride;
}

static size_t overlap(const fc_panel_evaluation *e)
{
    return fc_panel_overlap(e->horizon, e->settings.stride);
}

static void judge_model(fc_panel_evaluation *e)
{
    static const fc_words words = {
        "{model} beats the best simple forecast, {rival}: RMSE {value} against {other}{change} ({p}){more}.",
        "The RMSE of {model}, {value}, is {by} lower than that of the best simple forecast, {rival}, "
        "{other}, "
        "but the difference may be chance ({p}).",
        "{model} does NOT beat the simple forecast {rival}: RMSE {value} against {other}{change} ({p}). That "
        "one forecasts {as} here.",
        -6, 1};
    const fc_entry *model = &e->scores[0].base, *best = &e->scores[e->best].base;
    const fc_match match = {.model = model->name,
                            .rival = best->name,
                            .metric = fc_metric_find(fc_own_metrics, "rmse"),
                            .record = &model->all,
                            .rival_record = &best->all,
                            .statistic = best->dm,
                            .p = best->p,
                            .windows = e->windows,
                            .steps = overlap(e),
                            .horizon = e->horizon,
                            .more = model->all.mae > best->all.mae ? ", but its MAE is higher" : NULL};
    e->beats = fc_judge(e->verdict, sizeof e->verdict, &words, &match);
}

/* Without a model: which simple forecast a model will have to beat. */
static void judge_baselines(fc_panel_evaluation *e)
{
    const fc_panel_score *last = &e->scores[0], *best = &e->scores[e->best];
    char p[100];
    if (!isfinite(last->base.all.rmse) || !isfinite(best->base.all.rmse)) {
        snprintf(e->verdict, sizeof e->verdict,
                 "The errors of the simple forecasts are too large to be squared: none is the best.");
        return;
    }
    if (e->best == 0) {
        snprintf(e->verdict, sizeof e->verdict,
                 "Of the simple forecasts repeating the last value is the best: RMSE %.6g. A model has to "
                 "beat that.",
                 last->base.all.rmse);
        return;
    }
    fc_p_reason(best->base.p, e->windows, overlap(e), e->horizon, p);
    snprintf(e->verdict, sizeof e->verdict,
             "Of the simple forecasts %s is the best: RMSE %.6g, %.1f%% lower than that of repeating the "
             "last value, "
             "%.6g (%s). A model has to beat that.",
             best->base.name, best->base.all.rmse, 100 * (1 - best->base.all.rmse / last->base.all.rmse),
             last->base.all.rmse, p);
}

/* Fills dm and p of the scores after the first, best, beats and verdict. */
static void pronounce(fc_panel_evaluation *e)
{
    const int begin = e->has_model ? 1 : 0;
    e->best = begin;
    for (int i = begin; i < e->score_count; i++)
        if (e->scores[i].base.all.rmse < e->scores[e->best].base.all.rmse)
            e->best = i;
    for (int i = 0; i < e->score_count; i++)
        fc_entry_compare(&e->scores[i].base, &e->scores[0].base, e->windows, overlap(e));
    fc_entries_adjust(&e->scores[0].base, sizeof e->scores[0], e->score_count);
    e->beats = false;
    if (e->has_model)
        judge_model(e);
    else
        judge_baselines(e);
}

/* --- the baselines --- */

/* One of them, for what its intervals begin with. */
typedef struct rehearsal {
    const fc_panel_evaluation *e;
    fc_panel_baseline which;
} rehearsal;

static void forecast_baseline(void *context, size_t row, double *out)
{
    const rehearsal *r = context;
    fc_panel_baseline_forecast(r->e->baselines, r->which, row, out);
}

static int score_baselines(fc_panel_evaluation *e, nn_error *error)
{
    double *forecast = calloc((size_t)e->horizon * (size_t)e->panel->count, sizeof *forecast);
    int code = forecast ? NN_OK : nn_fail(error, NN_FAILED, "no memory for forecasts");
    const int count = fc_panel_baselines_choose(e->which, e->settings.kind, e->settings.config);
    for (int i = 0; i < count && !code; i++) {
        const fc_panel_baseline which = e->which[i];
        fc_panel_tally *t;
        code = tally_new(&t, e, error);
        if (!code && t->base.stream)
            code = fc_intervals_rehearse(t->base.stream, &e->baselines->view, e->first, e->horizon,
                                         forecast_baseline, &(rehearsal){e, which}, NULL, error);
        for (size_t w = 0; w < e->windows && !code; w++) {
            fc_panel_baseline_forecast(e->baselines, which, e->first + w * (size_t)e->settings.stride,
                                       forecast);
            tally_add(e, t, w, forecast);
        }
        if (!code)
            code = tally_finish(e, t, &e->scores[e->score_count++], fc_panel_baseline_name(which), error);
        tally_free(t);
    }
    free(forecast);
    return code;
}

static int find_windows(fc_panel_evaluation *e, const ds_split *split, const char *part_name, nn_error *error)
{
    ds_windows windows;
    const ds_part *part = ds_split_part(split, part_name, error);
    if (!part)
        return NN_USAGE;
    e->part = *part;
    const int lookback = e->settings.lookback > 0 ? e->settings.lookback : 1;
    int code = ds_windows_make(&e->part, part_name, lookback, e->horizon, &windows, error);
    if (code)
        return code;
    if (e->settings.stride < 1)
        e->settings.stride = 1;
    e->first = windows.first + (size_t)lookback;
    e->windows = (windows.count - 1) / (size_t)e->settings.stride + 1;
    return NN_OK;
}

static int count_points(fc_panel_evaluation *e, const char *part_name, nn_error *error)
{
    const ds_panel *p = e->panel;
    const size_t stations = (size_t)p->count;
    for (size_t w = 0; w < e->windows; w++)
        for (size_t h = 0; h < (size_t)e->horizon; h++)
            for (size_t s = 0; s < stations; s++) {
                const bool valid = p->valid[(e->first + w * (size_t)e->settings.stride + h) * stations + s];
                e->points += valid;
                e->skipped += !valid;
            }
    return e->points
               ? NN_OK
               : nn_fail(error, NN_BAD_DATA,
                         "%s: no value of '%.100s' is valid in the windows of the %s part (rows %zu to %zu): "
                         "there is nothing to score",
                         p->table->path, p->variable[p->target].name, part_name, e->part.begin + 1,
                         e->part.end);
}

static int naive_errors(fc_panel_evaluation *e, ds_part train, nn_error *error)
{
    e->naive = calloc((size_t)e->panel->count, sizeof *e->naive);
    for (int s = 0; e->naive && s < e->panel->count; s++)
        e->naive[s] = fc_naive_errors(&e->baselines->view, train, s, e->season);
    return e->naive ? NN_OK : nn_no_memory(error);
}

int fc_panel_evaluate(fc_panel_evaluation **evaluation, const ds_panel *panel, const ds_split *split,
                      const char *part_name, const fc_panel_settings *settings, nn_error *error)
{
    fc_panel_evaluation *e = calloc(1, sizeof *e);
    *evaluation = NULL;
    if (!e)
        return nn_fail(error, NN_FAILED, "no memory for scores");
    e->panel = panel;
    e->settings = *settings;
    e->horizon = settings->baseline.horizon;
    int code = find_windows(e, split, part_name, error);
    if (!code)
        code = count_points(e, part_name, error);
    if (!code)
        code = fc_panel_baselines_fit(&e->baselines, panel, split->train, &settings->baseline, error);
    if (!code) {
        e->season = e->baselines->settings.season;
        code = naive_errors(e, split->train, error);
    }
    if (!code) {
        e->order = settings->baseline.order;
        e->neighbours = e->baselines->neighbours;
        code = score_baselines(e, error);
    }
    if (code) {
        fc_panel_evaluation_free(e);
        return code;
    }
    pronounce(e);
    *evaluation = e;
    return NN_OK;
}

void fc_panel_evaluation_free(fc_panel_evaluation *e)
{
    if (!e)
        return;
    for (int i = 0; i < e->score_count; i++)
        score_clear(&e->scores[i]);
    tally_free(e->tally);
    fc_panel_baselines_free(e->baselines);
    free(e->naive);
    free(e);
}

/* --- a model --- */

int fc_panel_model_begin(fc_panel_evaluation *e, const char *name, nn_error *error)
{
    if (e->has_model || e->tally)
        return nn_fail(error, NN_USAGE, "an evaluation has one model");
    const int code = tally_new(&e->tally, e, error);
    if (code)
        return code;
    e->tally->guard = true;
    memmove(&e->scores[1], &e->scores[0], (size_t)e->score_count * sizeof *e->scores);
    e->scores[0] = (fc_panel_score){0};
    snprintf(e->scores[0].base.name, sizeof e->scores[0].base.name, "%s", name);
    e->score_count++;
    e->has_model = true;
    return NN_OK;
}

int fc_panel_model_intervals(fc_panel_evaluation *e, const fc_model *model, nn_error *error)
{
    const fc_panel *panel = fc_model_panel(model);
    if (!e->tally->base.stream)
        return NN_OK;
    int *known = nn_names_places(e->panel->ids, e->panel->count, panel->ids, panel->stations);
    if (!known)
        return nn_no_memory(error);
    fc_intervals_of_model(e->tally->base.stream, model, known, NULL);
    free(known);
    return NN_OK;
}

void fc_panel_take(void *evaluation, size_t origin, const double *forecast)
{
    fc_panel_evaluation *e = evaluation;
    fc_panel_tally *t = e->tally;
    const size_t stride = (size_t)e->settings.stride;
    const size_t w = origin >= e->first ? (origin - e->first) / stride : e->windows;
    if (w >= e->windows || e->first + w * stride != origin || t->taken[w]) {
        t->odd++;
        return;
    }
    t->taken[w] = true;
    const size_t stations = (size_t)e->panel->count, horizon = (size_t)e->horizon;
    for (size_t s = 0; s < stations; s++)
        for (size_t h = 0; h < horizon; h++)
            t->turned[h * stations + s] = forecast[s * horizon + h];
    tally_add(e, t, w, t->turned);
    if (fc_panel_write_rows(e, origin, t->turned, t->base.stream))
        t->odd++;
}

int fc_panel_model_finish(fc_panel_evaluation *e, nn_error *error)
{
    fc_panel_tally *t = e->tally;
    char name[sizeof e->scores[0].base.name];
    size_t taken = 0;
    for (size_t w = 0; w < e->windows; w++)
        taken += t->taken[w];
    if (taken < e->windows || t->odd)
        return nn_fail(
            error, NN_FAILED,
            "%s gave forecasts for %zu of %zu windows, %zu of its values or windows were not usable",
            e->scores[0].base.name, taken, e->windows, t->odd);
    if (t->failed.code)
        return nn_fail(error, t->failed.code, "%s: %.900s", e->scores[0].base.name, t->failed.text);
    memcpy(name, e->scores[0].base.name, sizeof name);
    const int code = tally_finish(e, t, &e->scores[0], name, error);
    tally_free(t);
    e->tally = NULL;
    if (!code)
        pronounce(e);
    return code;
}

int fc_panel_score_model(fc_panel_evaluation *e, const fc_model *model, int threads, nn_error *error)
{
    const fc_panel_origins all = {e->first, e->windows, (size_t)e->settings.stride};
    int code = fc_panel_model_begin(e, model->kind->name, error);
    if (!code)
        code = fc_panel_model_intervals(e, model, error);
    if (!code)
        code = fc_panel_forecasts(model, e->panel, all, threads, fc_panel_take, e, error);
    return code ? code : fc_panel_model_finish(e, error);
}

void fc_panel_model_forget(fc_panel_evaluation *e)
{
    if (!e->has_model)
        return;
    tally_free(e->tally);
    e->tally = NULL;
    score_clear(&e->scores[0]);
    e->score_count--;
    memmove(&e->scores[0], &e->scores[1], (size_t)e->score_count * sizeof *e->scores);
    e->has_model = false;
}
