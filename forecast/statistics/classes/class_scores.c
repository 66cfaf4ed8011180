/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores of calls of classes, and McNemar's test of two classifiers. */
#include "forecast/statistics/classes/class_scores.h"

#include "forecast/statistics/classes/calibration.h"
#include "forecast/statistics/classes/class_curves.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define LEAST_P 1e-15

/* --- PLAsTiCC --- */

static const struct {
    int code;
    double weight;
} plasticc[] = {{6, 1},  {15, 2}, {16, 1}, {42, 1}, {52, 1}, {53, 1}, {62, 1}, {64, 2},
                {65, 1}, {67, 1}, {88, 1}, {90, 1}, {92, 1}, {95, 1}, {99, 2}};

double fc_plasticc_weight(int code)
{
    for (size_t i = 0; i < sizeof plasticc / sizeof *plasticc; i++)
        if (plasticc[i].code == code)
            return plasticc[i].weight;
    return NAN;
}

/* --- scores --- */

void fc_class_score_clear(fc_class_score *score)
{
    free(score->line);
    free(score->confusion);
    *score = (fc_class_score){0};
}

double fc_class_log_p(const double *p, int classes, int label)
{
    double sum = 0;
    for (int c = 0; c < classes; c++)
        sum += p[c];
    return log(fmin(fmax(p[label] / sum, LEAST_P), 1 - LEAST_P));
}

/* Everything that is a sum over objects. */
static void add_objects(fc_class_score *s, const fc_class_data *d)
{
    size_t right = 0;
    for (size_t i = 0; i < d->count; i++) {
        const double *p = d->p + i * (size_t)d->classes;
        int label = d->label[i], called = fc_class_called(p, d->classes);
        double loss = -fc_class_log_p(p, d->classes, label);
        s->line[label].count++;
        s->line[label].loss += loss;
        s->line[called].predicted++;
        s->confusion[label * d->classes + called]++;
        s->cross_entropy += loss;
        right += label == called;
        for (int c = 0; c < d->classes; c++)
            s->brier += (p[c] - (c == label)) * (p[c] - (c == label));
    }
    s->cross_entropy /= (double)d->count;
    s->brier /= (double)d->count;
    s->accuracy = (double)right / (double)d->count;
}

static void finish_lines(fc_class_score *s)
{
    for (int c = 0; c < s->classes; c++) {
        struct fc_class_line *line = &s->line[c];
        double right = (double)s->confusion[c * s->classes + c];
        double count = (double)line->count, predicted = (double)line->predicted;
        line->loss = count > 0 ? line->loss / count : NAN;
        line->recall = count > 0 ? right / count : NAN;
        line->precision = predicted > 0 ? right / predicted : NAN;
        line->f1 = count + predicted > 0 ? 2 * right / (count + predicted) : NAN;
    }
}

/* Means over classes. A class that is never called has no precision of its own; where it has objects it
 * counts as 0, lest never calling it be rewarded. */
static void average_lines(fc_class_score *s, const double *weights)
{
    double classes = 0, weight = 0, called = 0;
    for (int c = 0; c < s->classes; c++) {
        const struct fc_class_line *line = &s->line[c];
        double w = weights ? weights[c] : 1;
        if (line->count || line->predicted)
            called++;
        s->precision += line->predicted ? line->precision : 0;
        s->f1 += line->count || line->predicted ? line->f1 : 0;
        if (!line->count)
            continue;
        classes++;
        weight += w;
        s->recall += line->recall;
        s->log_loss += line->loss;
        s->weighted_loss += w * line->loss;
    }
    s->precision /= called;
    s->f1 /= called;
    s->recall /= classes;
    s->log_loss /= classes;
    s->weighted_loss = weight > 0 ? s->weighted_loss / weight : NAN;
}

static int rank_class(struct fc_class_line *line, const fc_class_data *d, int c, unsigned char *positive,
                      nn_error *error)
{
    for (size_t i = 0; i < d->count; i++)
        positive[i] = d->label[i] == c;
    return fc_ranking_areas(&line->auc, &line->ap, d->p + c, (size_t)d->classes, positive, d->count, error);
}

static int rank_classes(fc_class_score *s, const fc_class_data *d, nn_error *error)
{
    size_t all = d->count * (size_t)d->classes;
    unsigned char *positive = calloc(all, 1);
    if (!positive)
        return nn_fail(error, NN_FAILED, "no memory for %zu scores", all);
    int code = NN_OK, defined = 0;
    for (int c = 0; c < d->classes && !code; c++) {
        code = rank_class(&s->line[c], d, c, positive, error);
        if (code || isnan(s->line[c].auc))
            continue;
        defined++;
        s->auc += s->line[c].auc;
        s->ap += s->line[c].ap;
    }
    s->auc = defined ? s->auc / defined : NAN;
    s->ap = defined ? s->ap / defined : NAN;
    for (size_t i = 0; i < d->count && !code; i++)
        for (int c = 0; c < d->classes; c++)
            positive[i * (size_t)d->classes + (size_t)c] = d->label[i] == c;
    if (!code)
        code = fc_ranking_areas(&s->auc_micro, &s->ap_micro, d->p, 1, positive, all, error);
    free(positive);
    return code;
}

int fc_class_score_make(fc_class_score *s, const fc_class_data *d, nn_error *error)
{
    *s = (fc_class_score){0};
    int code = fc_class_check(d, error);
    if (code)
        return code;
    s->classes = d->classes;
    s->count = d->count;
    s->line = calloc((size_t)d->classes, sizeof *s->line);
    s->confusion = calloc((size_t)d->classes * (size_t)d->classes, sizeof *s->confusion);
    code = s->line && s->confusion ? NN_OK : nn_fail(error, NN_FAILED, "no memory for scores");
    if (!code) {
        fc_reliability reliability;
        add_objects(s, d);
        finish_lines(s);
        average_lines(s, d->weights);
        fc_reliability_make(&reliability, d);
        s->ece = reliability.ece;
        code = rank_classes(s, d, error);
    }
    if (code)
        fc_class_score_clear(s);
    return code;
}

/* --- is a better accuracy more than chance? --- */

static bool is_right(const fc_class_data *d, size_t i)
{
    return fc_class_called(d->p + i * (size_t)d->classes, d->classes) == d->label[i];
}

fc_mcnemar fc_mcnemar_test(const fc_class_data *first, const fc_class_data *second)
{
    fc_mcnemar test = {0, 0, 1};
    for (size_t i = 0; i < first->count; i++) {
        bool a = is_right(first, i), b = is_right(second, i);
        test.first_only += a && !b;
        test.second_only += b && !a;
    }
    size_t fewer = test.first_only < test.second_only ? test.first_only : test.second_only;
    size_t all = test.first_only + test.second_only;
    if (all)
        test.p = fmin(1, 2 * gsl_cdf_binomial_P((unsigned)fewer, 0.5, (unsigned)all));
    return test;
}
