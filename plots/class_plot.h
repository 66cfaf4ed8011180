/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a classifier does: confusion matrix, ranking curves, reliability, and scores as an object grows older.
 */
#ifndef PL_CLASS_PLOT_H
#define PL_CLASS_PLOT_H

#include "plots/plot.h"

enum { PL_MOST_CLASSES = 40, PL_MOST_EARLY = 7 /* curves over days */ };

/* Drawn as shares of each row, in percent; up to 6 classes with the counts. */
typedef struct pl_confusion_plot {
    const char *title;
    int classes;
    const char *const *name; /* (classes) */
    const size_t *count;     /* (classes, classes): [true][called] */
} pl_confusion_plot;

/* ROC or precision-recall curves within the unit square. */
typedef struct pl_ranking_curve {
    const char *name;
    const double *x, *y; /* (count) */
    size_t count;
    double area; /* NaN: not said */
    bool whole;  /* of all classes together: drawn stronger */
} pl_ranking_curve;
typedef struct pl_ranking_plot {
    const char *title, *x_title, *y_title, *area_title; /* "AUC" */
    const pl_ranking_curve *curves;
    int curve_count; /* at most PL_MOST_CLASSES + 1 */
    bool diagonal;   /* that of a coin: of ROC curves */
} pl_ranking_plot;

/* Share of right calls by confidence. */
typedef struct pl_reliability_plot {
    const char *title;
    int bins;                            /* of equal width from 0 to 1 */
    const double *confidence, *accuracy; /* (bins), NaN where empty */
    const double *low, *high;            /* (bins): of the accuracy, drawn as bars; NULL: not known */
    const size_t *count;                 /* (bins) */
    double ece;
} pl_reliability_plot;

/* All four in one picture; text art shows the confusion matrix alone. */
typedef struct pl_class_scores_plot {
    const char *title;
    pl_confusion_plot confusion; /* titles of the parts head the panels */
    pl_ranking_plot roc, pr;
    pl_reliability_plot reliability;
} pl_class_scores_plot;
int pl_class_scores(const pl_class_scores_plot *plot, const pl_target *target, nn_error *error);

/* Several confusion matrices in one picture, such as those of the levels of a tree of classes; text art shows
 * one below the other. */
enum { PL_MOST_CONFUSIONS = 10 };
typedef struct pl_confusions_plot {
    const char *title;
    const pl_confusion_plot *confusion; /* (count) */
    int count;                          /* at most PL_MOST_CONFUSIONS */
} pl_confusions_plot;
int pl_confusions(const pl_confusions_plot *plot, const pl_target *target, nn_error *error);

/* Scores over days since the first detection. */
typedef struct pl_early_curve {
    const char *name;
    const double *value; /* (count) */
} pl_early_curve;
typedef struct pl_early_plot {
    const char *title, *x_title, *y_title;
    const double *day; /* (count), rising */
    int count;
    const pl_early_curve *curves;
    int curve_count; /* at most PL_MOST_EARLY */
} pl_early_plot;
int pl_early(const pl_early_plot *plot, const pl_target *target, nn_error *error);

#endif
