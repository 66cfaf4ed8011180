/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast/fit_internal.h"

#include "forecast/tasks/rivals_series.h"
#include "forecast/tasks/series.h"
#include "forecast/tasks/stations.h"
#include "forecast/tasks/time_encoding.h"
#include "forecast/tasks/view.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int fc_fit_scaler(fc_model *model, const ds_table *table, const ds_split *split, ds_scaler_kind scaler,
                  nn_error *error)
{
    ds_scaler_clear(&model->scaler);
    int code = ds_scaler_fit(&model->scaler, scaler, table, split->train, error);
    if (code)
        return code;
    fc_record_data(&model->record, table);
    return NN_OK;
}

void fc_record_data(fc_record *record, const ds_table *table)
{
    snprintf(record->data_name, sizeof record->data_name, "%s", nn_base_name(table->path));
    snprintf(record->version, sizeof record->version, "%s", AUSPEX_VERSION);
    record->data_hash = table->report.hash;
    record->rows = table->rows;
    record->naive_validation_loss = record->start_validation_loss = NAN;
    record->ridge = 0;
}

/* A naive forecast's mean squared error over the windows' targets, scaled. scratch: horizon x columns. */
static double naive_loss(const fc_samples *task, fc_baseline_fn forecast, int season, nn_real *scratch)
{
    size_t n = (size_t)task->series.columns;
    int horizon = task->windows.horizon;
    double sum = 0;
    size_t count = 0;
    for (size_t w = 0; w < task->windows.count; w++) {
        size_t row = task->windows.first + w + (size_t)task->windows.lookback;
        forecast(scratch, &task->series, row, horizon, season);
        for (size_t i = 0; i < (size_t)horizon * n; i++) {
            if (!task->series.is_target[i % n] || (task->series.hidden && task->series.hidden[row * n + i]))
                continue;
            double e = (double)scratch[i] - (double)task->series.values[row * n + i];
            sum += e * e;
            count++;
        }
    }
    return count ? sum / (double)count : NAN;
}

/* Of prices the naive return is 0: the price stays as it is. */
static double still_loss(const fc_samples *task, const fc_scope *scope)
{
    double sum = 0;
    size_t count = 0, n = (size_t)task->series.columns;
    const size_t first = task->windows.first + (size_t)task->windows.lookback,
                 rows = task->windows.count + (size_t)task->windows.horizon - 1;
    for (size_t i = first * n; i < (first + rows) * n; i++) {
        const int j = (int)(i % n);
        if (!task->series.is_target[j])
            continue;
        double e = ds_scaler_scaled(&scope->scaler, j, 0) - (double)task->series.values[i];
        sum += e * e;
        count++;
    }
    return count ? sum / (double)count : NAN;
}

/* Records what a model has to beat: the best naive forecast of the validation windows. */
static int record_naive(fc_record *record, const fc_samples *task, const fc_scope *scope,
                        const fc_market *market, int season, nn_error *error)
{
    nn_real *scratch = malloc((size_t)task->windows.horizon * (size_t)task->series.columns * sizeof *scratch);
    if (!scratch)
        return nn_no_memory(error);
    record->naive_validation_loss = NAN;
    if (market) {
        /* A merged return says nothing of 0, and a smoothed one is partly known. */
        if (!market->merge.kind && !(market->prices.smooth_target && market->prices.smooth > 1))
            record->naive_validation_loss = still_loss(task, scope);
        snprintf(record->naive_name, sizeof record->naive_name, "last value");
        free(scratch);
        return NN_OK;
    }
    for (const fc_baseline *b = fc_baselines; b->name; b++) {
        double loss = naive_loss(task, b->forecast, season, scratch);
        if (loss >= record->naive_validation_loss)
            continue;
        record->naive_validation_loss = loss;
        snprintf(record->naive_name, sizeof record->naive_name, "%s", b->name);
    }
    free(scratch);
    return NN_OK;
}

typedef struct relay {
    const fc_training *training;
    fc_progress_fn progress;
    void *context;
} relay;

static int relay_progress(void *context, const nn_progress *p)
{
    const relay *self = context;
    if (!self->progress)
        return 0;
    double steps = (double)p->steps * (double)self->training->epochs;
    double done = (double)p->steps * (double)(p->epoch - 1) + (double)p->step;
    fc_progress progress = {.epoch = p->epoch,
                            .epochs = self->training->epochs,
                            .step = p->step,
                            .steps = p->steps,
                            .train_loss = p->train_loss,
                            .validation_loss = p->validation_loss,
                            .learning_rate = p->learning_rate,
                            .samples_per_second = p->samples_per_second,
                            .seconds_left = done > 0 ? p->seconds * (steps - done) / done : NAN,
                            .best = p->best,
                            .stopped_early = p->stopping && p->epoch < self->training->epochs};
    return self->progress(self->context, &progress);
}

static nn_training settings_of(const fc_training *t)
{
    nn_training settings = {.epochs = t->epochs,
                            .batch = t->batch,
                            .shards = t->shards,
                            .patience = t->patience,
                            .learning_rate = t->learning_rate,
                            .warmup = t->warmup,
                            .schedule = (nn_schedule_kind)t->schedule,
                            .optimiser = (nn_optimiser_kind)t->optimiser,
                            .weight_decay = t->weight_decay,
                            .clip = t->clip,
                            .loss = (nn_loss_kind)t->loss,
                            .seed = t->seed};
    settings.loss_parameter = settings.loss == NN_HUBER ? t->huber_delta : t->quantile;
    return settings;
}

/* Marks the linear map as one that training leaves as it is, where the settings say so. */
static void leave_linear(const fc_model *model, nn_training *settings)
{
    fc_panel_linear linear;
    char name[160];
    fc_panel_linear_of(model, &linear);
    if (!linear.still)
        return;
    snprintf(name, sizeof name, "%s.weight", linear.map);
    const nn_param *weight = nn_params_find(model->params, name);
    snprintf(name, sizeof name, "%s.bias", linear.map);
    const nn_param *bias = nn_params_find(model->params, name);
    /* The bias follows the weight at once: the layer asks for the one after the other. */
    settings->still_from = weight->offset;
    settings->still_count = bias->offset + bias->count - weight->offset;
}

int fc_fit_sources(fc_model *model, const nn_task *network, const nn_source *train,
                   const nn_source *validation, int threads, fc_progress_fn progress, void *context,
                   nn_error *error)
{
    fc_record *record = &model->record;
    nn_training settings = settings_of(&record->training);
    relay to = {&record->training, progress, context};
    if (record->ridge > 0) { /* what training starts from is a forecast already */
        settings.start_loss = &record->start_validation_loss;
        leave_linear(model, &settings);
    }
    free(record->train_loss);
    free(record->validation_loss);
    record->train_loss = calloc((size_t)settings.epochs, sizeof(double));
    record->validation_loss = calloc((size_t)settings.epochs, sizeof(double));
    if (!record->train_loss || !record->validation_loss)
        return nn_no_memory(error);
    nn_pool *pool;
    int code = nn_pool_new(&pool, threads, error);
    if (code)
        return code;
    code =
        nn_train(model->params, network, train, validation, &settings, pool, record->train_loss,
                 record->validation_loss, &record->epochs, &record->best_epoch, relay_progress, &to, error);
    nn_pool_free(pool);
    return code;
}

/* Trains on windows already made; fills the record's losses. */
static int run_training(fc_model *model, const fc_scope *scope, fc_samples *train, fc_samples *validation,
                        int threads, fc_progress_fn progress, void *context, nn_error *error)
{
    nn_task network = fc_samples_network(train), validation_network = fc_samples_network(validation);
    nn_source train_source = fc_samples_source(train), validation_source = fc_samples_source(validation);
    validation_source.network = &validation_network;
    int code = record_naive(&model->record, validation, scope, fc_model_market(model),
                            ds_frequency_season(model->frequency), error);
    if (code == NN_OK)
        code = fc_fit_sources(model, &network, &train_source, &validation_source, threads, progress, context,
                              error);
    return code;
}

int fc_fit(fc_model *model, const ds_table *table, const ds_split *split, ds_scaler_kind scaler, int threads,
           fc_progress_fn progress, void *context, nn_error *error)
{
    const fc_training *training = &model->record.training;
    ds_windows train, validation;
    int code = ds_windows_make(&split->train, "train", model->lookback, model->horizon, &train, error);
    if (code == NN_OK)
        code = ds_windows_make(&split->validation, "validation", model->lookback, model->horizon, &validation,
                               error);
    if (code == NN_OK)
        code = fc_fit_scaler(model, table, split, scaler, error);
    fc_scope scope;
    if (code || (code = fc_scope_make(&scope, model, table, NULL, error)))
        return code;
    fc_samples validation_task = scope.samples, train_task = scope.samples;
    validation_task.windows = validation;
    train_task.windows = train;
    int subset = training->variates_per_batch;
    if (subset > 0 && subset < scope.count) {
        train_task.variates = subset;
        if (!model->kind->any_variates)
            code = nn_fail(error, NN_USAGE, "--variates-per-batch: %s needs all variates at once",
                           model->kind->name);
    }
    if (code == NN_OK)
        code = fc_scope_check_known(&scope, table, error);
    if (code == NN_OK)
        code = run_training(model, &scope, &train_task, &validation_task, threads, progress, context, error);
    fc_scope_clear(&scope);
    return code;
}

char *fc_plan_report(const fc_model *model, int batch, nn_error *error)
{
    nn_plan *plan = nn_plan_new(model->params, batch, true);
    if (!plan) {
        nn_no_memory(error);
        return NULL;
    }
    nn_ports ports = {0};
    model->kind->task->build(model, plan, &ports);
    nn_keep(plan, ports.output);
    nn_loss(plan, NN_MSE, 0, ports.output, ports.target);
    char *report = NULL;
    if (nn_plan_compile(plan, error) == NN_OK && !(report = nn_plan_report(plan)))
        nn_no_memory(error);
    nn_plan_free(plan);
    return report;
}
