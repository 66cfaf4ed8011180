/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A classifier's scores at each level of a tree of classes, and those of its answers. An object that is known
 * by a name above classes counts at the level of that name and above it, and not below. */
#ifndef FC_CLASS_LEVELS_H
#define FC_CLASS_LEVELS_H

#include "forecast/scores/score_table.h"
#include "forecast/statistics/classes/answers.h"
#include "forecast/statistics/classes/class_scores.h"

/* The classes at all levels. */
typedef struct fc_level {
    int classes;
    int node[FC_MOST_NODES], place[FC_MOST_NODES]; /* as fc_taxonomy_level has them */
    const char *name[FC_MOST_NODES];               /* (classes), borrowed */
} fc_level;

typedef struct fc_levels {
    const fc_taxonomy *tree; /* borrowed */
    int count;               /* the last has the classes themselves */
    fc_level level[FC_TAXONOMY_LEVELS];
    const char *parent[FC_MOST_PARENTS]; /* names above classes, in the order for people */
} fc_levels;
/* tree NULL or without nodes: *levels is NULL. Names are borrowed; for free. */
int fc_levels_new(fc_levels **levels, const fc_taxonomy *tree, const char *const *classes, nn_error *error);

/* The objects whose class at a level is known: q (count, classes of the level) and known (count) have room;
 * returns how many there are. */
size_t fc_levels_gather(const fc_levels *levels, int level, const double *p, const int *label, size_t count,
                        double *q, int *known);
/* The level that objects are scored at as a whole: that of the classes where any is known by its class, else
 * that at which most are known. */
int fc_levels_base(const fc_levels *levels, const int *label, size_t count);
/* What is answered to objects with p (count, leaves). */
void fc_levels_answer(const fc_levels *levels, int *answer, const double *p, size_t count, double confidence);

/* Scores of one classifier at one level; those that are not defined are NaN. */
typedef struct fc_level_line {
    int level;
    size_t objects, classes;
    double accuracy, recall, f1, auc, log_loss, cross_entropy;
    double answered, answer_precision; /* share of objects whose answer says their class at this level */
} fc_level_line;
typedef struct fc_level_scores {
    fc_level_line *line;                   /* (levels), owned like what follows */
    struct fc_class_line *parent;          /* of names above classes, each at its level */
    fc_answer_line *answer;                /* FC_ANSWER_LINES */
    fc_answer_line all;                    /* the last of them */
    size_t *confusion[FC_TAXONOMY_LEVELS]; /* of each level (classes, classes): [label][called] */
} fc_level_scores;
extern const fc_metric fc_level_metrics[];    /* of fc_level_line */
extern const fc_metric fc_answer_metrics[];   /* of fc_answer_line */
extern const fc_metric fc_answered_metrics[]; /* the same, of all answers */

/* p (count, leaves); label and answer (count) of nodes. Clear after failure too. */
int fc_level_scores_make(fc_level_scores *scores, const fc_levels *levels, const double *p, const int *label,
                         const int *answer, size_t count, nn_error *error);
void fc_level_scores_clear(fc_level_scores *scores);

/* Adds what a table of classifiers shows of levels; offset: of an fc_level_scores in their records. whole: of
 * one table of objects, also names above classes, answers and confusions; else the means of lines alone. In
 * CSV the former has the ids level,class and the latter of,fold. */
void fc_levels_show(fc_score_table *table, const fc_levels *levels, size_t offset, bool whole);

#endif
