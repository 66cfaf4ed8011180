/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast/scores/stations.h"

#include "forecast/scores/evaluate.h"
#include "forecast/scores/stations_verdict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OF(name) offsetof(fc_panel_score, name)
const fc_metric fc_panel_p_metrics[] = {{"p", "p", NULL, OF(p), FC_P, 0, FC_SHOW(FC_WHOLE, 0, 0)}, {0}};
const fc_metric fc_panel_dm_metrics[] = {{"dm", "DM", NULL, OF(dm), 4, 0, FC_SHOW(0, FC_WHOLE, 0)},
                                         {"p", "p", NULL, OF(p), FC_P, 0, FC_SHOW(0, FC_WHOLE, 0)},
                                         {0}};

#undef OF
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

/* Sums of errors over some set of points. */
typedef struct cell {
    double absolute, square, size;
    size_t count;
} cell;

/* What one forecaster has gathered so far. */
typedef struct fc_panel_tally {
    cell *cells; /* H x S */
    cell *farm;  /* H */
    double *loss;
    bool *taken; /* windows */
    fc_kdd kdd;
    size_t kdd_windows;
    bool guard;
    size_t odd; /* origins that are no window's, windows taken twice, values that are not finite */
    nn_error failed;
    double *turned; /* H x S: a model's forecast of a window */
    double *truth;  /* H x S of a window, with its validity */
    uint8_t *valid;
} fc_panel_tally;

static void cell_add(cell *c, double forecast, double truth)
{
    const double e = forecast - truth;
    c->absolute += fabs(e);
    c->square += e * e;
    c->size += fabs(truth);
    c->count++;
}

static void cell_join(cell *to, const cell *from)
{
    to->absolute += from->absolute;
    to->square += from->square;
    to->size += from->size;
    to->count += from->count;
}

static fc_errors errors_of(const cell *c)
{
    const double n = (double)c->count;
    fc_errors e = {.count = c->count, .mse = c->square / n, .mae = c->absolute / n};
    e.rmse = sqrt(e.mse);
    e.wape = c->size > 0 ? c->absolute / c->size : NAN;
    return e;
}

static void tally_free(fc_panel_tally *t)
{
    if (!t)
        return;
    free(t->cells);
    free(t->farm);
    free(t->loss);
    free(t->taken);
    free(t->turned);
    free(t->truth);
    free(t->valid);
    free(t);
}

static fc_panel_tally *tally_new(const fc_panel_evaluation *e)
{
    const size_t cells = (size_t)e->horizon * (size_t)e->panel->count;
    fc_panel_tally *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->cells = calloc(cells, sizeof *t->cells);
    t->farm = calloc((size_t)e->horizon, sizeof *t->farm);
    t->loss = calloc(e->windows, sizeof *t->loss);
    t->taken = calloc(e->windows, sizeof *t->taken);
    t->turned = calloc(cells, sizeof *t->turned);
    t->truth = calloc(cells, sizeof *t->truth);
    t->valid = calloc(cells, sizeof *t->valid);
    if (t->cells && t->farm && t->loss && t->taken && t->turned && t->truth && t->valid)
        return t;
    tally_free(t);
    return NULL;
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
    double square = 0;
    size_t count = 0;
    for (size_t h = 0; h < (size_t)e->horizon; h++) {
        double farm_truth = 0, farm_forecast = 0;
        const size_t before = count;
        for (size_t s = 0; s < stations; s++) {
            const size_t at = h * stations + s, row = (origin + h) * stations + s;
            t->truth[at] = p->y[row];
            t->valid[at] = p->valid[row];
            if (!isfinite(forecast[at]))
                t->odd++;
            if (!p->valid[row])
                continue;
            cell_add(&t->cells[at], forecast[at], p->y[row]);
            square += (forecast[at] - p->y[row]) * (forecast[at] - p->y[row]);
            farm_truth += p->y[row];
            farm_forecast += forecast[at];
            count++;
        }
        if (count > before)
            cell_add(&t->farm[h], farm_forecast, farm_truth);
    }
    t->loss[w] = count ? square / (double)count : NAN;
    if (e->settings.kdd && count)
        add_kdd(e, t, forecast);
}

/* The sums become the score, which owns its arrays. */
static int tally_finish(fc_panel_evaluation *e, fc_panel_tally *t, fc_panel_score *score, const char *name,
                        nn_error *error)
{
    const size_t stations = (size_t)e->panel->count, horizon = (size_t)e->horizon;
    cell all = {0}, farm = {0};
    *score = (fc_panel_score){.dm = NAN, .p = NAN};
    snprintf(score->name, sizeof score->name, "%s", name);
    score->station = calloc(stations, sizeof *score->station);
    score->step = calloc(horizon, sizeof *score->step);
    score->farm_step = calloc(horizon, sizeof *score->farm_step);
    if (!score->station || !score->step || !score->farm_step)
        return nn_fail(error, NN_FAILED, "no memory for scores");
    for (size_t s = 0; s < stations; s++) {
        cell c = {0};
        for (size_t h = 0; h < horizon; h++)
            cell_join(&c, &t->cells[h * stations + s]);
        score->station[s] = errors_of(&c);
    }
    for (size_t h = 0; h < horizon; h++) {
        cell c = {0};
        for (size_t s = 0; s < stations; s++)
            cell_join(&c, &t->cells[h * stations + s]);
        score->step[h] = errors_of(&c);
        score->farm_step[h] = errors_of(&t->farm[h]);
        cell_join(&all, &c);
        cell_join(&farm, &t->farm[h]);
    }
    score->all = errors_of(&all);
    score->farm = errors_of(&farm);
    const double n = (double)t->kdd_windows;
    score->kdd = t->kdd;
    score->kdd.mae = t->kdd_windows ? t->kdd.mae / n : NAN;
    score->kdd.rmse = t->kdd_windows ? t->kdd.rmse / n : NAN;
    score->kdd.score = t->kdd_windows ? t->kdd.score / n : NAN;
    score->loss = t->loss;
    t->loss = NULL;
    return NN_OK;
}

static void score_clear(fc_panel_score *score)
{
    free(score->station);
    free(score->step);
    free(score->farm_step);
    free(score->loss);
}

/* --- the baselines --- */

static int score_baselines(fc_panel_evaluation *e, nn_error *error)
{
    double *forecast = calloc((size_t)e->horizon * (size_t)e->panel->count, sizeof *forecast);
    int code = forecast ? NN_OK : nn_fail(error, NN_FAILED, "no memory for forecasts");
    for (int which = 0; which < FC_PANEL_BASELINES && !code; which++) {
        fc_panel_tally *t = tally_new(e);
        if (!t) {
            code = nn_fail(error, NN_FAILED, "no memory for scores");
            break;
        }
        for (size_t w = 0; w < e->windows; w++) {
            fc_panel_baseline_forecast(e->baselines, which, e->first + w * (size_t)e->settings.stride,
                                       forecast);
            tally_add(e, t, w, forecast);
        }
        code = tally_finish(e, t, &e->scores[e->score_count++], fc_panel_baseline_name(which), error);
        tally_free(t);
    }
    free(forecast);
    return code;
}

static int find_windows(fc_panel_evaluation *e, const ds_split *split, const char *part_name, nn_error *error)
{
    ds_windows windows;
    if (strcmp(part_name, "test") == 0)
        e->part = split->test;
    else if (strcmp(part_name, "validation") == 0)
        e->part = split->validation;
    else if (strcmp(part_name, "train") == 0)
        e->part = split->train;
    else
        return nn_fail(error, NN_USAGE, "there is no part '%.40s': test, validation, train", part_name);
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
        e->order = settings->baseline.order;
        e->neighbours = e->baselines->neighbours;
        code = score_baselines(e, error);
    }
    if (code) {
        fc_panel_evaluation_free(e);
        return code;
    }
    fc_panel_pronounce(e);
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
    free(e);
}

/* --- a model --- */

int fc_panel_model_begin(fc_panel_evaluation *e, const char *name, nn_error *error)
{
    if (e->has_model || e->tally)
        return nn_fail(error, NN_USAGE, "an evaluation has one model");
    if (!(e->tally = tally_new(e)))
        return nn_fail(error, NN_FAILED, "no memory for scores");
    e->tally->guard = true;
    memmove(&e->scores[1], &e->scores[0], (size_t)e->score_count * sizeof *e->scores);
    e->scores[0] = (fc_panel_score){.dm = NAN, .p = NAN};
    snprintf(e->scores[0].name, sizeof e->scores[0].name, "%s", name);
    e->score_count++;
    e->has_model = true;
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
}

int fc_panel_model_finish(fc_panel_evaluation *e, nn_error *error)
{
    fc_panel_tally *t = e->tally;
    char name[sizeof e->scores[0].name];
    size_t taken = 0;
    for (size_t w = 0; w < e->windows; w++)
        taken += t->taken[w];
    if (taken < e->windows || t->odd)
        return nn_fail(
            error, NN_FAILED,
            "%s gave forecasts for %zu of %zu windows, %zu of its values or windows were not usable",
            e->scores[0].name, taken, e->windows, t->odd);
    if (t->failed.code)
        return nn_fail(error, t->failed.code, "%s: %.900s", e->scores[0].name, t->failed.text);
    memcpy(name, e->scores[0].name, sizeof name);
    const int code = tally_finish(e, t, &e->scores[0], name, error);
    tally_free(t);
    e->tally = NULL;
    if (!code)
        fc_panel_pronounce(e);
    return code;
}
