/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ROC and precision-recall curves of classes and the areas below them. */
#include "forecast/statistics/classes/class_curves.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct ranked {
    double score;
    unsigned char positive;
} ranked;

static int by_score_falling(const void *a, const void *b)
{
    double x = ((const ranked *)a)->score, y = ((const ranked *)b)->score;
    return (x < y) - (x > y);
}

/* NULL: no memory. */
static ranked *ranked_new(size_t count, nn_error *error)
{
    ranked *list = calloc(count ? count : 1, sizeof *list);
    if (!list)
        nn_fail(error, NN_FAILED, "no memory to rank %zu scores", count);
    return list;
}

/* A group of equal scores: from *at, which moves behind it. */
static void next_group(const ranked *list, size_t count, size_t *at, size_t *positives, size_t *negatives)
{
    double score = list[*at].score;
    *positives = *negatives = 0;
    for (; *at < count && list[*at].score == score; ++*at)
        if (list[*at].positive)
            ++*positives;
        else
            ++*negatives;
}

static void count_sides(const ranked *list, size_t count, double *positives, double *negatives)
{
    size_t p = 0;
    for (size_t i = 0; i < count; i++)
        p += list[i].positive != 0;
    *positives = (double)p;
    *negatives = (double)(count - p);
}

/* list in falling order. */
static void areas(double *auc, double *ap, const ranked *list, size_t count)
{
    double all_positives, all_negatives, pairs = 0, sum = 0, above = 0, below = 0;
    count_sides(list, count, &all_positives, &all_negatives);
    for (size_t at = 0; at < count;) {
        size_t p, n;
        next_group(list, count, &at, &p, &n);
        pairs += (double)n * (above + 0.5 * (double)p);
        above += (double)p;
        below += (double)n;
        sum += (double)p * above / (above + below);
    }
    *auc = all_positives > 0 && all_negatives > 0 ? pairs / all_positives / all_negatives : NAN;
    *ap = all_positives > 0 ? sum / all_positives : NAN;
}

int fc_ranking_areas(double *auc, double *ap, const double *score, size_t stride,
                     const unsigned char *positive, size_t count, nn_error *error)
{
    ranked *list = ranked_new(count, error);
    if (!list)
        return NN_FAILED;
    for (size_t i = 0; i < count; i++)
        list[i] = (ranked){score[i * stride], positive[i]};
    qsort(list, count, sizeof *list, by_score_falling);
    areas(auc, ap, list, count);
    free(list);
    return NN_OK;
}

/* --- curves --- */

void fc_curve_clear(fc_curve *curve)
{
    free(curve->x);
    *curve = (fc_curve){0};
}

/* Keeps the ends and about equal steps along the curve, which no plot could tell from all points. */
static void thin(fc_curve *curve, size_t most)
{
    if (most < 2 || curve->count <= most)
        return;
    double length = 0, walked = 0;
    for (size_t i = 1; i < curve->count; i++)
        length += fabs(curve->x[i] - curve->x[i - 1]) + fabs(curve->y[i] - curve->y[i - 1]);
    size_t kept = 1;
    for (size_t i = 1; i < curve->count; i++) {
        walked += fabs(curve->x[i] - curve->x[i - 1]) + fabs(curve->y[i] - curve->y[i - 1]);
        bool last = i + 1 == curve->count;
        if (!last && (walked < length * (double)kept / (double)(most - 1) || kept + 1 >= most))
            continue;
        curve->x[kept] = curve->x[i];
        curve->y[kept++] = curve->y[i];
    }
    curve->count = kept;
}

/* Takes the list. */
static int make_curve(fc_curve *curve, ranked *list, size_t count, size_t most, bool roc, nn_error *error)
{
    *curve = (fc_curve){0};
    double *room = malloc(2 * (count + 2) * sizeof *room);
    if (!room) {
        free(list);
        return nn_fail(error, NN_FAILED, "no memory for a curve of %zu scores", count);
    }
    double positives, negatives, tp = 0, fp = 0, auc, ap;
    qsort(list, count, sizeof *list, by_score_falling);
    count_sides(list, count, &positives, &negatives);
    areas(&auc, &ap, list, count);
    *curve = (fc_curve){.x = room, .y = room + count + 2, .area = roc ? auc : ap};
    if (roc)
        curve->x[0] = curve->y[0] = 0, curve->count = 1;
    for (size_t at = 0; at < count;) {
        size_t p, n;
        next_group(list, count, &at, &p, &n);
        tp += (double)p;
        fp += (double)n;
        curve->x[curve->count] = roc ? fp / negatives : tp / positives;
        curve->y[curve->count++] = roc ? tp / positives : tp / (tp + fp);
    }
    free(list);
    if (isnan(curve->area))
        curve->count = 0;
    thin(curve, most);
    return NN_OK;
}

static int class_curve(fc_curve *curve, const fc_class_data *d, int c, size_t most, bool roc, nn_error *error)
{
    *curve = (fc_curve){0};
    size_t classes = (size_t)d->classes, per_object = c < 0 ? classes : 1, count = d->count * per_object;
    ranked *list = ranked_new(count, error);
    if (!list)
        return NN_FAILED;
    for (size_t i = 0; i < d->count; i++)
        for (size_t k = 0; k < per_object; k++) {
            size_t column = c < 0 ? k : (size_t)c;
            list[i * per_object + k] = (ranked){d->p[i * classes + column], d->label[i] == (int)column};
        }
    return make_curve(curve, list, count, most, roc, error);
}

int fc_class_roc(fc_curve *curve, const fc_class_data *data, int class_index, size_t most, nn_error *error)
{
    return class_curve(curve, data, class_index, most, true, error);
}

int fc_class_pr(fc_curve *curve, const fc_class_data *data, int class_index, size_t most, nn_error *error)
{
    return class_curve(curve, data, class_index, most, false, error);
}
