/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws the objects again and again, by how often each of them comes. */
#include "forecast/statistics/classes/class_intervals.h"

#include "forecast/statistics/classes/class_scores.h"
#include "lib/base/memory.h"
#include "lib/base/random.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const double normal_95 = 1.959963984540054, sums_at_most = 4e8; /* of the areas, all resamples */
enum { RECALL, F1, AUC, LOG_LOSS, SCORES };

fc_between fc_wilson(double right, double count)
{
    const double z2 = normal_95 * normal_95, share = right / count, middle = share + z2 / (2 * count),
                 half = normal_95 * sqrt(share * (1 - share) / count + z2 / (4 * count * count));
    if (!(count > 0))
        return (fc_between){NAN, NAN};
    return (fc_between){fmax(0, (middle - half) / (1 + z2 / count)),
                        fmin(1, (middle + half) / (1 + z2 / count))};
}

typedef struct resampling {
    const fc_class_data *data;
    int *called;
    double *loss;    /* -ln p of the label */
    uint32_t *order; /* (classes, count): objects by falling p of the class */
    uint16_t *times; /* (count): how often each object was drawn */
    double *sum;     /* (4, classes): objects, called so, right, loss */
    double *score;   /* (SCORES, resamples) */
    int resamples;
} resampling;

/* --- what stays the same --- */

typedef struct ranked {
    double p;
    uint32_t object;
} ranked;

static int falling(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    return x->p != y->p ? (x->p < y->p) - (x->p > y->p) : (x->object > y->object) - (x->object < y->object);
}

static int rank(resampling *r, nn_error *error)
{
    const fc_class_data *d = r->data;
    ranked *one = nn_resize(NULL, d->count, sizeof *one, 1);
    if (!one)
        return nn_no_memory(error);
    for (int c = 0; c < d->classes; c++) {
        for (size_t i = 0; i < d->count; i++)
            one[i] = (ranked){d->p[i * (size_t)d->classes + (size_t)c], (uint32_t)i};
        qsort(one, d->count, sizeof *one, falling);
        for (size_t i = 0; i < d->count; i++)
            r->order[(size_t)c * d->count + i] = one[i].object;
    }
    free(one);
    return NN_OK;
}

static int prepare(resampling *r, nn_error *error)
{
    const fc_class_data *d = r->data;
    const size_t classes = (size_t)d->classes;
    const double wanted = sums_at_most / ((double)d->count * (double)classes);
    r->resamples = (int)fmin(FC_RESAMPLES, fmax(FC_LEAST_RESAMPLES, wanted));
    r->called = nn_resize(NULL, d->count, sizeof *r->called, 1);
    r->loss = nn_resize(NULL, d->count, sizeof *r->loss, 1);
    r->order = nn_resize(NULL, d->count, classes, sizeof *r->order);
    r->times = nn_resize(NULL, d->count, sizeof *r->times, 1);
    r->sum = calloc(4 * classes, sizeof *r->sum);
    r->score = calloc((size_t)(SCORES * r->resamples), sizeof *r->score);
    if (!r->called || !r->loss || !r->order || !r->times || !r->sum || !r->score)
        return nn_no_memory(error);
    for (size_t i = 0; i < d->count; i++) {
        const double *p = d->p + i * classes;
        r->called[i] = fc_class_called(p, d->classes);
        r->loss[i] = -fc_class_log_p(p, d->classes, d->label[i]);
    }
    return rank(r, error);
}

static void clear(resampling *r)
{
    free(r->called);
    free(r->loss);
    free(r->order);
    free(r->times);
    free(r->sum);
    free(r->score);
}

/* --- one resample --- */

static void draw(resampling *r, int n)
{
    const size_t count = r->data->count;
    const uint64_t key = nn_random(UINT64_C(0x636c6173736573), (uint64_t)n);
    memset(r->times, 0, count * sizeof *r->times);
    for (size_t i = 0; i < count; i++)
        r->times[(size_t)(nn_random_uniform(key, i) * (double)count)]++;
}

/* The area under the ROC curve of a class: the share of pairs in order, equal ones counting half. */
static double area(const resampling *r, int class, double inside, double outside)
{
    const fc_class_data *d = r->data;
    const uint32_t *order = r->order + (size_t) class * d->count;
    const size_t classes = (size_t)d->classes;
    double above = 0, pairs = 0; /* objects of the class so far */
    for (size_t i = 0; i < d->count;) {
        const double p = d->p[order[i] * classes + (size_t) class];
        double in = 0, out = 0;
        for (; i < d->count && d->p[order[i] * classes + (size_t) class] == p; i++)
            *(d->label[order[i]] == class ? &in : &out) += r->times[order[i]];
        pairs += out * (above + in / 2);
        above += in;
    }
    return pairs / (inside * outside);
}

static void score(resampling *r, int n)
{
    const fc_class_data *d = r->data;
    const int classes = d->classes;
    double *objects = r->sum, *called = objects + classes, *right = called + classes, *loss = right + classes,
           mean[SCORES] = {0};
    int known[SCORES] = {0};
    memset(r->sum, 0, 4 * (size_t)classes * sizeof *r->sum);
    for (size_t i = 0; i < d->count; i++) {
        const double times = r->times[i];
        objects[d->label[i]] += times;
        called[r->called[i]] += times;
        right[d->label[i]] += r->called[i] == d->label[i] ? times : 0;
        loss[d->label[i]] += times * r->loss[i];
    }
    for (int c = 0; c < classes; c++) {
        const double outside = (double)d->count - objects[c];
        const bool there = objects[c] > 0;
        const double one[SCORES] = {there ? right[c] / objects[c] : NAN,
                                    there || called[c] > 0 ? 2 * right[c] / (objects[c] + called[c]) : NAN,
                                    there && outside > 0 ? area(r, c, objects[c], outside) : NAN,
                                    there ? loss[c] / objects[c] : NAN};
        for (int k = 0; k < SCORES; k++)
            if (!isnan(one[k])) {
                mean[k] += one[k];
                known[k]++;
            }
    }
    for (int k = 0; k < SCORES; k++)
        r->score[k * r->resamples + n] = known[k] ? mean[k] / known[k] : NAN;
}

/* --- all of them --- */

static int rising(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static fc_between between(double *values, int count)
{
    int known = 0;
    for (int i = 0; i < count; i++)
        if (!isnan(values[i]))
            values[known++] = values[i];
    if (known < 2)
        return (fc_between){NAN, NAN};
    qsort(values, (size_t)known, sizeof *values, rising);
    const double last = known - 1, places[2] = {0.025 * last, 0.975 * last};
    double ends[2];
    for (int k = 0; k < 2; k++) {
        const int low = (int)places[k], high = low + 1 < known ? low + 1 : low;
        ends[k] = values[low] + (places[k] - low) * (values[high] - values[low]);
    }
    return (fc_between){ends[0], ends[1]};
}

int fc_class_intervals_make(fc_class_intervals *intervals, const fc_class_data *data, nn_error *error)
{
    resampling r = {.data = data};
    int code = prepare(&r, error);
    double right = 0;
    for (int n = 0; n < r.resamples && !code; n++) {
        draw(&r, n);
        score(&r, n);
    }
    for (size_t i = 0; i < data->count && !code; i++)
        right += r.called[i] == data->label[i];
    if (!code)
        *intervals = (fc_class_intervals){.accuracy = fc_wilson(right, (double)data->count),
                                          .recall = between(r.score + RECALL * r.resamples, r.resamples),
                                          .f1 = between(r.score + F1 * r.resamples, r.resamples),
                                          .auc = between(r.score + AUC * r.resamples, r.resamples),
                                          .log_loss = between(r.score + LOG_LOSS * r.resamples, r.resamples)};
    clear(&r);
    return code;
}
