/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network learns what another makes of the training samples, beside the truth. */
#include "forecast/training/teach.h"

#include "lib/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void fc_teaching_clear(fc_teaching *t)
{
    free(t->outputs);
    *t = (fc_teaching){0};
}

/* --- what the teacher says --- */

static size_t target_width(const nn_tensor *target)
{
    size_t width = 1;
    for (int k = 1; k < target->rank; k++)
        width *= (size_t)target->shape[k];
    return width;
}

static void soften(float *row, size_t classes)
{
    float most = -INFINITY;
    double sum = 0;
    for (size_t c = 0; c < classes; c++)
        most = row[c] > most ? row[c] : most;
    for (size_t c = 0; c < classes; c++)
        sum += (double)(row[c] = expf(row[c] - most));
    for (size_t c = 0; c < classes; c++)
        row[c] = (float)((double)row[c] / sum);
}

static void keep(void *context, size_t first, int count, const nn_ports *ports)
{
    fc_teaching *t = context;
    for (size_t i = 0; i < (size_t)count * t->width; i++)
        t->outputs[first * t->width + i] = (float)ports->output->data[i];
    for (size_t i = 0; t->classes && i < (size_t)count; i++)
        soften(t->outputs + (first + i) * t->width, t->width);
}

/* --- blended --- */

static void load(void *context, const size_t *index, int count, uint64_t key, const nn_ports *ports)
{
    const fc_teaching *t = context;
    const size_t width = target_width(ports->target); /* of classes in a tree also what stands above them */
    t->truth.load(t->truth.context, index, count, key, ports);
    for (size_t i = 0; i < (size_t)count; i++) {
        nn_real *target = ports->target->data + i * width;
        const float *said = t->outputs + index[i] * t->width;
        double weight = 1;
        if (t->classes) { /* that of the sample's class */
            weight = 0;
            for (size_t c = 0; c < width; c++)
                weight += (double)target[c];
        }
        for (size_t k = t->width; k < width; k++)
            target[k] = (nn_real)((1 - t->blend) * (double)target[k]);
        for (size_t k = 0; k < t->width; k++) /* what is not known stays so */
            target[k] = (nn_real)((1 - t->blend) * (double)target[k] + t->blend * weight * (double)said[k]);
    }
}

static void begin_batch(void *context, const size_t *index, int count, uint64_t key)
{
    const fc_teaching *t = context;
    t->truth.begin_batch(t->truth.context, index, count, key);
}

/* --- whether they fit --- */

static int check_columns(const fc_model *teacher, const fc_model *student, nn_error *error)
{
    if (teacher->lookback != student->lookback || teacher->horizon != student->horizon)
        return nn_fail(
            error, NN_USAGE,
            "--teacher: it sees %d rows and forecasts %d; learn from it with --lookback %d --horizon %d",
            teacher->lookback, teacher->horizon, teacher->lookback, teacher->horizon);
    bool same = teacher->columns == student->columns;
    for (int i = 0; same && i < student->columns; i++)
        same = strcmp(teacher->names[i], student->names[i]) == 0 &&
               (!teacher->is_target || teacher->is_target[i] == student->is_target[i]);
    if (!same)
        return nn_fail(error, NN_USAGE, "--teacher: it is of other columns, or forecasts others of them");
    return student->record.training.variates_per_batch
               ? nn_fail(error, NN_USAGE, "--variates-per-batch is not for a network with a --teacher")
               : NN_OK;
}

static int check_scale(const fc_model *teacher, const fc_model *student, nn_error *error)
{
    const ds_scaler *a = &teacher->scaler, *b = &student->scaler;
    bool same = a->columns == b->columns;
    for (int i = 0; same && i < b->columns; i++)
        same = fabs(a->scale[i] - b->scale[i]) <= 1e-6 * fabs(b->scale[i]) &&
               fabs(a->shift[i] - b->shift[i]) <= 1e-6 * (fabs(b->scale[i]) + fabs(b->shift[i]));
    return same ? NN_OK
                : nn_fail(
                      error, NN_USAGE,
                      "--teacher: it was trained on other rows, or with another scaler; learn from it with "
                      "the same data, --split %s and --scaler %s",
                      teacher->split ? teacher->split : "", ds_scaler_name(a->kind));
}

static int check(const fc_model *teacher, const fc_model *student, bool classes, nn_error *error)
{
    if (teacher->kind->forecaster)
        return nn_fail(error, NN_USAGE, "--teacher: %s is no network", teacher->kind->name);
    if (strcmp(teacher->task->name, student->task->name) != 0)
        return nn_fail(error, NN_USAGE, "--teacher: %s is not of such data", teacher->kind->name);
    if (classes)
        return NN_OK; /* whoever read the objects compared what both see of them */
    const int code = check_columns(teacher, student, error);
    return code ? code : check_scale(teacher, student, error);
}

int fc_teach(fc_teaching *t, const fc_model *student, bool classes, const fc_request *request,
             fc_lesson *lesson, nn_pool *pool, nn_error *error)
{
    enum { BATCH = 8 };
    fc_model *teacher = request->teacher;
    fc_request seen = *request;
    fc_lesson own = {0};
    nn_ports ports = {0};
    *t = (fc_teaching){.blend = request->blend, .classes = classes};
    int code = check(teacher, student, classes, error);
    if (code)
        return code;
    seen.goes_on = true;
    code = teacher->task->learn(teacher, &seen, &own, error);
    if (!code && own.train.count != lesson->train.count)
        code = nn_fail(error, NN_USAGE, "--teacher: it sees %zu training samples, and there are %zu",
                       own.train.count, lesson->train.count);
    nn_plan *plan = code ? NULL : nn_plan_new(teacher->params, 1, false);
    if (plan) { /* for the size of a target */
        own.network.build(own.network.context, plan, &ports);
        code = nn_plan_check(plan, error);
        t->width = code ? 0 : target_width(ports.output);
    } else if (!code)
        code = nn_no_memory(error);
    nn_plan_free(plan);
    if (!code && !(t->outputs = calloc(own.train.count, t->width * sizeof *t->outputs)))
        code = nn_no_memory(error);
    if (!code)
        code = nn_infer(teacher->params, &own.network, &own.train, BATCH, pool, keep, t, error);
    teacher->task->forget(&own);
    if (code)
        return code;
    t->truth = lesson->train;
    lesson->train.context = t;
    lesson->train.load = load;
    lesson->train.begin_batch = t->truth.begin_batch ? begin_batch : NULL;
    return NN_OK;
}
