/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Temperature and shifts of the classes from a few labels. */
#include "forecast/tasks/lightcurves/training/recalibrate.h"

#include "forecast/statistics/classes/calibration.h"
#include "lib/base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDS = 5, SWEEPS = 60, FORMS = FC_SHIFTED + 1 };
#define LEAST_P 1e-15

typedef struct change {
    double temperature, offset[FC_MOST_CLASSES]; /* p becomes p^(1/temperature) exp(offset), to sum 1 */
} change;

static void apply(double *out, const double *p, int classes, const change *c)
{
    double most = -INFINITY, sum = 0;
    for (int k = 0; k < classes; k++)
        most = fmax(most, out[k] = log(fmax(p[k], LEAST_P)) / c->temperature + c->offset[k]);
    for (int k = 0; k < classes; k++)
        sum += out[k] = exp(out[k] - most);
    for (int k = 0; k < classes; k++)
        out[k] /= sum;
}

/* Offsets by Newton's method class by class, with a normal distribution of deviation 1 in front of each: what
 * few objects tell of a class moves it little. */
static void fit_offsets(change *c, const fc_class_data *d)
{
    double out[FC_MOST_CLASSES];
    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (int k = 0; k < d->classes; k++) {
            double slope = c->offset[k], curvature = 1;
            for (size_t i = 0; i < d->count; i++) {
                apply(out, d->p + i * (size_t)d->classes, d->classes, c);
                slope += out[k] - (d->label[i] == k);
                curvature += out[k] * (1 - out[k]);
            }
            c->offset[k] -= slope / curvature;
        }
}

static int fit(change *c, fc_recalibrated form, const fc_class_data *d, nn_error *error)
{
    *c = (change){.temperature = 1};
    const int code = form == FC_AS_IT_WAS ? NN_OK : fc_temperature_fit(&c->temperature, d, error);
    if (!code && form == FC_SHIFTED)
        fit_offsets(c, d);
    return code;
}

/* -ln p of every object by what is fitted without its fold; loss (count). */
static int leave_out(double *loss, fc_recalibrated form, const fc_class_data *d, const int *fold, double *p,
                     int *label, nn_error *error)
{
    const size_t classes = (size_t)d->classes;
    double out[FC_MOST_CLASSES];
    change c;
    for (int f = 0; f < FOLDS; f++) {
        size_t n = 0;
        for (size_t i = 0; i < d->count; i++)
            if (fold[i] != f) {
                memcpy(p + n * classes, d->p + i * classes, classes * sizeof *p);
                label[n++] = d->label[i];
            }
        const fc_class_data others = {.p = p, .label = label, .count = n, .classes = d->classes};
        const int code = fit(&c, form, &others, error);
        if (code)
            return code;
        for (size_t i = 0; i < d->count; i++)
            if (fold[i] == f) {
                apply(out, d->p + i * classes, d->classes, &c);
                loss[i] = -log(fmax(out[d->label[i]], LEAST_P));
            }
    }
    return NN_OK;
}

/* Folds of equal size, objects in an order that has nothing to do with the file's. */
static void draw_folds(int *fold, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fold[i] = (int)(i % FOLDS);
    for (size_t i = count; i-- > 1;) {
        const size_t j = (size_t)(nn_random_uniform(1, i) * (double)(i + 1));
        const int kept = fold[i];
        fold[i] = fold[j];
        fold[j] = kept;
    }
}

/* Whether b is less than a by more than its standard error. */
static bool is_better(const double *b, const double *a, size_t count)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        mean += (a[i] - b[i]) / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += (a[i] - b[i] - mean) * (a[i] - b[i] - mean);
    return mean > sqrt(squares / (double)count / (double)(count - 1));
}

static int choose(fc_recalibration *done, const fc_class_data *d, double *block, int *integers,
                  nn_error *error)
{
    double *loss[FORMS], *p = block + FORMS * d->count;
    int *fold = integers, *label = integers + d->count, code = NN_OK;
    draw_folds(fold, d->count);
    done->form = FC_AS_IT_WAS;
    for (int form = 0; form < FORMS && !code; form++) {
        loss[form] = block + (size_t)form * d->count;
        done->loss[form] = 0;
        code = leave_out(loss[form], (fc_recalibrated)form, d, fold, p, label, error);
        for (size_t i = 0; i < d->count && !code; i++)
            done->loss[form] += loss[form][i] / (double)d->count;
        if (!code && form && is_better(loss[form], loss[done->form], d->count))
            done->form = (fc_recalibrated)form;
    }
    return code;
}

static int change_model(fc_classifier *model, const change *c, fc_recalibrated form, size_t count,
                        nn_error *error)
{
    if (form == FC_SHIFTED && !model->offset &&
        !(model->offset = calloc((size_t)model->classes, sizeof *model->offset)))
        return nn_no_memory(error);
    for (int k = 0; k < model->classes && model->offset; k++)
        model->offset[k] = model->offset[k] / c->temperature + c->offset[k];
    model->temperature *= c->temperature;
    model->calibrated = (int)count;
    return NN_OK;
}

static int check(const fc_class_data *d, nn_error *error)
{
    bool two = false;
    for (size_t i = 1; i < d->count; i++)
        two |= d->label[i] != d->label[0];
    if (d->count < FC_LEAST_LABELLED)
        return nn_fail(error, NN_BAD_DATA,
                       "%zu labelled objects of the model's classes are too few to calibrate on; it takes %d",
                       d->count, FC_LEAST_LABELLED);
    return two ? NN_OK
               : nn_fail(error, NN_BAD_DATA,
                         "all %zu labelled objects are of one class, which tells nothing of the others",
                         d->count);
}

int fc_recalibrate(fc_classifier *model, const fc_class_data *d, fc_recalibration *done, nn_error *error)
{
    int code = check(d, error);
    if (code)
        return code;
    double *block = malloc((FORMS + (size_t)d->classes) * d->count * sizeof *block);
    int *integers = malloc(2 * d->count * sizeof *integers);
    change *c = malloc(sizeof *c);
    code = block && integers && c ? choose(done, d, block, integers, error) : nn_no_memory(error);
    if (!code)
        code = fit(c, done->form, d, error);
    if (!code)
        code = change_model(model, c, done->form, d->count, error);
    done->temperature = model->temperature;
    free(block);
    free(integers);
    free(c);
    return code;
}
