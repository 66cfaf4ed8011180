/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The option of a file of holidays, and what it makes of a table that was read. */
#ifndef CLI_HOLIDAYS_H
#define CLI_HOLIDAYS_H

#include "datasets/table/reading.h"
#include "forecast/model.h"

extern const nn_option cli_holidays_options[]; /* --holidays, of a ds_reading */
#define CLI_HOLIDAYS "Holidays"                /* their section */

/* What the reading's file of holidays adds to a table that is to be learnt from; without one nothing. */
int cli_holidays_add(ds_table *table, const ds_reading *reading, nn_error *error);
/* The same for a model: NN_USAGE where it goes by holidays and there are none, or the other way round. */
int cli_holidays_add_for(ds_table *table, const ds_reading *reading, const fc_model *model, nn_error *error);

/* The first of these alone. */
int cli_holidays_need(const ds_table *table, const ds_reading *reading, const fc_model *model,
                      nn_error *error);

/* Behind the last value of the others the table then has so many rows to forecast. */
int cli_holidays_extend(ds_table *table, const ds_reading *reading, int rows, nn_error *error);

/* NN_USAGE where they are given, for what takes none. what: what they are not for, "prices". */
int cli_holidays_refuse(const ds_reading *reading, const char *what, nn_error *error);
/* NN_USAGE where they are given and the kind does not go by what is known beforehand. */
int cli_holidays_check(const ds_reading *reading, const fc_kind *kind, nn_error *error);

#endif
