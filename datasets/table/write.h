/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing series as CSV in the layout of the file they came from. */
#ifndef DS_WRITE_H
#define DS_WRITE_H

#include "datasets/table/table.h"

#include <stdio.h>

/* rows x count values (row major) of the series columns[0..count) of the table that layout belongs to, at the
 * stamps time[0..rows). Wide: one line per stamp, the time column in its old place. Long: one line per id and
 * stamp, ids in their old order and all columns in their old places. Header and line ends as in the source;
 * numbers to 1e-9 of their size and 1e-4 of the table's usual change from row to row, values of the file as
 * they stand there (ds_number_print). Names are quoted as RFC 4180 asks. NaN becomes an empty field. own:
 * rows x count stamps, where those of the columns differ, in place of time; NULL: all have time. Then a wide
 * file has a line per stamp of any column, or per row, behind its number, a long one per stamp of the id; a
 * column without any value has none. */
int ds_write_csv(FILE *stream, const ds_table *like, const int *columns, int count, const ds_time *time,
                 const ds_time *own, const double *values, size_t rows, nn_error *error);

/* The same into a file that appears whole or not at all; "-" is standard output. */
int ds_write_file(const char *path, const ds_table *like, const int *columns, int count, const ds_time *time,
                  const ds_time *own, const double *values, size_t rows, nn_error *error);

#endif
