/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model of a table's columns learns from: windows of its rows, scaled. */
#include "forecast/tasks/series/series.h"

#include "forecast/errors/residuals.h"
#include "forecast/tasks/series/around.h"
#include "forecast/tasks/series/rivals.h"
#include "forecast/tasks/series/rotation.h"
#include "forecast/tasks/series/view.h"
#include "forecast/tasks/table/table_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int fc_fit_scaler(fc_model *model, const fc_request *request, nn_error *error)
{
    const bool stays = request->goes_on && !model->kind->forecaster; /* the weights go by it */
    if (!stays)
        ds_scaler_clear(&model->scaler);
    const int code =
        stays ? NN_OK
              : ds_scaler_fit(&model->scaler, request->scaler, request->table, request->split->train, error);
    return code ? code : fc_table_model_note(model, request->table, request->split->train, error);
}

/* A naive forecast's mean loss over the windows' targets, scaled. scratch: horizon x columns. */
static double naive_loss(const fc_training *training, const fc_samples *s, const fc_rivals *rivals, int which,
                         nn_real *scratch)
{
    size_t n = (size_t)s->series.columns;
    int horizon = s->windows.horizon;
    double sum = 0;
    size_t count = 0;
    for (size_t w = 0; w < s->windows.count; w++) {
        const size_t from = s->windows.first + w, row = from + (size_t)s->windows.lookback;
        fc_rivals_forecast(scratch, rivals, which, row);
        for (size_t i = 0; i < (size_t)horizon * n; i++) {
            if (!s->series.is_target[i % n] || (s->series.hidden && s->series.hidden[row * n + i]))
                continue;
            const double e = (double)scratch[i] - (double)s->series.values[row * n + i];
            if (s->series.ragged && (isnan(e) || isnan(s->series.values[from * n + i % n])))
                continue; /* left out of the window */
            sum += fc_loss_value(training, e);
            count++;
        }
    }
    return count ? sum / (double)count : NAN;
}

/* Of prices the naive return is 0: the price stays as it is. */
static double zero_loss(const fc_training *training, const fc_samples *s, const fc_scope *scope)
{
    double sum = 0;
    size_t count = 0, n = (size_t)s->series.columns;
    const size_t first = s->windows.first + (size_t)s->windows.lookback,
                 rows = s->windows.count + (size_t)s->windows.horizon - 1;
    for (size_t i = first * n; i < (first + rows) * n; i++) {
        const int j = (int)(i % n);
        if (!s->series.is_target[j])
            continue;
        const double e = ds_scaler_scaled(&scope->scaler, j, 0) - (double)s->series.values[i];
        if (isnan(e))
            continue;
        sum += fc_loss_value(training, e);
        count++;
    }
    return count ? sum / (double)count : NAN;
}

/* Records what a model has to beat: the best naive forecast of the validation windows. */
static int record_naive(fc_record *record, const fc_samples *s, const fc_scope *scope,
                        const fc_market *market, ds_part train, int season, nn_error *error)
{
    nn_real *scratch = malloc((size_t)s->windows.horizon * (size_t)s->series.columns * sizeof *scratch);
    if (!scratch)
        return nn_no_memory(error);
    record->naive_validation_loss = NAN;
    if (market) {
        /* A merged return says nothing of 0, and a smoothed one is partly known. */
        if (!market->merge.kind && !(market->prices.smooth_target && market->prices.smooth > 1))
            record->naive_validation_loss = zero_loss(&record->training, s, scope);
        snprintf(record->naive_name, sizeof record->naive_name, "last value");
        free(scratch);
        return NN_OK;
    }
    fc_rivals rivals;
    int code = fc_rivals_fit(&rivals, scope, train, s->windows.horizon, season, error);
    for (int i = 0; i < FC_RIVALS && !code; i++) {
        double loss = naive_loss(&record->training, s, &rivals, i, scratch);
        if (loss >= record->naive_validation_loss)
            continue;
        record->naive_validation_loss = loss;
        snprintf(record->naive_name, sizeof record->naive_name, "%s", fc_rival_names[i]);
    }
    if (!code)
        fc_rivals_clear(&rivals);
    free(scratch);
    return code;
}

typedef struct material {
    fc_scope scope;
    fc_samples train, validation;
    nn_task validation_network; /* training may see a subset of the columns */
} material;

/* The samples, of the windows that are already cut. */
static int make_samples(material *m, const fc_model *model, const ds_table *table, nn_error *error)
{
    const int subset = model->record.training.variates_per_batch;
    const ds_windows train = m->train.windows, validation = m->validation.windows;
    int code = fc_scope_make(&m->scope, model, table, NULL, error);
    if (code)
        return code;
    m->train = m->validation = m->scope.samples;
    m->train.windows = train;
    m->validation.windows = validation;
    if (subset > 0 && subset < m->scope.count) {
        m->train.variates = subset;
        if (!fc_series_any_variates(model))
            return nn_fail(error, NN_USAGE, "--variates-per-batch: %s needs all variates at once",
                           model->kind->name);
    }
    code = fc_scope_bound(&m->scope, table, &m->train.windows, "train", error);
    return code ? code : fc_scope_bound(&m->scope, table, &m->validation.windows, "validation", error);
}

int fc_series_learn(fc_model *model, const fc_request *request, fc_lesson *lesson, nn_error *error)
{
    const ds_split *split = request->split;
    material *m = lesson->state = calloc(1, sizeof *m);
    if (!m)
        return nn_no_memory(error);
    int code =
        ds_windows_make(&split->train, "train", model->lookback, model->horizon, &m->train.windows, error);
    if (code == NN_OK)
        code = ds_windows_make(&split->validation, "validation", model->lookback, model->horizon,
                               &m->validation.windows, error);
    if (code == NN_OK)
        code = fc_fit_scaler(model, request, error);
    if (code == NN_OK)
        code = make_samples(m, model, request->table, error);
    if (code == NN_OK)
        code = fc_series_base_fit(model, &m->scope.view, request, error);
    if (code == NN_OK) {
        fc_series_base_keep(&m->train, request->pool);
        fc_series_base_keep(&m->validation, request->pool);
    }
    if (code == NN_OK && !request->goes_on && model->params->data)
        code = fc_series_rotation_fit(model, &m->scope.series, split->train.begin, split->train.end, error);
    if (code == NN_OK)
        code = record_naive(&model->record, &m->validation, &m->scope, fc_model_market(model), split->train,
                            fc_model_season(model), error);
    lesson->network = fc_samples_network(&m->train);
    lesson->train = fc_samples_source(&m->train);
    m->validation_network = fc_samples_network(&m->validation);
    lesson->validation = fc_samples_source(&m->validation);
    lesson->validation.network = &m->validation_network;
    return code;
}

int fc_series_look(fc_model *model, const fc_request *request, fc_lesson *lesson, ds_view *view,
                   nn_error *error)
{
    material *m = lesson->state = calloc(1, sizeof *m);
    int code = m ? fc_fit_scaler(model, request, error) : nn_no_memory(error);
    if (code == NN_OK)
        code = fc_scope_make(&m->scope, model, request->table, NULL, error);
    if (code == NN_OK)
        *view = m->scope.view;
    return code;
}

void fc_series_forget(fc_lesson *lesson)
{
    material *m = lesson->state;
    if (m) {
        fc_scope_clear(&m->scope);
        free(m->train.kept);
        free(m->validation.kept);
    }
    free(m);
}

/* --- what is easy --- */

void fc_series_hardness(const fc_lesson *lesson, double *each)
{
    const fc_samples *s = &((const material *)lesson->state)->train;
    const size_t n = (size_t)s->series.columns, cells = (size_t)s->windows.horizon * n;
    for (size_t w = 0; w < s->windows.count; w++) {
        const size_t row = s->windows.first + w + (size_t)s->windows.lookback;
        const nn_real *last = s->series.values + (row - 1) * n, *truth = last + n;
        double sum = 0;
        size_t known = 0;
        for (size_t i = 0; i < cells; i++) {
            const double e = (double)truth[i] - (double)last[i % n];
            if (isnan(e) || (s->series.is_target && !s->series.is_target[i % n]) ||
                (s->series.hidden && s->series.hidden[row * n + i]))
                continue;
            sum += e * e;
            known++;
        }
        each[w] = known ? sum / (double)known : INFINITY;
    }
}

/* --- what it is wrong by --- */

size_t fc_series_wrong(const fc_model *model, const fc_lesson *lesson, size_t index, int place,
                       const nn_ports *ports, float *error)
{
    const material *m = lesson->state;
    const fc_samples *s = &m->validation;
    const size_t n = (size_t)m->scope.count, horizon = (size_t)model->horizon,
                 at = (size_t)place * horizon * n;
    const size_t row = s->windows.first + index;
    nn_real *out = ports->output->data + at;
    fc_scope_settle(&m->scope, model, s->series.values + row * n, out, model->horizon);
    for (size_t i = 0; i < horizon * n; i++)
        if (m->scope.is_target[i % n])
            *error++ = (float)((double)(ports->target->data[at + i] - out[i]) * m->scope.scaler.scale[i % n]);
    return row + (size_t)s->windows.lookback;
}

ds_view fc_series_seen(const fc_lesson *lesson, const fc_request *request)
{
    (void)request;
    return ((const material *)lesson->state)->scope.view;
}

/* Of returns the closes are forecast: their logarithms are off by the sum of all returns so far. Of smoothed
 * and of merged returns nothing is said. */
void fc_series_settle_errors(const fc_model *model, fc_residuals *r)
{
    const fc_market *market = fc_model_market(model);
    const size_t targets = (size_t)r->targets, cells = targets * (size_t)r->horizon;
    if (!market)
        return;
    r->logs = true;
    for (size_t k = 0; k < targets; k++)
        r->step[k] = NAN;
    if (market->merge.kind || (market->prices.smooth_target && market->prices.smooth > 1))
        r->origins = 0;
    for (size_t i = 0; i < r->origins * cells; i++)
        r->error[i] += i % cells >= targets ? r->error[i - targets] : 0;
}
