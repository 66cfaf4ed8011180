/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture of a classifier's scores. */
#include "cli/output/score_figures.h"

#include "cli/shell/report.h"
#include "forecast/scores/classes/classes.h"
#include "forecast/statistics/classes/calibration.h"
#include "forecast/statistics/classes/class_curves.h"
#include "plots/class_plot.h"

#include <stdlib.h>
#include <string.h>

enum { CURVE_POINTS = 500 };

static const char *const *names_of(const fc_scores *s)
{
    const fc_score_table *t = &s->table[0];
    for (int p = 0; p < t->part_count; p++)
        if (t->parts[p].key && strcmp(t->parts[p].key, "classes") == 0)
            return t->parts[p].names;
    return NULL;
}

typedef struct ranking {
    fc_curve curve[PL_MOST_CLASSES + 1];
    pl_ranking_curve shown[PL_MOST_CLASSES + 1];
    int count;
} ranking;

/* All classes pooled, then each; of two classes one ROC curve says all. */
static int make_ranking(ranking *k, const fc_scores *s, bool roc, nn_error *error)
{
    const fc_class_data *d = &s->classes[0].data;
    int code = NN_OK, first = d->classes == 2 && roc ? 0 : -1, last = d->classes == 2 && roc ? 1 : d->classes;
    for (int c = first; c < last && !code; c++) {
        fc_curve *curve = &k->curve[k->count];
        code = roc ? fc_class_roc(curve, d, c, CURVE_POINTS, error)
                   : fc_class_pr(curve, d, c, CURVE_POINTS, error);
        k->shown[k->count++] = (pl_ranking_curve){.name = c < 0 ? "all (micro)" : names_of(s)[c],
                                                  .x = curve->x,
                                                  .y = curve->y,
                                                  .count = curve->count,
                                                  .area = curve->area,
                                                  .whole = c < 0};
    }
    return code;
}

static void ranking_clear(ranking *k)
{
    for (int i = 0; i < k->count; i++)
        fc_curve_clear(&k->curve[i]);
}

static int draw(const fc_scores *scores, const ranking *roc, const ranking *pr, cli_figure *figure,
                nn_error *error)
{
    const fc_class_entry *entry = scores->classes;
    const fc_class_score *s = &entry->score;
    char title[300], count[40], pr_title[64], roc_title[64];
    fc_reliability reliability;
    double low[FC_RELIABILITY_BINS], high[FC_RELIABILITY_BINS];
    fc_reliability_make(&reliability, &entry->data);
    for (int b = 0; b < FC_RELIABILITY_BINS; b++) {
        const double n = (double)reliability.count[b];
        const fc_between between = fc_wilson(n > 0 ? n * reliability.accuracy[b] : 0, n);
        low[b] = between.low;
        high[b] = between.high;
    }
    snprintf(title, sizeof title, "%.60s on %.150s: %s objects, accuracy %.4f, log-loss %.4f", entry->name,
             json_string_value(json_object_get(scores->about, "data")), cli_count(s->count, count),
             s->accuracy, s->log_loss);
    snprintf(roc_title, sizeof roc_title, "ROC curves, mean area %.4f", s->auc);
    snprintf(pr_title, sizeof pr_title, "Precision and recall, mean area %.4f", s->ap);
    pl_class_scores_plot plot = {
        .title = title,
        .confusion = {"Calls in percent of each true class", s->classes, names_of(scores), s->confusion},
        .roc = {roc_title, "false positive rate", "true positive rate", "AUC", roc->shown, roc->count, true},
        .pr = {pr_title, "recall", "precision", "AP", pr->shown, pr->count, false},
        .reliability = {"Reliability", FC_RELIABILITY_BINS, reliability.confidence, reliability.accuracy, low,
                        high, reliability.count, reliability.ece}};
    return cli_figure_end(figure, pl_class_scores(&plot, cli_figure_begin(figure), error));
}

int cli_classes_draw(const fc_scores *scores, cli_figure *figure, nn_error *error)
{
    if (scores->classes->score.classes > PL_MOST_CLASSES)
        return nn_fail(error, NN_USAGE, "a picture of scores shows up to %d classes, not %d", PL_MOST_CLASSES,
                       scores->classes->score.classes);
    ranking *curves = calloc(2, sizeof *curves);
    if (!curves)
        return nn_fail(error, NN_FAILED, "no memory for a picture");
    int code = make_ranking(&curves[0], scores, true, error);
    if (!code)
        code = make_ranking(&curves[1], scores, false, error);
    if (!code)
        code = draw(scores, &curves[0], &curves[1], figure, error);
    ranking_clear(&curves[0]);
    ranking_clear(&curves[1]);
    free(curves);
    return code;
}
