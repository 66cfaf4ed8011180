/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of what is known beforehand of the rows to forecast, behind the end of a table. */
#ifndef CLI_FUTURE_FILE_H
#define CLI_FUTURE_FILE_H

#include "cli/input/reading.h"

/* Adds the columns that a model knows beforehand. */
int cli_future_read_for(ds_table *table, const char *path, const cli_reading *reading, const fc_model *model,
                        nn_error *error);
/* Adds the columns that `futures` names; NULL: those that both have, which *found then names, malloced. */
int cli_future_read(ds_table *table, const char *path, const cli_reading *reading, const char *futures,
                    char **found, nn_error *error);

#endif
