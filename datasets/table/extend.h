/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table continued by another. */
#ifndef DS_EXTEND_H
#define DS_EXTEND_H

#include "datasets/table/table.h"

/* Puts the values of more into the columns of the same names: into rows of the same stamps where the table
 * has none, and into new rows after its end, which have NaN elsewhere. Without time stamps the rows of more
 * follow those of the table. NN_BAD_DATA when more has none of the table's columns, when its stamps do not
 * lie on the table's grid, or when it begins more than one step after the table's end. */
int ds_table_extend(ds_table *table, const ds_table *more, nn_error *error);

/* Room for so many rows, where it has fewer: NaN, at the stamps that follow. */
int ds_table_grow(ds_table *table, size_t rows, nn_error *error);

#endif
