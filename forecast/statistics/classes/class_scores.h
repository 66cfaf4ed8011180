/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores of a classifier.
 * A score that is not defined, such as the recall of a class without objects, is NaN and left out of means.
 */
#ifndef FC_CLASS_SCORES_H
#define FC_CLASS_SCORES_H

#include "forecast/statistics/classes/class_data.h"

typedef struct fc_class_score {
    int classes;
    size_t count;
    double log_loss;      /* flat: mean over classes of the class's mean -ln p */
    double weighted_loss; /* the same with the weights: sum_c w_c mean_c / sum_c w_c (Kaggle's PLAsTiCC
                             metric) */
    double cross_entropy; /* mean -ln p over objects */
    double accuracy;      /* share of objects whose largest p is their label's; of equals the first counts */
    double precision, recall, f1; /* means over classes (macro); recall is the balanced accuracy */
    double brier;                 /* mean over objects of sum_c (p_c - y_c)^2, 0 to 2 */
    double ece;                   /* expected calibration error of the largest p, 15 bins (calibration.h) */
    double auc, auc_micro; /* area under the ROC curve: mean over classes, one against the rest; all pooled */
    double ap, ap_micro;   /* average precision (area under the precision-recall curve), likewise */
    struct fc_class_line {
        size_t count, predicted;                     /* objects of the class; objects called so */
        double precision, recall, f1, auc, ap, loss; /* loss: mean -ln p of its objects */
    } * line;                                        /* (classes), owned */
    size_t *confusion;                               /* (classes, classes): [label][called], owned */
} fc_class_score;

/* In the losses p is clipped to [1e-15, 1 - 1e-15] after the row is made to sum to 1. Classes without objects
 * count nothing, nor do their weights. Fails as fc_class_check, or without memory. */
int fc_class_score_make(fc_class_score *score, const fc_class_data *data, nn_error *error);
void fc_class_score_clear(fc_class_score *score);

/* ln of an object's p of its label, clipped as in the losses. */
double fc_class_log_p(const double *p, int classes, int label);

/* Kaggle's weights of the PLAsTiCC classes: 2 for codes 15 (TDE), 64 (kilonova) and 99 (other), 1 for the
 * other 12; NaN for what is no code of PLAsTiCC. */
double fc_plasticc_weight(int code);

/* --- is a better accuracy more than chance? --- */

/* McNemar's exact test of two classifiers on the same objects: with b objects right only in the first and c
 * only in the second, p = min(1, 2 P(X <= min(b, c))), X binomial (b + c, 1/2). McNemar 1947,
 * doi 10.1007/BF02295996. */
typedef struct fc_mcnemar {
    size_t first_only, second_only;
    double p; /* 1 where they never differ */
} fc_mcnemar;
fc_mcnemar fc_mcnemar_test(const fc_class_data *first, const fc_class_data *second);

#endif
