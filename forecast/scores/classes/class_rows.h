/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The classes that were scored as rows of a CSV file, for other programs. */
#ifndef FC_CLASS_ROWS_H
#define FC_CLASS_ROWS_H

#include "forecast/statistics/classes/taxonomy.h"

typedef struct fc_class_rows fc_class_rows;

/* Others that called the same objects: their probabilities stand behind the row, each column with the name
 * and an underscore in front of its class. */
enum { FC_ROWS_BESIDE = 2 };
typedef struct fc_rows_beside {
    int count;
    const char *name[FC_ROWS_BESIDE];
} fc_rows_beside;

/* object_id, truth, the probability of each class, class, novelty, fold; with a tree of classes also the
 * probability of each name above them, answer and answer_kind. names (classes) and tree are borrowed; its
 * nodes may be 0; beside NULL: none. path NULL: *rows is NULL, which the functions below allow. */
int fc_class_rows_open(fc_class_rows **rows, const char *path, const char *const *names, int classes,
                       const fc_taxonomy *tree, const fc_rows_beside *beside, nn_error *error);
/* beside: as many rows of probabilities. truth: a class or node of the tree; confidence: of answers, with a
 * tree; novelty NaN, fold -1: not known.
 */
void fc_class_rows_write(fc_class_rows *rows, const char *id, int truth, const double *p, double confidence,
                         double novelty, int fold, const double *const *beside);
/* Completes the file where code is NN_OK, else leaves none; returns the first code. */
int fc_class_rows_close(fc_class_rows *rows, int code, nn_error *error);

#endif
