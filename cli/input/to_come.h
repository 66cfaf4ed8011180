/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns that go on where the others have ended, such as the promotions of coming weeks: known beforehand,
 * and no series to forecast. */
#ifndef CLI_TO_COME_H
#define CLI_TO_COME_H

#include "cli/input/reading.h"

typedef struct cli_to_come {
    char *targets, *futures; /* names as lists of options have them; NULL: there are none; owned */
} cli_to_come;

/* By their ends, the same for each series of a long file, and by a sign that they are no series: they hold
 * nothing but 0 and 1, or are named by what is planned. Says so; strict: NN_BAD_DATA instead. Without such a
 * sign only a note says how it can be told. */
int cli_to_come_find(cli_to_come *found, const ds_table *table, bool strict, nn_error *error);
/* Reads a file without what is known beforehand: the columns `futures`, or where it is NULL those found; says
 * that `what` (the page) is without them. reading->exclude is then *left_out, malloced. */
int cli_to_come_leave_out(ds_table **table, char **left_out, cli_reading *reading, const char *futures,
                          const char *what, const char *path, nn_error *error);
void cli_to_come_clear(cli_to_come *found);

#endif
