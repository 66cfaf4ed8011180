/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A classifier beside its rivals: all their scores and what is said of them. */
#include "forecast/scores/classes/classes.h"

#include "forecast/scores/verdict.h"

#include <math.h>
#include <stdio.h>

#define OF(name) offsetof(fc_class_entry, score.name)
#define SHOWN    FC_SHOW(FC_WHOLE, FC_WHOLE, FC_WHOLE)
#define IN_JSON  FC_SHOW(0, FC_WHOLE, 0)
const fc_metric fc_class_metrics[] = {
    {"objects", "objects", NULL, OF(count), FC_COUNT, 0, FC_SHOW(0, 0, FC_WHOLE)},
    {"log_loss", "log-loss", "mean -ln p of the right class; every class weighs the same", OF(log_loss), 4,
     -1, SHOWN},
    {"weighted_loss", "weighted", "the same with --weights", OF(weighted_loss), 4, -1, SHOWN,
     .optional = true},
    {"cross_entropy", "cross-entropy", "mean -ln p of the right class; every object weighs the same",
     OF(cross_entropy), 4, -1, SHOWN},
    {"accuracy", "accuracy", "share of right calls", OF(accuracy), 4, 1, SHOWN},
    {"precision", "precision", "share of right calls among those of a class, mean over classes",
     OF(precision), 4, 1, FC_SHOW(0, FC_WHOLE, FC_WHOLE)},
    {"recall", "balanced", "mean share of a class that is found", OF(recall), 4, 1, SHOWN},
    {"f1", "F1", "harmonic mean of precision and recall, mean over classes", OF(f1), 4, 1, SHOWN},
    {"brier", "Brier", "mean squared distance of the probabilities from the truth", OF(brier), 4, -1, SHOWN},
    {"ece", "ECE", "expected calibration error of the largest probability", OF(ece), 4, -1, SHOWN},
    {"auc", "AUC", "area under the ROC curve, mean over classes, each against the rest", OF(auc), 4, 1,
     SHOWN},
    {"auc_micro", "AUC, micro", NULL, OF(auc_micro), 4, 1, IN_JSON},
    {"ap", "AP", "average precision, likewise", OF(ap), 4, 1, SHOWN},
    {"ap_micro", "AP, micro", NULL, OF(ap_micro), 4, 1, IN_JSON},
    {"mcnemar_p", "p", "how often equally good classifiers would differ as much or more (McNemar)",
     offsetof(fc_class_entry, test.p), FC_P, 0, FC_SHOW(FC_WHOLE, FC_WHOLE, 0)},
#define ENDS(key, name, member, meaning)                                                                     \
    {key "_low", name, meaning, offsetof(fc_class_entry, between.member.low), 4, 0, SHOWN, .block = 1},      \
    {                                                                                                        \
        key "_high", "to", NULL, offsetof(fc_class_entry, between.member.high), 4, 0, SHOWN, .block = 1      \
    }
    ENDS("accuracy", "accuracy", accuracy, "95 % interval (Wilson)"),
    ENDS("recall", "balanced", recall,
         "95 % of resamples of the objects lie there (bootstrap); likewise F1, AUC, log-loss"),
    ENDS("f1", "F1", f1, NULL),
    ENDS("auc", "AUC", auc, NULL),
    ENDS("log_loss", "log-loss", log_loss, NULL),
    {0}};

#undef OF
#undef SHOWN
#define OF(name) offsetof(struct fc_class_line, name)
#define SHOWN    FC_SHOW(FC_EACH, FC_EACH, FC_EACH)
const fc_metric fc_class_line_metrics[] = {
    {"objects", "objects", NULL, OF(count), FC_COUNT, 0, SHOWN},
    {"called", "called", NULL, OF(predicted), FC_COUNT, 0, FC_SHOW(FC_EACH, FC_EACH, 0)},
    {"precision", "precision", NULL, OF(precision), 4, 1, SHOWN},
    {"recall", "recall", NULL, OF(recall), 4, 1, SHOWN},
    {"f1", "F1", NULL, OF(f1), 4, 1, SHOWN},
    {"auc", "AUC", NULL, OF(auc), 4, 1, SHOWN},
    {"ap", "AP", NULL, OF(ap), 4, 1, SHOWN},
    {"log_loss", "log-loss", NULL, OF(loss), 4, -1, SHOWN},
    {0}};

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
            code = fc_class_intervals_make(&entries[i].between, &entries[i].data, error);
        if (!code)
            entries[i].test = fc_mcnemar_test(&entries[0].data, &entries[i].data);
        if (!entries[i].data.weights)
            entries[i].score.weighted_loss = NAN;
    }
    entries[0].test.p = NAN;
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
    static const fc_words words = {
        "{model} beats the most accurate baseline, {rival}: accuracy {value} against {other} (McNemar, {p}); "
        "{more}.",
        "The accuracy of {model}, {value}, is above that of the most accurate baseline, {rival}, {other}, "
        "but "
        "the difference may be chance (McNemar, {p}); {more}.",
        "{model} does NOT beat the most accurate baseline, {rival}: accuracy {value} against {other} "
        "(McNemar, "
        "{p}); {more}.",
        4, 1};
    const double own = e[0].score.log_loss, other = e[least].score.log_loss;
    char loss[160];
    snprintf(loss, sizeof loss, "its log-loss, %.4f, is %s the least of the baselines, that of %.40s, %.4f",
             own,
             own < other   ? "below"
             : own > other ? "above"
                           : "also",
             e[least].name, other);
    const fc_match match = {.model = e[0].name,
                            .rival = e[best].name,
                            .metric = fc_metric_find(fc_class_metrics, "accuracy"),
                            .record = &e[0],
                            .rival_record = &e[best],
                            .statistic = NAN,
                            .p = e[best].test.p,
                            .more = loss};
    *beats = fc_judge(text, size, &words, &match);
}
