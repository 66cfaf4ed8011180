/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a classifier answers where its classes form a tree: the deepest class, or name above classes, that is
 * probable enough, or that all is unclear. */
#ifndef FC_ANSWERS_H
#define FC_ANSWERS_H

#include "forecast/statistics/classes/taxonomy.h"

#include <stddef.h>

/* Answers from a probability on, and what they were worth on the objects by which that was chosen; NaN: not
 * known. */
typedef struct fc_answer_rule {
    double confidence;
    double precision; /* share of right ones among answers */
    double answered;  /* share of objects with an answer */
} fc_answer_rule;

/* Of the nodes with all[n] >= confidence, the deepest; of equally deep ones the most probable. -1: none, it
 * is unclear. all (nodes), see fc_taxonomy_sums. */
int fc_answer(const fc_taxonomy *tree, const double *all, double confidence);

/* "class", "parent only", "unclear" */
const char *fc_answer_kind(const fc_taxonomy *tree, int answer);

typedef enum fc_judgement { FC_ANSWER_WRONG, FC_ANSWER_RIGHT, FC_ANSWER_OPEN } fc_judgement;
/* Right: the label is the answer or below it. Open: the label stands above the answer, so that nobody knows,
 * or the answer is -1. */
fc_judgement fc_answer_judge(const fc_taxonomy *tree, int answer, int label);

/* Answers of one kind, or of all. */
typedef struct fc_answer_line {
    size_t objects;   /* that are answered so */
    double share;     /* of all objects */
    double precision; /* right ones among those that can be judged; NaN: there are none */
} fc_answer_line;
enum { FC_ANSWERS_CLASS, FC_ANSWERS_PARENT, FC_ANSWERS_UNCLEAR, FC_ANSWERS_ALL, FC_ANSWER_LINES };
extern const char *const fc_answer_lines[FC_ANSWER_LINES]; /* names */
/* answer, label (count): of nodes. */
void fc_answers_score(fc_answer_line lines[FC_ANSWER_LINES], const fc_taxonomy *tree, const int *answer,
                      const int *label, size_t count);

/* The least confidence of .5, .51, ... .99 with which the share of right answers is `precision` or more; .99
 * where it is with none. p (count, leaves), of objects that the classifier has not learnt from. */
fc_answer_rule fc_answers_choose(const fc_taxonomy *tree, const double *p, const int *label, size_t count,
                                 double precision);

#endif
