/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores the windows of a table: a model and its naive rivals over the same values. */
#include "forecast/scores/evaluate.h"

#include "datasets/series/season.h"

#include "forecast/tasks/series/view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- evaluation --- */

static int windows_of(ds_windows *windows, const fc_score_request *r, nn_error *error)
{
    const ds_part *part = ds_split_part(r->split, r->part, error);
    return part ? ds_windows_make(part, r->part, r->model->lookback, r->model->horizon, windows, error)
                : NN_USAGE;
}

/* As asked for, as the model has it of rows of its own kind, or as the training rows show. */
static int find_season(ds_season *season, const fc_score_request *r, nn_error *error)
{
    const ds_frequency here = r->table->frequency, there = r->model->frequency;
    *season = (ds_season){r->season, false};
    if (!season->rows && here.unit == there.unit && here.count == there.count)
        *season = (ds_season){r->model->season, r->model->season_found};
    return season->rows ? NN_OK : ds_season_of(r->table, r->split->train, NULL, season, error);
}

static int copy_names(fc_evaluation *e, const fc_scope *scope, const ds_table *table, nn_error *error)
{
    e->names = calloc((size_t)scope->count + 1, sizeof *e->names);
    for (int j = 0; e->names && j < scope->count; j++)
        if (scope->is_target[j] && !(e->names[e->targets++] = strdup(table->names[scope->columns[j]])))
            return nn_no_memory(error);
    return e->names ? NN_OK : nn_no_memory(error);
}

/* The sentences with the name of the score that decides. */
typedef struct sentences {
    char beats[200], chance[250], loses[250];
} sentences;

static void write_sentences(sentences *s, const char *score)
{
    snprintf(
        s->beats, sizeof s->beats,
        "{model} beats the best naive forecast, {rival}: %s {value} against {other}{change} ({p}){more}.",
        score);
    snprintf(s->chance, sizeof s->chance,
             "The %s of {model}, {value}, is {by} lower than that of the best naive forecast, {rival}, "
             "{other}, but "
             "the difference may be chance ({p}).",
             score);
    snprintf(s->loses, sizeof s->loses,
             "{model} does NOT beat the naive forecast {rival}: %s {value} against {other}{change} ({p}). "
             "Repeating "
             "the last {what} forecasts {as} here.",
             score);
}

void fc_pronounce(fc_evaluation *e)
{
    sentences text;
    if (e->score_count < 2) {
        e->beats_naive = false;
        snprintf(e->verdict, sizeof e->verdict,
                 "%s is the naive forecast itself: there is none for it to beat.", e->scores[0].name);
        return;
    }
    e->best_naive = 1;
    for (int i = 2; i < e->score_count; i++)
        if (fc_errors_judged(&e->scores[i].all) < fc_errors_judged(&e->scores[e->best_naive].all))
            e->best_naive = i;
    const fc_entry *model = &e->scores[0], *best = &e->scores[e->best_naive];
    const bool squares = !(model->all.loss > 0);
    write_sentences(&text, squares ? "MSE" : e->loss);
    const fc_words words = {text.beats, text.chance, text.loses, 6, 1};
    const fc_match match = {.model = model->name,
                            .rival = best->name,
                            .metric = fc_judged_metric(&model->all),
                            .record = &model->all,
                            .rival_record = &best->all,
                            .statistic = best->dm,
                            .p = best->p,
                            .windows = e->windows.count,
                            .steps = (size_t)e->horizon,
                            .horizon = e->horizon,
                            .what = strcmp(best->name, fc_rival_names[0]) == 0 ? "value" : "season",
                            .more =
                                squares && model->all.mae > best->all.mae ? ", but its MAE is higher" : NULL};
    e->beats_naive = fc_judge(e->verdict, sizeof e->verdict, &words, &match);
}

/* Whether a mean over the targets in the file's units may mean anything: they are all of one variable, or
 * their values spread alike, within a factor of ten. */
static bool have_one_unit(const fc_scope *scope, ds_part train)
{
    const ds_layout *layout = &scope->view.table->layout;
    double least = INFINITY, most = 0;
    for (int k = 0; k < scope->view.targets; k++) {
        double mean, deviation;
        if (!ds_view_moments(&scope->view, train, k, &mean, &deviation) || !(deviation > 0))
            continue;
        least = fmin(least, deviation);
        most = fmax(most, deviation);
    }
    return (layout->longform && layout->value_count - scope->view.table->holidays == 1) ||
           !(most > 10 * least);
}

static int make_scores(fc_evaluation *e, fc_tally tallies[FC_FORECASTERS], const fc_scope *scope,
                       ds_part train, const char *model_name, nn_error *error)
{
    fc_naive *naive = calloc((size_t)e->targets + 1, sizeof *naive);
    int code = naive ? NN_OK : nn_no_memory(error);
    for (int k = 0; k < e->targets && !code; k++)
        naive[k] = fc_naive_errors(&scope->view, train, k, e->season);
    for (int i = 0; i < FC_FORECASTERS && !code; i++)
        if (tallies[i].each)
            code = fc_entry_make(&e->scores[e->score_count++], i ? fc_rival_names[i - 1] : model_name,
                                 &tallies[i], naive, (size_t)e->targets, (size_t)e->horizon, error);
    free(naive);
    if (code)
        return code;
    e->one_unit = have_one_unit(scope, train);
    for (int i = 0; i < e->score_count && !e->one_unit; i++)
        e->scores[i].all.own_mse = e->scores[i].all.own_mae = e->scores[i].all.own_rmse = NAN;
    e->points = e->scores[0].all.count;
    if (e->points == 0)
        return nn_fail(error, NN_BAD_DATA,
                       "there is no known value to score in this part: all are missing or filled in");
    return isfinite(e->scores[0].all.mse) ? NN_OK
                                          : nn_fail(error, NN_FAILED, "the model's forecasts are not finite");
}

static int score_all(fc_evaluation *e, fc_scope *scope, const fc_model *model, const fc_score_request *r,
                     nn_error *error)
{
    const ds_part train = r->split->train;
    const fc_interval_set *intervals = r->how.intervals;
    fc_tally tallies[FC_FORECASTERS] = {0};
    int which[FC_RIVALS], code = NN_OK;
    const int rivals = fc_rivals_choose(which, model->kind, e->season);
    for (int i = 0; i <= rivals && !code; i++)
        code = fc_tally_make(&tallies[i ? 1 + which[i - 1] : 0], (size_t)e->targets, (size_t)e->horizon,
                             e->windows.count, error);
    for (int i = 0; i <= rivals && !code && intervals && intervals->values; i++)
        code = fc_stream_new(&tallies[i ? 1 + which[i - 1] : 0].stream, intervals, e->targets, e->horizon,
                             error);
    if (!code)
        code = fc_score_windows(tallies, &e->skipped, scope, model, &e->windows, train, e->season, r->threads,
                                r->how.rows, error);
    if (!code)
        code = make_scores(e, tallies, scope, train, model->kind->name, error);
    for (int i = 0; i < FC_FORECASTERS; i++)
        fc_tally_clear(&tallies[i]);
    if (code)
        return code;
    for (int i = 1; i < e->score_count; i++)
        fc_entry_compare(&e->scores[i], &e->scores[0], e->windows.count, (size_t)e->horizon);
    fc_entries_adjust(&e->scores[0], sizeof e->scores[0], e->score_count);
    fc_pronounce(e);
    return NN_OK;
}

int fc_evaluate(fc_evaluation **out, const fc_score_request *r, nn_error *error)
{
    *out = NULL;
    fc_evaluation *e = calloc(1, sizeof *e);
    if (!e)
        return nn_no_memory(error);
    e->horizon = r->model->horizon;
    fc_loss_name(&r->model->record.training, e->loss);
    fc_scope scope = {0};
    ds_season season;
    int code = find_season(&season, r, error);
    e->season = season.rows;
    e->season_found = season.found;
    if (code == NN_OK)
        code = windows_of(&e->windows, r, error);
    const size_t windows = e->windows.count;
    if (code == NN_OK)
        code = fc_scope_make(&scope, r->model, r->table, r->split, error);
    if (code == NN_OK) {
        code = r->model->kind->forecaster ? NN_OK
                                          : fc_scope_bound(&scope, r->table, &e->windows, r->part, error);
        e->clipped = windows - e->windows.count;
        if (code == NN_OK)
            code = copy_names(e, &scope, r->table, error);
        if (code == NN_OK)
            code = score_all(e, &scope, r->model, r, error);
        fc_scope_clear(&scope);
    }
    if (code) {
        fc_evaluation_free(e);
        return code;
    }
    *out = e;
    return NN_OK;
}

void fc_evaluation_free(fc_evaluation *e)
{
    if (!e)
        return;
    for (int i = 0; i < e->targets; i++)
        free(e->names[i]);
    free(e->names);
    for (int i = 0; i < e->score_count; i++)
        fc_entry_clear(&e->scores[i]);
    free(e);
}

/* --- one window --- */

typedef struct one_window {
    const fc_scope *scope;
    fc_window_view *view;
} one_window;

/* Targets only, back in original units. */
static void unscale(double *out, const fc_scope *scope, const nn_real *values, int horizon)
{
    for (int h = 0; h < horizon; h++)
        for (int j = 0; j < scope->count; j++)
            if (scope->is_target[j])
                *out++ = ds_scaler_value(&scope->scaler, j, (double)values[h * scope->count + j]);
}

static void take_window(void *context, size_t first, int count, const nn_ports *ports)
{
    (void)first, (void)count;
    one_window *self = context;
    int horizon = ports->output->shape[1];
    unscale(self->view->forecast, self->scope, ports->output->data, horizon);
    unscale(self->view->truth, self->scope, ports->target->data, horizon);
}

/* The rows around the first forecast one, as the table has them. */
static void view_rows(fc_window_view *view, const fc_scope *scope, const ds_table *table, size_t row)
{
    const size_t from = row - view->seen, k = (size_t)view->series;
    memcpy(view->time, table->time + from, (view->seen + (size_t)view->horizon) * sizeof *view->time);
    for (size_t i = 0; i < k; i++) {
        const int column = scope->columns[scope->targets[i]];
        view->names[i] = table->names[column];
        for (size_t r = 0; r < view->seen; r++)
            view->history[r * k + i] = table->values[(from + r) * (size_t)table->columns + (size_t)column];
    }
    view->forecaster = "forecast";
    view->rival = "naive";
    view->frequency = table->frequency;
    view->zone = ds_time_zone(&table->layout.format);
}

static int forecast_rival(fc_window_view *view, const fc_scope *scope, const fc_score_request *r, size_t row,
                          nn_error *error)
{
    fc_rivals rivals;
    nn_real *values = malloc((size_t)view->horizon * (size_t)scope->count * sizeof *values);
    ds_season season;
    int code = values ? find_season(&season, r, error) : nn_no_memory(error);
    if (!code)
        code = fc_rivals_fit(&rivals, scope, r->split->train, view->horizon, season.rows, error);
    if (!code) {
        fc_rivals_forecast(values, &rivals, FC_RIVALS - 1, row);
        unscale(view->naive, scope, values, view->horizon);
        fc_rivals_clear(&rivals);
    }
    free(values);
    return code;
}

static int run_window(fc_window_view *view, fc_scope *scope, const fc_score_request *r,
                      const ds_windows *windows, nn_error *error)
{
    nn_pool *pool;
    const size_t row = windows->first + (size_t)windows->lookback;
    const size_t lookback = (size_t)windows->lookback;
    int code = fc_window_view_make(view, scope->view.targets, windows->horizon,
                                   row > lookback ? lookback : row, error);
    if (!code)
        code = nn_pool_new(&pool, 1, error);
    if (code)
        return code;
    scope->samples.windows = *windows;
    one_window take = {scope, view};
    code = fc_scope_infer(scope, r->model, 1, pool, take_window, &take, error);
    nn_pool_free(pool);
    if (!code)
        code = forecast_rival(view, scope, r, row, error);
    view_rows(view, scope, r->table, row);
    return code;
}

int fc_evaluate_window(fc_window_view *view, const fc_score_request *r, size_t window, size_t *first,
                       nn_error *error)
{
    ds_windows windows;
    fc_scope scope;
    *view = (fc_window_view){0};
    int code = windows_of(&windows, r, error);
    if (code)
        return code;
    if (window >= windows.count)
        return nn_fail(error, NN_USAGE, "--window %zu: the %s part has the windows 0 to %zu", window, r->part,
                       windows.count - 1);
    windows.first += window;
    windows.count = 1;
    code = fc_scope_make(&scope, r->model, r->table, r->split, error);
    if (!code) {
        code = run_window(view, &scope, r, &windows, error);
        fc_scope_clear(&scope);
    }
    if (first)
        *first = windows.first + (size_t)windows.lookback;
    if (code)
        fc_window_view_clear(view);
    return code;
}
