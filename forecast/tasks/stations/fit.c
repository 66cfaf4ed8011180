/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model of a panel learns from: windows of all stations, scaled. */
#include "forecast/tasks/stations/samples.h"
#include "forecast/tasks/table/table_model.h"

#include "datasets/series/windows.h"
#include "lib/pool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int take_scaler(fc_model *model, const ds_panel *panel, ds_part train, ds_scaler_kind kind,
                       nn_error *error)
{
    ds_scaler all;
    int code = ds_panel_scaler_fit(&all, kind, panel, train, error);
    if (code)
        return code;
    size_t n = (size_t)model->columns;
    ds_scaler_clear(&model->scaler);
    model->scaler = (ds_scaler){.kind = kind,
                                .columns = model->columns,
                                .shift = malloc(n * sizeof(double)),
                                .scale = malloc(n * sizeof(double))};
    if (!model->scaler.shift || !model->scaler.scale)
        code = nn_no_memory(error);
    for (size_t i = 0; code == NN_OK && i < n; i++) {
        model->scaler.shift[i] = all.shift[panel->column[i]];
        model->scaler.scale[i] = all.scale[panel->column[i]];
    }
    ds_scaler_clear(&all);
    return code;
}

/* Features whose whole cycle the rows of part went through: they came back to where they began. */
static unsigned seen_calendar(const fc_model *model, const ds_panel *panel, ds_part part)
{
    float row[DS_MAX_TIME_FEATURES], first[DS_MAX_TIME_FEATURES], last[DS_MAX_TIME_FEATURES];
    bool wrapped[DS_MAX_TIME_FEATURES] = {false};
    int features = ds_time_features_count(model->features);
    unsigned seen = 0;
    for (size_t t = part.begin; t < part.end && features > 0; t++) {
        ds_time_features(model->features, ds_panel_time(panel, t), row);
        for (int i = 0; i < features; i++) {
            first[i] = t == part.begin ? row[i] : first[i];
            wrapped[i] = wrapped[i] || (t > part.begin && row[i] < last[i]);
            seen |= (unsigned)(wrapped[i] && row[i] >= first[i]) << i;
            last[i] = row[i];
        }
    }
    return seen;
}

static int cut(fc_panel_samples *task, const ds_part *part, const char *name, int stride, nn_error *error)
{
    ds_windows windows;
    int code = ds_windows_make(part, name, task->model->lookback, task->model->horizon, &windows, error);
    if (code)
        return code;
    task->first = windows.first + (size_t)task->model->lookback;
    task->stride = (size_t)stride;
    task->count = (windows.count + task->stride - 1) / task->stride;
    return NN_OK;
}

/* Windows without a season before them would teach that there is none; a year must have been seen whole. */
static int leave_out_first(fc_panel_samples *train, const ds_panel *panel, ds_part part, nn_error *error)
{
    const ds_time year = 365 * DS_DAY;
    if (train->form.yearly && ds_panel_time(panel, part.end - 1) - ds_panel_time(panel, part.begin) < year)
        return nn_fail(error, NN_USAGE, "--shortcut-year: the training rows are less than a year");
    size_t season = (size_t)train->form.season;
    size_t skipped = season > train->first ? (season - train->first + train->stride - 1) / train->stride : 0;
    if (skipped >= train->count)
        return nn_fail(error, NN_USAGE,
                       "--season-rows %zu: no window of the training rows has a season before it", season);
    train->first += skipped * train->stride;
    train->count -= skipped;
    return NN_OK;
}

/* The mean loss, scaled, of repeating what stood `season` rows before; 0: the last value. */
static double naive_loss(const fc_panel_samples *task, size_t season)
{
    const fc_panel *panel = task->panel;
    size_t stations = (size_t)panel->stations, horizon = (size_t)task->model->horizon, count = 0;
    double sum = 0;
    for (size_t w = 0; w < task->count; w++)
        for (size_t t = 0; t < horizon; t++) {
            size_t origin = task->first + w * task->stride;
            size_t back = season ? season - t % season : 1;
            for (size_t s = 0; s < stations && back <= origin; s++) {
                double y = (double)task->series.target[(origin + t) * stations + s];
                size_t at = ((origin - back) * stations + s) * (size_t)panel->variables;
                double e = y - (double)task->series.values[at + (size_t)panel->target];
                if (!isnan(y)) {
                    sum += fc_loss_value(&task->model->record.training, -e);
                    count++;
                }
            }
        }
    return count ? sum / (double)count : NAN;
}

static void record_naive(fc_record *record, const fc_panel_samples *task, int season)
{
    double last = naive_loss(task, 0), seasonal = season > 1 ? naive_loss(task, (size_t)season) : NAN;
    bool repeats = !(seasonal < last);
    record->naive_validation_loss = repeats ? last : seasonal;
    snprintf(record->naive_name, sizeof record->naive_name, "%s", repeats ? "repeat-last" : "seasonal-naive");
}

typedef struct material {
    fc_panel_samples train, validation;
    bool goes_on; /* with weights that were trained before */
} material;

void fc_panel_hardness(const fc_lesson *lesson, double *each)
{
    const fc_panel_samples *task = &((const material *)lesson->state)->train;
    const fc_panel *panel = task->panel;
    const size_t stations = (size_t)panel->stations, v = (size_t)panel->variables,
                 cells = (size_t)task->model->horizon * stations;
    for (size_t w = 0; w < task->count; w++) {
        const size_t origin = task->first + w * task->stride;
        const float *last = task->series.values + (origin - 1) * stations * v + (size_t)panel->target,
                    *truth = task->series.target + origin * stations;
        double sum = 0;
        size_t known = 0;
        for (size_t i = 0; i < cells; i++) {
            const double e = (double)truth[i] - (double)last[i % stations * v];
            sum += isnan(e) ? 0 : e * e;
            known += !isnan(e);
        }
        each[w] = known ? sum / (double)known : INFINITY;
    }
}

static int cut_all(material *m, const ds_panel *panel, const fc_request *request, nn_error *error)
{
    const ds_split *split = request->split;
    const int stride = request->stride ? request->stride : 1;
    int code = cut(&m->train, &split->train, "train", stride, error);
    if (code == NN_OK)
        code = leave_out_first(&m->train, panel, split->train, error);
    if (code == NN_OK)
        code = cut(&m->validation, &split->validation, "validation", stride, error);
    return code;
}

/* Linear forecasts of the training rows, and what they say of all windows; one that goes on keeps its own. */
static int begin_linear(fc_model *model, material *m, const fc_request *request, nn_error *error)
{
    const fc_panel_samples *last = m->validation.count ? &m->validation : &m->train;
    nn_pool *own = NULL;
    int code = request->pool ? NN_OK : nn_pool_new(&own, request->threads, error);
    nn_pool *pool = own ? own : request->pool;
    if (!code && !(request->goes_on && model->state))
        code = fc_panel_base_fit(model, request, request->split->train, pool, error);
    if (!code)
        fc_panel_base_keep(&m->train, m->train.first, last->first + (last->count - 1) * last->stride + 1,
                           pool);
    m->validation.kept = m->train.kept;
    m->validation.kept_from = m->train.kept_from;
    m->validation.kept_to = m->train.kept_to;
    nn_pool_free(own);
    return code;
}

int fc_panel_learn(fc_model *model, const fc_request *request, fc_lesson *lesson, nn_error *error)
{
    const ds_panel *panel = request->panel;
    material *m = lesson->state = calloc(1, sizeof *m);
    int code = m ? NN_OK : nn_no_memory(error);
    if (m)
        m->goes_on = request->goes_on;
    if (!code && !request->goes_on) /* weights go by their scaler */
        code = take_scaler(model, panel, request->split->train, request->scaler, error);
    if (!code)
        code = fc_table_model_note(model, panel->table, request->split->train, error);
    if (code)
        return code;
    ((fc_stations_model *)model)->panel.calendar = seen_calendar(model, panel, request->split->train);
    if ((code = fc_panel_samples_make(&m->train, model, panel, panel->rows, error)))
        return code;
    m->validation = m->train;
    m->validation.scored = true;
    code = cut_all(m, panel, request, error);
    if (code == NN_OK && fc_panel_head(model))
        code = begin_linear(model, m, request, error);
    if (code == NN_OK)
        record_naive(&model->record, &m->validation, fc_model_season(model));
    lesson->network = fc_panel_samples_network(&m->train);
    lesson->train = fc_panel_samples_source(&m->train);
    lesson->validation = fc_panel_samples_source(&m->validation);
    return code;
}

int fc_panel_look(fc_model *model, const fc_request *request, fc_lesson *lesson, ds_view *view,
                  nn_error *error)
{
    (void)lesson;
    int code = take_scaler(model, request->panel, request->split->train, request->scaler, error);
    if (!code)
        code = fc_table_model_note(model, request->panel->table, request->split->train, error);
    *view = ds_panel_view(request->panel);
    return code;
}

void fc_panel_forget(fc_lesson *lesson)
{
    material *m = lesson->state;
    if (m)
        fc_panel_samples_clear(&m->train);
    free(m);
}

/* Training starts at the linear forecasts, so the network has nothing to say yet. */
int fc_panel_start(fc_model *model, fc_lesson *lesson, nn_error *error)
{
    (void)lesson;
    (void)error;
    if (fc_panel_head(model))
        nn_params_silence(model->params, fc_panel_head(model));
    return NN_OK;
}

/* What a network has to be better by than the linear forecasts it adds to, in parts of the loss. */
static const double margin = .01;

int fc_panel_calibrate(fc_model *model, const fc_lesson *lesson, nn_pool *pool, nn_error *error)
{
    fc_record *r = &model->record;
    (void)pool;
    (void)error;
    /* What goes on starts from its own forecasts, of which the network is a part. */
    if (model->state && !((const material *)lesson->state)->goes_on && isfinite(r->start_validation_loss) &&
        r->validation_loss[r->best_epoch - 1] > (1 - margin) * r->start_validation_loss) {
        nn_params_silence(model->params, fc_panel_head(model));
        r->best_epoch = 0;
    }
    return NN_OK;
}

/* Where the network says nothing, the linear forecaster learns the validation rows too; one that speaks was
 * trained on the forecasts of the present one, which therefore stays. */
int fc_panel_conclude(fc_model *model, const fc_request *request, nn_pool *pool, nn_error *error)
{
    ds_part rows = request->split->train;
    if (request->split->validation.end > rows.end)
        rows.end = request->split->validation.end;
    return model->state && model->record.best_epoch == 0
               ? fc_panel_base_fit(model, request, rows, pool, error)
               : NN_OK;
}

/* --- what it is wrong by --- */

size_t fc_panel_wrong(const fc_model *model, const fc_lesson *lesson, size_t index, int place,
                      const nn_ports *ports, float *error)
{
    const fc_panel_samples *v = &((const material *)lesson->state)->validation;
    const size_t stations = (size_t)v->panel->stations, horizon = (size_t)model->horizon;
    const size_t from = (size_t)place * stations * horizon;
    for (size_t s = 0; s < stations; s++)
        for (size_t h = 0; h < horizon; h++) {
            const int column = (int)s * v->panel->variables + v->panel->target;
            const size_t at = from + s * horizon + h;
            const double f = ds_scaler_value(&model->scaler, column, (double)ports->output->data[at]),
                         y = ds_scaler_value(&model->scaler, column, (double)ports->target->data[at]);
            error[h * stations + s] = (float)(y - (f < model->floor ? model->floor : f));
        }
    return v->first + index * v->stride;
}

ds_view fc_panel_seen(const fc_lesson *lesson, const fc_request *request)
{
    (void)lesson;
    return ds_panel_view(request->panel);
}
