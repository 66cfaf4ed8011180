/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of dates as a column of a table that is known beforehand. */
#ifndef DS_HOLIDAYS_H
#define DS_HOLIDAYS_H

#include "datasets/table/table.h"

#define DS_HOLIDAY "holiday" /* the name of that column */

/* Adds to a table of days or of parts of days the column 'holiday', of a long file one for each series: 1 in
 * rows of a day that the file names, else 0. table->holidays is then set.
 *
 * The file has a date in each row, in a column that its name or what stands in it tells, and whatever else.
 * Where a column has the name of one of the table's id columns, a row is of the series that it names alone,
 * of all where it names none. A line of names is not needed. A date that stands under two names is one
 * holiday, which is said.
 *
 * learns: the table is to be learnt from, and none of the dates among its days is an error. NN_BAD_DATA names
 * what is no date, and a file that ends before the year of the last row; NN_USAGE: the table has such a
 * column already, or no days. */
int ds_holidays_add(ds_table *table, const char *path, bool learns,
                    void (*say)(void *context, const char *line), void *context, nn_error *error);

/* Such a table goes on for so many rows behind the last value of the other columns: what is known of them. */
int ds_holidays_extend(ds_table *table, const char *path, size_t rows, nn_error *error);

/* Whether a column was made of a file of holidays. */
bool ds_is_holiday(const ds_table *table, int column);
/* Whether the table has such a column, also of its own file. */
bool ds_has_holidays(const ds_table *table);

#endif
