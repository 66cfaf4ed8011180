/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A classifier beside its rivals on the same objects. */
#ifndef FC_CLASSES_H
#define FC_CLASSES_H

#include "forecast/metric.h"
#include "forecast/scores/classes/class_levels.h"
#include "forecast/statistics/classes/class_intervals.h"
#include "forecast/statistics/classes/class_scores.h"
#include "forecast/tasks/lightcurves/run.h"

/* One classifier among those compared. */
typedef struct fc_class_entry {
    const char *name; /* "t2", "prior" */
    fc_class_data data;
    fc_class_score score; /* by fc_class_score_make, but NaN for the weighted loss without weights; owned */
    fc_class_intervals between; /* of the scores */
    fc_mcnemar test;            /* of entry 0 against this one; p NaN for entry 0 */
    fc_level_scores levels;     /* where there is a tree of classes; the caller's */
} fc_class_entry;
extern const fc_metric fc_class_metrics[];      /* of fc_class_entry */
extern const fc_metric fc_class_line_metrics[]; /* of struct fc_class_line */

/* Fills the scores and tests of the entries, the first of which is the model; all have the same labels. On
 * failure the scores are cleared. */
int fc_class_compare(fc_class_entry *entries, int count, nn_error *error);
/* The verdict in one sentence: whether entry 0 calls more objects right than the best of the others, beyond
 * chance at 5 %, and whether its loss is lower. count at least 2. */
void fc_class_pronounce(const fc_class_entry *entries, int count, char *text, size_t size, bool *beats);

/* Probabilities of labelled objects, one after the other. Start from {0}. */
typedef struct fc_called {
    double *p; /* (count, classes) */
    /* Likewise, meaningful where the engine was asked for it: the nearest-mean baseline's, the companion's,
     * the network's without it. */
    double *nearest, *rival, *alone;
    int *label;
    size_t count, room, strange; /* strange: novelty of 0.99 or more */
} fc_called;
int fc_called_add(fc_called *called, const fc_slot *slot, int classes, nn_error *error);
void fc_called_clear(fc_called *called);

/* For fc_sweep_run, whose context is one of these: adds the objects that could be called. */
typedef struct fc_collecting {
    fc_called called;
    int classes;
    bool labelled; /* those alone that are known to be of a class */
} fc_collecting;
int fc_called_take(void *collecting, const fc_slot *slot, long row, int age, nn_error *error);

#endif
