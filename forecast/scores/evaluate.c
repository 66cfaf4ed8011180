/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores the windows of a table: a model and its naive rivals over the same values. */
#include "forecast/scores/evaluate.h"

#include "datasets/series/season.h"

#include "forecast/tasks/view.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- sums of errors --- */

/* What is summed of each column over windows and steps; arrays of their own are summed several at once. */
enum { COUNT, SQUARE, ABSOLUTE, SYMMETRIC, SHARE, SUMS };

/* What came in one window, horizon x columns each, the same for all forecasters. Where nothing is known the
 * weight is 0, and the others are harmless. */
typedef struct came {
    double *weight, *scaled, *own, *size; /* 0 or 1; scaled; as the file has it; |own| */
} came;
enum { CAME = sizeof(came) / sizeof(double *) };

typedef struct scoring {
    const fc_scope *scope;
    const ds_windows *windows;
    int *target;    /* columns: its number among the targets */
    nn_real *naive; /* horizon x columns, for one window */
    came came;
    double *sums;            /* FC_FORECASTERS x SUMS x columns */
    double *error;           /* columns: of one step */
    struct fc_truths *truth; /* targets */
    size_t skipped;
    fc_rivals rivals;
    const fc_training *training; /* of the model: its loss decides; NULL: the square does */
    fc_tally *tallies;           /* FC_FORECASTERS; rivals without sums are not scored */
} scoring;

/* Adds a step's errors to the columns' sums, see fc_sums, and notes them; without a branch, so that several
 * columns are added at once. at: of the step in what came. */
static void add_row(const scoring *self, double *restrict sums, size_t at, const nn_real *restrict forecast)
{
    const size_t n = (size_t)self->scope->count;
    const double *restrict scale = self->scope->scaler.scale, *restrict shift = self->scope->scaler.shift;
    const double *restrict weight = self->came.weight + at, *restrict scaled = self->came.scaled + at,
                           *restrict own = self->came.own + at, *restrict size = self->came.size + at;
    double *restrict error = self->error, *restrict count = sums, *restrict square = sums + SQUARE * n,
                     *restrict absolute = sums + ABSOLUTE * n, *restrict symmetric = sums + SYMMETRIC * n,
                     *restrict share = sums + SHARE * n;
    for (size_t j = 0; j < n; j++) {
        const double f = (double)forecast[j], e = weight[j] * (f - scaled[j]);
        const double own_forecast = f * scale[j] + shift[j], both = size[j] + fabs(own_forecast);
        const double off = weight[j] * fabs(own_forecast - own[j]), ratio = off / both;
        error[j] = e;
        count[j] += weight[j];
        square[j] += e * e;
        absolute[j] += fabs(e);
        symmetric[j] += both > 0 ? ratio : 0;
        share[j] += off / size[j];
    }
}

/* The loss that decides where it is not the square: a step's, which joins the sums. at: as of add_row. */
static double add_losses(const scoring *self, const fc_tally *tally, size_t at)
{
    const fc_training *training = self->training;
    double sum = 0;
    for (size_t j = 0; j < (size_t)self->scope->count; j++) {
        if (!(self->came.weight[at + j] > 0))
            continue;
        fc_sums *each = &tally->each[self->target[j]];
        const double loss = fc_loss_value(training, self->error[j]);
        each->loss += loss + DBL_MIN; /* a loss of 0 is one, too */
        each->below += training->loss == NN_PINBALL && self->error[j] > 0;
        sum += loss;
    }
    return sum;
}

/* Adds one window's forecast (horizon, N) of forecaster i. */
static void add_window(const scoring *self, int i, size_t window, const nn_real *forecast)
{
    const fc_tally *tally = &self->tallies[i];
    const size_t n = (size_t)self->scope->count;
    double losses = 0, count = 0;
    for (size_t h = 0; h < (size_t)self->windows->horizon; h++) {
        fc_sums one = {0}; /* mse and mae alone are asked for */
        add_row(self, self->sums + (size_t)i * SUMS * n, h * n, forecast + h * n);
        for (size_t j = 0; j < n; j++) {
            one.count += self->came.weight[h * n + j];
            one.square += self->error[j] * self->error[j];
            one.absolute += fabs(self->error[j]);
        }
        fc_sums_join(&tally->step[h], &one);
        losses += self->training ? add_losses(self, tally, h * n) : one.square;
        count += one.count;
    }
    tally->loss[window] = losses / count;
}

/* The columns' sums become those of the targets. */
static void give_sums(const scoring *self, int i)
{
    const fc_scope *scope = self->scope;
    const size_t n = (size_t)scope->count;
    const double *sums = self->sums + (size_t)i * SUMS * n;
    for (int k = 0; k < scope->view.targets; k++) {
        const size_t j = (size_t)scope->targets[k];
        fc_sums *to = &self->tallies[i].each[k];
        *to = (fc_sums){.count = sums[COUNT * n + j],
                        .square = sums[SQUARE * n + j],
                        .absolute = sums[ABSOLUTE * n + j],
                        .symmetric = sums[SYMMETRIC * n + j],
                        .share = sums[SHARE * n + j],
                        .loss = to->loss,
                        .below = to->below};
        fc_sums_complete(to, &self->truth[k], scope->scaler.scale[j]);
    }
}

/* What came, NaN where nothing is known; row: of its first value. */
static void note_truth(scoring *self, size_t row, const nn_real *truth)
{
    const fc_scope *scope = self->scope;
    const came *c = &self->came;
    for (int h = 0; h < self->windows->horizon; h++) {
        const double *from =
            scope->view.table->values + (row + (size_t)h) * (size_t)scope->view.table->columns;
        for (int j = 0; j < scope->count; j++) {
            const int at = h * scope->count + j;
            const double own = from[scope->columns[j]];
            const bool known = !isnan(truth[at]);
            c->weight[at] = known;
            c->scaled[at] = known ? (double)truth[at] : 0;
            c->own[at] = known ? own : 0;
            c->size[at] = known ? fabs(own) : 1;
            if (known)
                fc_truths_add(&self->truth[self->target[j]], (double)truth[at], own);
            else
                self->skipped += scope->is_target[j];
        }
    }
}

static void score_chunk(void *context, size_t first, int count, const nn_ports *ports)
{
    scoring *self = context;
    const int horizon = self->windows->horizon;
    size_t size = (size_t)horizon * (size_t)self->scope->count;
    for (int i = 0; i < count; i++) {
        const nn_real *truth = ports->target->data + (size_t)i * size;
        size_t window = first + (size_t)i;
        size_t row = self->windows->first + window + (size_t)self->windows->lookback;
        note_truth(self, row, truth);
        add_window(self, 0, window, ports->output->data + (size_t)i * size);
        for (int b = 0; b < FC_RIVALS; b++) {
            if (!self->tallies[b + 1].each)
                continue;
            fc_rivals_forecast(self->naive, &self->rivals, b, row);
            add_window(self, b + 1, window, self->naive);
        }
    }
}

static int scoring_init(scoring *self, int season, ds_part train, nn_error *error)
{
    const fc_scope *scope = self->scope;
    const size_t n = (size_t)scope->count, horizon = (size_t)self->windows->horizon;
    self->target = calloc(n + 1, sizeof *self->target);
    self->naive = malloc((n * horizon + 1) * sizeof *self->naive);
    double *room = malloc((CAME * n * horizon + 1) * sizeof *room);
    self->came = (came){room, room + n * horizon, room + 2 * n * horizon, room + 3 * n * horizon};
    self->truth = calloc(n + 1, sizeof *self->truth);
    self->sums = calloc(FC_FORECASTERS * SUMS * n + 1, sizeof *self->sums);
    self->error = malloc((n + 1) * sizeof *self->error);
    if (!self->target || !self->naive || !room || !self->truth || !self->sums || !self->error)
        return nn_no_memory(error);
    for (int k = 0; k < scope->view.targets; k++)
        self->target[scope->targets[k]] = k;
    bool any = false;
    for (int i = 1; i < FC_FORECASTERS; i++)
        any = any || self->tallies[i].each;
    return any ? fc_rivals_fit(&self->rivals, scope, train, self->windows->horizon, season, error) : NN_OK;
}

int fc_score_windows(fc_tally tallies[FC_FORECASTERS], size_t *skipped, fc_scope *scope,
                     const fc_model *model, const ds_windows *windows, ds_part train, int season, int threads,
                     nn_error *error)
{
    nn_pool *pool;
    const fc_training *training = &model->record.training;
    scoring self = {.scope = scope,
                    .windows = windows,
                    .training = training->loss == NN_MSE || model->kind->forecaster ? NULL : training,
                    .tallies = tallies};
    int code = nn_pool_new(&pool, threads, error);
    if (code)
        return code;
    scope->samples.windows = *windows;
    code = scoring_init(&self, season, train, error);
    if (!code)
        code = fc_scope_infer(scope, model, 32, pool, score_chunk, &self, error);
    for (int i = 0; i < FC_FORECASTERS && !code; i++)
        if (tallies[i].each)
            give_sums(&self, i);
    *skipped = self.skipped;
    fc_rivals_clear(&self.rivals);
    free(self.target);
    free(self.naive);
    free(self.came.weight);
    free(self.truth);
    free(self.sums);
    free(self.error);
    nn_pool_free(pool);
    return code;
}

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
    return (layout->longform && layout->value_count == 1) || !(most > 10 * least);
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

static int score_all(fc_evaluation *e, fc_scope *scope, const fc_model *model, ds_part train, int threads,
                     nn_error *error)
{
    fc_tally tallies[FC_FORECASTERS] = {0};
    int which[FC_RIVALS], code = NN_OK;
    const int rivals = fc_rivals_choose(which, model->kind, e->season);
    for (int i = 0; i <= rivals && !code; i++)
        code = fc_tally_make(&tallies[i ? 1 + which[i - 1] : 0], (size_t)e->targets, (size_t)e->horizon,
                             e->windows.count, error);
    if (!code)
        code = fc_score_windows(tallies, &e->skipped, scope, model, &e->windows, train, e->season, threads,
                                error);
    if (!code)
        code = make_scores(e, tallies, scope, train, model->kind->name, error);
    for (int i = 0; i < FC_FORECASTERS; i++)
        fc_tally_clear(&tallies[i]);
    if (code)
        return code;
    for (int i = 1; i < e->score_count; i++)
        fc_entry_compare(&e->scores[i], &e->scores[0], e->windows.count, (size_t)e->horizon);
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
    if (code == NN_OK)
        code = fc_scope_make(&scope, r->model, r->table, r->split, error);
    if (code == NN_OK) {
        code = r->model->kind->forecaster ? NN_OK
                                          : fc_scope_bound(&scope, r->table, &e->windows, r->part, error);
        if (code == NN_OK)
            code = copy_names(e, &scope, r->table, error);
        if (code == NN_OK)
            code = score_all(e, &scope, r->model, r->split->train, r->threads, error);
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
