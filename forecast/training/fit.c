/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training, whatever is trained: what differs between tasks is behind their fc_task. */
#include "forecast/training/fit.h"

#include "forecast/forecaster.h"
#include "forecast/request.h"
#include "forecast/task.h"
#include "forecast/training/checkpoint.h"
#include "forecast/training/curriculum.h"
#include "forecast/training/dropping.h"
#include "forecast/training/rehearse.h"
#include "forecast/training/teach.h"

#include <math.h>
#include <stdlib.h>

typedef struct relay {
    const fc_training *training;
    const fc_request *request;
} relay;

static int relay_progress(void *context, const nn_progress *p)
{
    const relay *self = context;
    if (!self->request->progress)
        return 0;
    double steps = (double)p->steps * (double)self->training->epochs;
    double done = (double)p->steps * (double)(p->epoch - 1) + (double)p->step, run = (double)p->steps_run;
    fc_progress progress = {.epoch = p->epoch,
                            .epochs = self->training->epochs,
                            .step = p->step,
                            .steps = p->steps,
                            .train_loss = p->train_loss,
                            .validation_loss = p->validation_loss,
                            .learning_rate = p->learning_rate,
                            .samples_per_second = p->samples_per_second,
                            .seconds_left = run > 0 ? p->seconds * (steps - done) / run : NAN,
                            .best = p->best,
                            .stopped_early = p->stopping && p->epoch < self->training->epochs};
    return self->request->progress(self->request->context, &progress);
}

nn_training fc_fit_settings(const fc_model *model)
{
    const fc_training *t = &model->record.training;
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
    static const double powers[] = {[FC_STEPS_EVEN] = 0, [FC_STEPS_DECAY] = -0.5, [FC_STEPS_GROWTH] = 0.5};
    if (model->task->step_axis)
        settings.steps = (nn_step_weights){model->task->step_axis, powers[t->step_loss]};
    settings.loss_parameter = settings.loss == NN_HUBER ? t->huber_delta : t->quantile;
    if (model->task->purpose == FC_CLASSIFIES)
        settings.loss = NN_CROSS_ENTROPY;
    if (model->task->tree)
        settings.tree = model->task->tree(model);
    return settings;
}

static int make_losses(fc_record *record, nn_error *error)
{
    const size_t epochs = (size_t)record->training.epochs;
    free(record->train_loss);
    free(record->validation_loss);
    record->train_loss = calloc(epochs, sizeof(double));
    record->validation_loss = calloc(epochs, sizeof(double));
    record->epochs = record->best_epoch = 0;
    return record->train_loss && record->validation_loss ? NN_OK : nn_no_memory(error);
}

static int run_training(fc_model *model, const fc_lesson *lesson, const fc_request *request, nn_pool *pool,
                        nn_error *error)
{
    fc_record *record = &model->record;
    nn_training settings = fc_fit_settings(model);
    relay to = {&record->training, request};
    if (model->state || request->goes_on) /* what training starts from is a forecast already */
        settings.start_loss = &record->start_validation_loss;
    if (request->checkpoint) {
        const int code =
            fc_checkpoint_begin(&settings.keeper, request->checkpoint, model, lesson, request, error);
        if (code)
            return code;
    }
    size_t *easiest = NULL;
    int code = fc_curriculum_order(&easiest, model, lesson, error);
    settings.easiest = easiest;
    if (!code)
        code = nn_train(model->params, &lesson->network, &lesson->train, &lesson->validation, &settings, pool,
                        record->train_loss, record->validation_loss, &record->epochs, &record->best_epoch,
                        relay_progress, &to, error);
    free(easiest);
    return code;
}

/* The rows that a forecaster learns from. */
static ds_part rows_of(const fc_forecaster *forecaster, const ds_split *split)
{
    ds_part rows = split->train;
    if (forecaster->own_folds && split->validation.end > rows.end)
        rows.end = split->validation.end;
    return rows;
}

/* Forecasters without a network learn in one go. */
static int fit_forecaster(fc_model *model, const fc_request *request, fc_lesson *lesson, nn_error *error)
{
    ds_view view;
    int code = model->task->look
                   ? model->task->look(model, request, lesson, &view, error)
                   : nn_fail(error, NN_USAGE, "%s does not learn from such data", model->kind->name);
    if (code)
        return code;
    nn_pool *own = NULL, *pool;
    if (!request->pool && (code = nn_pool_new(&own, request->threads, error)))
        return code;
    const bool first = !request->rolls || !model->state; /* what is learnt of errors then holds for all */
    if (!request->rolls) {
        fc_forecaster_free(model->state, model->kind->forecaster);
        model->state = NULL;
    }
    int (*learn)(void **state, const fc_forecaster *forecaster, const void *config, const ds_view *view,
                 ds_part train, int horizon, int season, nn_pool *pool, nn_error *error) =
        request->rolls ? fc_forecaster_roll : fc_forecaster_fit_beside;
    const ds_part rows = rows_of(model->kind->forecaster, request->split);
    pool = own ? own : request->pool;
    code = learn(&model->state, model->kind->forecaster, model->config, &view, rows, model->horizon,
                 fc_model_season(model), pool, error);
    if (!code && first && !request->points)
        code = fc_rehearse_forecaster(model, request, &view, rows, pool, error);
    nn_pool_free(own);
    return code;
}

/* Whether a training left weights. */
static bool is_usable(int code)
{
    return code == NN_OK || code == NN_STOPPED || code == NN_DIVERGED;
}

/* What is not trained by gradients but grown in one go. */
static int grow(fc_model *model, const fc_request *request, fc_lesson *lesson, nn_error *error)
{
    nn_pool *own = NULL;
    int code = model->task->learn(model, request, lesson, error);
    if (!code && !request->pool)
        code = nn_pool_new(&own, request->threads, error);
    if (!code)
        code = model->task->grow(model, lesson, own ? own : request->pool, error);
    nn_pool_free(own);
    return code;
}

int fc_fit(fc_model *model, const fc_request *request, nn_error *error)
{
    const fc_task *task = model->task;
    fc_lesson lesson = {0};
    if (task->grows && task->grows(model)) {
        const int done = grow(model, request, &lesson, error);
        task->forget(&lesson);
        return done;
    }
    if (model->kind->forecaster) {
        const int done = fit_forecaster(model, request, &lesson, error);
        task->forget(&lesson);
        return done;
    }
    nn_pool *own = NULL;
    fc_model_widen(model);
    int code = task->learn(model, request, &lesson, error);
    if (!code && task->start && !request->goes_on)
        code = task->start(model, &lesson, error);
    if (!code)
        code = make_losses(&model->record, error);
    if (!code && !request->pool)
        code = nn_pool_new(&own, request->threads, error);
    nn_pool *pool = own ? own : request->pool;
    fc_teaching teaching = {0};
    if (!code && request->teacher)
        code = fc_teach(&teaching, model, fc_fit_settings(model).loss == NN_CROSS_ENTROPY, request, &lesson,
                        pool, error);
    if (!code) {
        fc_dropping dropping;
        fc_drop(&dropping, model, &lesson);
        code = run_training(model, &lesson, request, pool, error);
        lesson.train = dropping.whole;
    }
    if (teaching.outputs)
        lesson.train = teaching.truth;
    fc_teaching_clear(&teaching);
    if (is_usable(code) && task->calibrate && model->record.best_epoch > 0) {
        int settled = task->calibrate(model, &lesson, pool, error);
        code = settled ? settled : code;
    }
    /* What adds to a forecast may be best as it began; what goes on keeps what it knows then. */
    const bool made = model->record.best_epoch > 0 || (model->state && !request->goes_on);
    if (is_usable(code) && made) {
        int settled = fc_rehearse_network(model, request, &lesson, pool, error);
        if (!settled && task->conclude)
            settled = task->conclude(model, request, pool, error);
        code = settled ? settled : code;
    }
    nn_pool_free(own);
    task->forget(&lesson);
    return code;
}

int fc_fit_around(fc_model *model, const fc_request *request, nn_error *error)
{
    fc_lesson lesson = {0};
    const int code = model->task->learn(model, request, &lesson, error);
    model->task->forget(&lesson);
    return code;
}

int fc_fit_behind(fc_model *model, const fc_request *request, nn_error *error)
{
    fc_request known = *request;
    fc_lesson lesson = {0};
    nn_pool *own = NULL;
    known.goes_on = true;
    if (!model->task->calibrate)
        return NN_OK;
    int code = model->task->learn(model, &known, &lesson, error);
    if (!code && !request->pool)
        code = nn_pool_new(&own, request->threads, error);
    if (!code)
        code = model->task->calibrate(model, &lesson, own ? own : request->pool, error);
    nn_pool_free(own);
    model->task->forget(&lesson);
    return code;
}
