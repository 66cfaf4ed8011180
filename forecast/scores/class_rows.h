/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The classes that were scored as rows of a CSV file, for other programs. */
#ifndef FC_CLASS_ROWS_H
#define FC_CLASS_ROWS_H

#include "lib/base/error.h"

typedef struct fc_class_rows fc_class_rows;

/* object_id, truth, the probability of each class, class, novelty, fold. names (classes): borrowed. path
 * NULL: *rows is NULL, which the functions below allow. */
int fc_class_rows_open(fc_class_rows **rows, const char *path, const char *const *names, int classes,
                       nn_error *error);
/* novelty NaN, fold -1: not known. */
void fc_class_rows_write(fc_class_rows *rows, const char *id, int truth, const double *p, double novelty,
                         int fold);
/* Completes the file where code is NN_OK, else leaves none; returns the first code. */
int fc_class_rows_close(fc_class_rows *rows, int code, nn_error *error);

#endif
