/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of dates as a column that is known beforehand. */
#ifndef CLI_HOLIDAYS_H
#define CLI_HOLIDAYS_H

#include "cli/input/automatic.h"

/* Adds the column 'holiday' to a wide table of days or of parts of days: 1 in rows of a day that the file
 * how->holidays names, else 0, for all rows and how->horizon (set where it is not) behind the last value of
 * the others. Each line of the file is a date, and behind a comma whatever else. *future, malloced:
 * how->future with the column, which how has then. NN_BAD_DATA names a line that begins with no date, and a
 * file without dates in the year of the last row. */
int cli_holidays_know(cli_automatic *how, ds_table *table, char **future, nn_error *error);

#endif
