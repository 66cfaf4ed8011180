/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of a table that can be learnt from and scored: rows to come are none, and short series are said.
 */
#ifndef CLI_PAST_H
#define CLI_PAST_H

#include "forecast/request.h"
#include "forecast/scores/folds.h"

/* The request's table without the rows at its end that have no value of any target; says how many they are,
 * and which columns have values there that the request's kind does not go by. Borrows all from the table. */
ds_table cli_past(const ds_table *table, const fc_request *request);
/* Only says which columns have values behind the last of any target. */
void cli_past_mention(const ds_table *table, const fc_request *request);
/* The same as cli_past for the targets of a model; rows that it does not find among the table's columns stay.
 */
ds_table cli_past_for(const ds_table *table, const fc_model *model);

/* In a malloced list of names, NULL or changed: of a long file's columns of values, those of all series. */
int cli_name_series(char **list, const ds_table *table, nn_error *error);

/* Says how many targets have too few values in the training rows to be learnt from, and names one. */
void cli_say_unlearnt(const fc_model *model, const ds_table *table, ds_part train);
/* The same for the folds of a walk. */
void cli_say_unlearnt_folds(const fc_request *request, const fc_folds *folds, int gap);

#endif
