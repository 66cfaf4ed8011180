/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast/scores/verdict.h"
#include "forecast/statistics/class_curves.h"
#include "forecast/statistics/class_scores.h"
#include "lib/base/random.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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

/* --- the difference of areas --- */

typedef struct resampling {
    const fc_class_data *first, *second;
    size_t *members; /* objects, class after class */
    size_t *begin;   /* (classes + 1) into members */
    double *p[2];    /* (count) of the class in turn */
    unsigned char *positive;
    size_t *drawn;
} resampling;

static void group_by_class(resampling *r)
{
    size_t at = 0;
    for (int c = 0; c < r->first->classes; c++) {
        r->begin[c] = at;
        for (size_t i = 0; i < r->first->count; i++)
            if (r->first->label[i] == c)
                r->members[at++] = i;
    }
    r->begin[r->first->classes] = at;
}

/* Sample 0 is the data themselves. */
static void draw(resampling *r, uint64_t seed, int sample)
{
    uint64_t key = nn_random(seed, (uint64_t)sample);
    for (int c = 0; c < r->first->classes; c++)
        for (size_t i = r->begin[c]; i < r->begin[c + 1]; i++) {
            uint64_t size = r->begin[c + 1] - r->begin[c];
            r->drawn[i] = r->members[sample ? r->begin[c] + nn_random(key, i) % size : i];
        }
}

static int area_difference(double *difference, resampling *r, nn_error *error)
{
    size_t n = r->first->count, classes = (size_t)r->first->classes;
    int code = NN_OK, defined = 0;
    double sum = 0;
    for (size_t c = 0; c < classes && !code; c++) {
        double auc[2], ap;
        for (size_t i = 0; i < n; i++) {
            size_t o = r->drawn[i];
            r->positive[i] = r->first->label[o] == (int)c;
            r->p[0][i] = r->first->p[o * classes + c];
            r->p[1][i] = r->second->p[o * classes + c];
        }
        for (int k = 0; k < 2 && !code; k++)
            code = fc_ranking_areas(&auc[k], &ap, r->p[k], 1, r->positive, n, error);
        if (code || isnan(auc[0]))
            continue;
        sum += auc[0] - auc[1];
        defined++;
    }
    *difference = defined ? sum / defined : NAN;
    return code;
}

int fc_auc_difference(double *difference, double *low, double *high, const fc_class_data *first,
                      const fc_class_data *second, double level, int resamples, unsigned long seed,
                      nn_error *error)
{
    *difference = *low = *high = NAN;
    int code = fc_class_check(first, error);
    if (!code)
        code = fc_class_check(second, error);
    if (!code && (!(level > 0 && level < 1) || resamples < 1 || first->count != second->count ||
                  first->classes != second->classes))
        code = nn_fail(error, NN_USAGE,
                       "two classifiers are compared on the same objects, at a level within 0 to 1");
    if (code)
        return code;
    size_t n = first->count;
    resampling r = {.first = first,
                    .second = second,
                    .members = malloc(n * sizeof *r.members),
                    .begin = malloc(((size_t)first->classes + 1) * sizeof *r.begin),
                    .p = {malloc(n * sizeof(double)), malloc(n * sizeof(double))},
                    .positive = malloc(n),
                    .drawn = malloc(n * sizeof *r.drawn)};
    double *sample = malloc((size_t)resamples * sizeof *sample);
    if (!r.members || !r.begin || !r.p[0] || !r.p[1] || !r.positive || !r.drawn || !sample)
        code = nn_fail(error, NN_FAILED, "no memory to resample %zu objects", n);
    if (!code) {
        group_by_class(&r);
        draw(&r, seed, 0);
        code = area_difference(difference, &r, error);
    }
    for (int s = 0; s < resamples && !code; s++) {
        draw(&r, seed, s + 1);
        code = area_difference(&sample[s], &r, error);
    }
    if (!code && !isnan(*difference)) {
        gsl_sort(sample, 1, (size_t)resamples);
        *low = gsl_stats_quantile_from_sorted_data(sample, 1, (size_t)resamples, (1 - level) / 2);
        *high = gsl_stats_quantile_from_sorted_data(sample, 1, (size_t)resamples, (1 + level) / 2);
    }
    free(r.members), free(r.begin), free(r.p[0]), free(r.p[1]), free(r.positive), free(r.drawn), free(sample);
    return code;
}

/* --- one among several --- */

int fc_class_compare(fc_class_entry *entries, int count, nn_error *error)
{
    int code = NN_OK, made = 0;
    for (; made < count && !code; made++)
        code = fc_class_score_make(&entries[made].score, &entries[made].data, error);
    for (int i = 0; i < count && !code; i++) {
        if (entries[i].data.count != entries[0].data.count ||
            entries[i].data.classes != entries[0].data.classes)
            code = nn_fail(error, NN_USAGE, "classifiers are compared on the same objects and classes");
        else
            entries[i].test = fc_mcnemar_test(&entries[0].data, &entries[i].data);
    }
    for (int i = 0; code && i < made; i++)
        fc_class_score_clear(&entries[i].score);
    return code;
}

void fc_class_pronounce(const fc_class_entry *e, int count, char *text, size_t size, bool *beats)
{
    int best = 1, least = 1;
    for (int i = 2; i < count; i++) {
        best = e[i].score.accuracy > e[best].score.accuracy ? i : best;
        least = e[i].score.log_loss < e[least].score.log_loss ? i : least;
    }
    const fc_class_score *model = &e[0].score, *other = &e[best].score;
    bool higher = model->accuracy > other->accuracy, sure = e[best].test.p <= FC_SIGNIFICANCE;
    double change = model->log_loss - e[least].score.log_loss;
    char p[24], loss[120];
    fc_p_text(e[best].test.p, p);
    snprintf(loss, sizeof loss, "its log-loss, %.4f, is %s that of %.40s, %.4f", model->log_loss,
             change < 0   ? "below"
             : change > 0 ? "above"
                          : "also",
             e[least].name, e[least].score.log_loss);
    if (beats)
        *beats = higher && sure;
    if (higher && sure)
        snprintf(text, size,
                 "%.60s beats the best baseline, %.40s: accuracy %.4f against %.4f (McNemar, %s); %s.",
                 e[0].name, e[best].name, model->accuracy, other->accuracy, p, loss);
    else if (higher)
        snprintf(text, size,
                 "The accuracy of %.60s, %.4f, is above that of the best baseline, %.40s, %.4f, but the "
                 "difference may "
                 "be chance (McNemar, %s); %s.",
                 e[0].name, model->accuracy, e[best].name, other->accuracy, p, loss);
    else
        snprintf(text, size,
                 "%.60s does NOT beat the baseline %.40s: accuracy %.4f against %.4f (McNemar, %s); %s.",
                 e[0].name, e[best].name, model->accuracy, other->accuracy, p, loss);
}
