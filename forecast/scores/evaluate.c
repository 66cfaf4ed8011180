/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast/scores/evaluate.h"

#include "forecast/scores/verdict.h"
#include "forecast/tasks/view.h"
#include "lib/base/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OF(name) offsetof(fc_score, name)
const fc_metric fc_score_metrics[] = {{"dm", "DM", NULL, OF(dm), 4, 0, FC_SHOW(0, FC_WHOLE, 0)},
                                      {"p", "p", NULL, OF(p), FC_P, 0, FC_SHOW(FC_WHOLE, FC_WHOLE, 0)},
                                      {0}};

/* --- sums of errors --- */

/* Sums over windows for each (variate, step) of one forecaster. */
typedef struct tally {
    double *square, *size; /* scaled errors: columns x horizon */
    double *smape;         /* columns */
    double *loss;          /* mean scaled squared error of each window; NaN: nothing to score */
} tally;

typedef struct scoring {
    const fc_scope *scope;
    const ds_windows *windows;
    int season;
    nn_real *naive; /* horizon x columns, for one window */
    size_t *counts; /* columns x horizon: target values scored */
    size_t skipped;
    int forecasters;
    tally tallies[FC_FORECASTERS];
} scoring;

static double symmetric_error(double truth, double forecast)
{
    double size = fabs(truth) + fabs(forecast);
    return size > 0 ? 200 * fabs(truth - forecast) / size : 0;
}

/* Adds one window's forecast (horizon, N); NaN targets are left out. */
static void add_window(const scoring *self, const tally *sums, size_t window, const nn_real *forecast,
                       const nn_real *truth)
{
    int n = self->scope->count, horizon = self->windows->horizon;
    const ds_scaler *scaler = &self->scope->scaler;
    double square = 0;
    size_t scored = 0;
    for (int h = 0; h < horizon; h++)
        for (int j = 0; j < n; j++) {
            double y = (double)truth[h * n + j], f = (double)forecast[h * n + j];
            if (isnan(y))
                continue;
            size_t at = (size_t)j * (size_t)horizon + (size_t)h;
            double e = f - y;
            square += e * e;
            scored++;
            sums->square[at] += e * e;
            sums->size[at] += fabs(e);
            sums->smape[j] += symmetric_error(ds_scaler_value(scaler, j, y), ds_scaler_value(scaler, j, f));
        }
    sums->loss[window] = scored ? square / (double)scored : NAN;
}

static void count_window(scoring *self, const nn_real *truth)
{
    int n = self->scope->count, horizon = self->windows->horizon;
    for (int h = 0; h < horizon; h++)
        for (int j = 0; j < n; j++) {
            if (!isnan(truth[h * n + j]))
                self->counts[(size_t)j * (size_t)horizon + (size_t)h]++;
            else if (self->scope->is_target[j])
                self->skipped++;
        }
}

static void score_chunk(void *context, size_t first, int count, const nn_ports *ports)
{
    scoring *self = context;
    size_t size = (size_t)self->windows->horizon * (size_t)self->scope->count;
    for (int i = 0; i < count; i++) {
        const nn_real *truth = ports->target->data + (size_t)i * size;
        size_t window = first + (size_t)i;
        size_t row = self->windows->first + window + (size_t)self->windows->lookback;
        count_window(self, truth);
        add_window(self, &self->tallies[0], window, ports->output->data + (size_t)i * size, truth);
        for (int b = 0; b < FC_BASELINES; b++) {
            fc_baselines[b].forecast(self->naive, &self->scope->series, row, self->windows->horizon,
                                     self->season);
            add_window(self, &self->tallies[b + 1], window, self->naive, truth);
        }
    }
}

static void scoring_clear(scoring *self)
{
    for (int i = 0; i < self->forecasters; i++) {
        free(self->tallies[i].square);
        free(self->tallies[i].size);
        free(self->tallies[i].smape);
        free(self->tallies[i].loss);
    }
    free(self->naive);
    free(self->counts);
}

static int scoring_init(scoring *self, const fc_scope *scope, const ds_windows *windows, int season,
                        nn_error *error)
{
    size_t n = (size_t)scope->count, cells = n * (size_t)windows->horizon;
    *self = (scoring){.scope = scope, .windows = windows, .season = season, .forecasters = 1 + FC_BASELINES};
    self->naive = malloc(cells * sizeof *self->naive);
    self->counts = calloc(cells, sizeof *self->counts);
    bool complete = self->naive && self->counts;
    for (int i = 0; i < self->forecasters; i++) {
        tally *t = &self->tallies[i];
        *t = (tally){calloc(cells, sizeof(double)), calloc(cells, sizeof(double)), calloc(n, sizeof(double)),
                     calloc(windows->count, sizeof(double))};
        complete = complete && t->square && t->size && t->smape && t->loss;
    }
    if (complete)
        return NN_OK;
    scoring_clear(self);
    return nn_fail(error, NN_FAILED, "no memory for the scores of %zu columns", n);
}

/* --- from sums to scores --- */

/* Mean |y_t - y_(t-m)| of a scaled column over the training rows: the denominator of MASE. NaN when it is 0.
 */
static double seasonal_difference(const fc_scope *scope, ds_part train, int column, int season)
{
    double sum = 0;
    size_t count = 0, n = (size_t)scope->count, m = (size_t)season;
    for (size_t t = train.begin + m; t < train.end; t++) {
        double d = fabs((double)scope->series.values[t * n + (size_t)column] -
                        (double)scope->series.values[(t - m) * n + (size_t)column]);
        if (isnan(d))
            continue;
        sum += d;
        count++;
    }
    return count && sum > 0 ? sum / (double)count : NAN;
}

/* Scaled errors of some (variate, step) cells together. */
typedef struct cells {
    double square, size, count;
} cells;

static void add_cell(cells *sum, const scoring *self, const tally *t, int j, int h)
{
    size_t at = (size_t)j * (size_t)self->windows->horizon + (size_t)h;
    sum->square += t->square[at];
    sum->size += t->size[at];
    sum->count += (double)self->counts[at];
}

/* Scores of column j. */
static fc_errors variate_errors(const scoring *self, const tally *t, ds_part train, int j)
{
    const double scale = self->scope->scaler.scale[j];
    cells sum = {0};
    for (int h = 0; h < self->windows->horizon; h++)
        add_cell(&sum, self, t, j, h);
    fc_errors e = {.count = (size_t)sum.count, .mse = sum.square / sum.count, .mae = sum.size / sum.count};
    e.rmse = sqrt(e.mse);
    e.own_mse = e.mse * scale * scale;
    e.own_mae = e.mae * scale;
    e.own_rmse = sqrt(e.own_mse);
    e.mase = e.mae / seasonal_difference(self->scope, train, j, self->season);
    e.smape = t->smape[j] / sum.count;
    return e;
}

static fc_errors step_errors(const scoring *self, const tally *t, int h)
{
    cells sum = {0};
    for (int j = 0; j < self->scope->count; j++)
        add_cell(&sum, self, t, j, h);
    return (fc_errors){
        .count = (size_t)sum.count, .mse = sum.square / sum.count, .mae = sum.size / sum.count};
}

/* Mean over the series that have one; NaN when none has. */
static double mean_mase(const fc_errors *errors, int count)
{
    double sum = 0;
    int defined = 0;
    for (int i = 0; i < count; i++)
        if (!isnan(errors[i].mase)) {
            sum += errors[i].mase;
            defined++;
        }
    return defined ? sum / defined : NAN;
}

/* Overall errors weigh every scored value the same. */
static fc_errors overall_errors(const scoring *self, const tally *t, const fc_errors *variate, int targets)
{
    double square_original = 0, size_original = 0, smape = 0;
    cells all = {0};
    for (int j = 0; j < self->scope->count; j++) {
        double scale = self->scope->scaler.scale[j];
        cells own = {0};
        for (int h = 0; h < self->windows->horizon; h++) {
            add_cell(&all, self, t, j, h);
            add_cell(&own, self, t, j, h);
        }
        smape += t->smape[j];
        square_original += own.square * scale * scale;
        size_original += own.size * scale;
    }
    fc_errors e = {.count = (size_t)all.count, .mse = all.square / all.count, .mae = all.size / all.count};
    e.rmse = sqrt(e.mse);
    e.own_mse = square_original / all.count;
    e.own_mae = size_original / all.count;
    e.own_rmse = sqrt(e.own_mse);
    e.smape = smape / all.count;
    e.mase = mean_mase(variate, targets);
    return e;
}

/* --- evaluation --- */

static int windows_of(ds_windows *windows, const ds_split *split, const char *name, const fc_model *model,
                      nn_error *error)
{
    const struct {
        const char *name;
        const ds_part *part;
    } parts[] = {{"train", &split->train}, {"validation", &split->validation}, {"test", &split->test}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(parts[i].name, name) == 0)
            return ds_windows_make(parts[i].part, name, model->lookback, model->horizon, windows, error);
    return nn_fail(error, NN_USAGE, "'%s' is none of train, validation, test", name);
}

static int copy_names(fc_evaluation *e, const fc_scope *scope, const ds_table *table, nn_error *error)
{
    e->names = calloc((size_t)scope->count + 1, sizeof *e->names);
    for (int j = 0; e->names && j < scope->count; j++)
        if (scope->is_target[j] && !(e->names[e->targets++] = strdup(table->names[scope->columns[j]])))
            return nn_no_memory(error);
    return e->names ? NN_OK : nn_no_memory(error);
}

static int fill_scores(fc_evaluation *e, const scoring *self, ds_part train, const char *model_name,
                       nn_error *error)
{
    for (size_t i = 0; i < (size_t)self->scope->count * (size_t)self->windows->horizon; i++)
        e->points += self->counts[i];
    e->skipped = self->skipped;
    e->score_count = self->forecasters;
    for (int i = 0; i < self->forecasters; i++) {
        fc_score *score = &e->scores[i];
        snprintf(score->name, sizeof score->name, "%s", i ? fc_baselines[i - 1].name : model_name);
        score->variate = calloc((size_t)e->targets + 1, sizeof *score->variate);
        score->step = calloc((size_t)e->horizon, sizeof *score->step);
        if (!score->variate || !score->step)
            return nn_no_memory(error);
        for (int j = 0, k = 0; j < self->scope->count; j++)
            if (self->scope->is_target[j])
                score->variate[k++] = variate_errors(self, &self->tallies[i], train, j);
        for (int h = 0; h < e->horizon; h++)
            score->step[h] = step_errors(self, &self->tallies[i], h);
        score->all = overall_errors(self, &self->tallies[i], score->variate, e->targets);
        fc_compare(score, self->tallies[0].loss, self->tallies[i].loss, &e->windows);
    }
    if (e->points == 0)
        return nn_fail(error, NN_BAD_DATA,
                       "there is no known value to score in this part: all are missing or filled in");
    if (!isfinite(e->scores[0].all.mse))
        return nn_fail(error, NN_FAILED, "the model's forecasts are not finite");
    fc_pronounce(e);
    return NN_OK;
}

static int score_all(fc_evaluation *e, fc_scope *scope, const fc_model *model, ds_part train, int threads,
                     nn_error *error)
{
    nn_pool *pool;
    int code = nn_pool_new(&pool, threads, error);
    if (code)
        return code;
    scoring self;
    code = scoring_init(&self, scope, &e->windows, e->season, error);
    if (code == NN_OK) {
        scope->samples.windows = e->windows;
        nn_task network = fc_samples_network(&scope->samples);
        nn_source source = fc_samples_source(&scope->samples);
        code = nn_infer(model->params, &network, &source, 32, pool, score_chunk, &self, error);
        if (code == NN_OK)
            code = fill_scores(e, &self, train, model->kind->name, error);
        scoring_clear(&self);
    }
    nn_pool_free(pool);
    return code;
}

int fc_evaluate(fc_evaluation **out, const fc_model *model, const ds_table *table, const ds_split *split,
                const char *part_name, int season, int threads, nn_error *error)
{
    *out = NULL;
    double start = nn_seconds();
    fc_evaluation *e = calloc(1, sizeof *e);
    if (!e)
        return nn_no_memory(error);
    e->season = season > 0 ? season : ds_frequency_season(table->frequency);
    e->horizon = model->horizon;
    fc_scope scope = {0};
    int code = windows_of(&e->windows, split, part_name, model, error);
    if (code == NN_OK)
        code = fc_scope_make(&scope, model, table, split, error);
    if (code == NN_OK) {
        code = fc_scope_check_known(&scope, table, error);
        if (code == NN_OK)
            code = copy_names(e, &scope, table, error);
        if (code == NN_OK)
            code = score_all(e, &scope, model, split->train, threads, error);
        fc_scope_clear(&scope);
    }
    e->seconds = nn_seconds() - start;
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
    for (int i = 0; i < e->score_count; i++) {
        free(e->scores[i].variate);
        free(e->scores[i].step);
    }
    free(e);
}

/* --- one window --- */

typedef struct one_window {
    const fc_scope *scope;
    double *forecast, *truth;
} one_window;

/* Targets only, back in original units. */
static void unscale(double *out, const fc_scope *scope, const nn_real *values, int horizon)
{
    if (!out)
        return;
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
    unscale(self->forecast, self->scope, ports->output->data, horizon);
    unscale(self->truth, self->scope, ports->target->data, horizon);
}

static int run_window(fc_scope *scope, const fc_model *model, const ds_windows *windows, size_t window,
                      int season, double *forecast, double *truth, double *naive, nn_error *error)
{
    nn_pool *pool;
    int code = nn_pool_new(&pool, 1, error);
    if (code)
        return code;
    scope->samples.windows = (ds_windows){windows->first + window, 1, windows->lookback, windows->horizon};
    nn_task network = fc_samples_network(&scope->samples);
    nn_source source = fc_samples_source(&scope->samples);
    one_window take = {scope, forecast, truth};
    code = nn_infer(model->params, &network, &source, 1, pool, take_window, &take, error);
    nn_pool_free(pool);
    nn_real *values = malloc((size_t)model->horizon * (size_t)scope->count * sizeof *values);
    if (code == NN_OK && !values)
        code = nn_no_memory(error);
    if (code == NN_OK && naive) {
        size_t row = windows->first + window + (size_t)windows->lookback;
        fc_seasonal_naive(values, &scope->series, row, model->horizon, season);
        unscale(naive, scope, values, model->horizon);
    }
    free(values);
    return code;
}

int fc_evaluate_window(const fc_model *model, const ds_table *table, const ds_split *split,
                       const char *part_name, size_t window, int season, double *forecast, double *truth,
                       double *naive, size_t *first_target_row, nn_error *error)
{
    ds_windows windows;
    int code = windows_of(&windows, split, part_name, model, error);
    if (code)
        return code;
    if (window >= windows.count)
        return nn_fail(error, NN_USAGE, "--window %zu: the %s part has the windows 0 to %zu", window,
                       part_name, windows.count - 1);
    fc_scope scope;
    code = fc_scope_make(&scope, model, table, split, error);
    if (code)
        return code;
    if (first_target_row)
        *first_target_row = windows.first + window + (size_t)windows.lookback;
    season = season > 0 ? season : ds_frequency_season(table->frequency);
    code = run_window(&scope, model, &windows, window, season, forecast, truth, naive, error);
    fc_scope_clear(&scope);
    return code;
}
