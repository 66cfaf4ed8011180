/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trained network before data that say what a change of it costs. */
#include "forecast/compress/trial.h"

#include "forecast/training/fit.h"
#include "forecast/training/rehearse.h"
#include "lib/base/clock.h"

#include <math.h>
#include <stdlib.h>

int fc_trial_open(fc_trial *t, fc_model *model, fc_request request, nn_error *error)
{
    *t = (fc_trial){.model = model, .pool = request.pool};
    request.goes_on = true;
    int code = request.pool ? NN_OK : nn_pool_new(&t->pool, request.threads, error);
    if (code)
        return code;
    t->own_pool = !request.pool;
    request.pool = t->pool;
    return model->task->learn(model, &request, &t->lesson, error);
}

void fc_trial_close(fc_trial *t)
{
    if (!t->model)
        return;
    t->model->task->forget(&t->lesson);
    if (t->own_pool)
        nn_pool_free(t->pool);
    *t = (fc_trial){0};
}

/* Some samples of a source, evenly apart. */
typedef struct few {
    const nn_source *all;
    size_t count;
} few;

static void load_few(void *context, const size_t *index, int count, uint64_t key, const nn_ports *ports)
{
    enum { MOST = 256 };
    const few *self = context;
    size_t at[MOST];
    for (int i = 0; i < count && i < MOST; i++)
        at[i] = index[i] * self->all->count / self->count;
    self->all->load(self->all->context, at, count, key, ports);
}

int fc_trial_glance(double *loss, const fc_trial *t, nn_params *params, size_t samples, nn_error *error)
{
    enum { MOST_BATCH = 256 };
    nn_training settings = fc_fit_settings(t->model);
    few some = {&t->lesson.validation, samples};
    nn_source source = t->lesson.validation;
    if (settings.batch > MOST_BATCH)
        settings.batch = MOST_BATCH;
    if (samples < source.count) {
        source.context = &some;
        source.load = load_few;
        source.count = samples;
    }
    int code = nn_validate(loss, params ? params : t->model->params, &t->lesson.network, &source, &settings,
                           t->pool, error);
    if (!code && isnan(*loss))
        code = nn_fail(error, NN_BAD_DATA, "the validation part has no value to compare with");
    return code;
}

int fc_trial_loss(double *loss, const fc_trial *t, nn_params *params, nn_error *error)
{
    return fc_trial_glance(loss, t, params, t->lesson.validation.count, error);
}

/* --- a plan of its own --- */

typedef struct pass {
    nn_plan *plan;
    nn_ports ports;
    const nn_source *source;
    nn_run run;
} pass;

static void pass_clear(pass *p)
{
    nn_plan_free(p->plan);
}

static int pass_make(pass *p, const nn_task *network, const nn_source *source, nn_params *params, int batch,
                     bool watched, nn_error *error)
{
    *p = (pass){.plan = nn_plan_new(params, batch, false), .source = source};
    if (!p->plan)
        return nn_no_memory(error);
    if (watched)
        nn_plan_set_watched(p->plan);
    network->build(network->context, p->plan, &p->ports);
    nn_keep(p->plan, p->ports.output);
    nn_plan_keep_packed(p->plan);
    p->run = (nn_run){.batch = batch, .params = params->data};
    return nn_plan_compile(p->plan, error);
}

static void pass_run(pass *p, size_t *index, int count)
{
    if (p->source->begin_batch)
        p->source->begin_batch(p->source->context, index, count, 0);
    p->source->load(p->source->context, index, count, 0, &p->ports);
    p->run.batch = count;
    nn_plan_forward(p->plan, &p->run);
}

/* --- time --- */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int fc_trial_speed(double *milliseconds, const fc_trial *t, nn_params *params, nn_error *error)
{
    enum { ROUNDS = 101 };
    const double most = 2; /* seconds */
    const nn_source *source = &t->lesson.validation;
    const nn_task *network = source->network ? source->network : &t->lesson.network;
    double took[ROUNDS];
    int rounds = 0;
    pass p;
    int code = pass_make(&p, network, source, params ? params : t->model->params, 1, false, error);
    const double begin = nn_seconds();
    for (size_t i = 0; !code && rounds < ROUNDS && nn_seconds() - begin < most; i++) {
        size_t index = i % source->count;
        const double start = nn_seconds();
        pass_run(&p, &index, 1);
        took[rounds] = nn_seconds() - start;
        rounds += i > 0; /* the first one warms up */
    }
    pass_clear(&p);
    qsort(took, (size_t)rounds, sizeof *took, by_size);
    *milliseconds = rounds ? took[rounds / 2] * 1e3 : NAN;
    return code;
}

/* --- what the maps see --- */

int fc_trial_watch(const fc_trial *t, nn_params *params, size_t samples,
                   void (*watch)(void *context, const nn_watched *watched), void *context, nn_error *error)
{
    enum { BATCH = 8 };
    const nn_source *source = &t->lesson.train;
    const int batch = t->model->record.training.batch < BATCH ? t->model->record.training.batch : BATCH;
    if (samples > source->count)
        samples = source->count;
    pass p;
    int code =
        pass_make(&p, &t->lesson.network, source, params ? params : t->model->params, batch, true, error);
    p.run.watch = watch;
    p.run.watch_context = context;
    for (size_t done = 0; !code && done < samples;) {
        size_t index[BATCH];
        int count = 0;
        for (; count < batch && done < samples; done++)
            index[count++] = done * source->count / samples;
        pass_run(&p, index, count);
    }
    pass_clear(&p);
    return code;
}

int fc_trial_settle(fc_model *model, const fc_request *request, nn_error *error)
{
    fc_record record = model->record;
    const fc_task *task = model->task;
    fc_trial t;
    int code = fc_trial_open(&t, model, *request, error);
    if (!code && task->calibrate)
        code = task->calibrate(model, &t.lesson, t.pool, error);
    if (!code && task->wrong)
        code = fc_rehearse_network(model, request, &t.lesson, t.pool, error);
    fc_trial_close(&t);
    if (task->calibrate) {
        record.validation_log_loss = model->record.validation_log_loss;
        record.validation_accuracy = model->record.validation_accuracy;
    }
    model->record = record;
    return code;
}
