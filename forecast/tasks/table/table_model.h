/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What models that forecast plain tables and panels share: columns, look-back, horizon and calendar. */
#ifndef FC_TABLE_MODEL_H
#define FC_TABLE_MODEL_H

#include "forecast/model_internal.h"
#include "forecast/request.h"

/* What fc_task's take has in common: look-back, horizon, frequency, time features. */
int fc_table_model_take(fc_model *model, const fc_request *request, const ds_table *table, nn_error *error);
/* The season that was asked for, or found in the training rows; wanted: flags of the table's columns that may
 * show it, NULL: all. */
int fc_table_model_season(fc_model *model, const fc_request *request, const ds_table *table,
                          const uint8_t *wanted, nn_error *error);
/* Notes which data a model is trained on, and which rows of it. */
int fc_table_model_note(fc_model *model, const ds_table *table, ds_part train, nn_error *error);
/* Room for the columns' names. */
int fc_table_model_columns(fc_model *model, int columns, nn_error *error);
void fc_table_model_sizes(const fc_model *model, fc_sizes *sizes);

/* In the entries auspex.data and auspex.training of a model's file. */
extern const fc_field fc_table_fields[], fc_table_record_fields[];
int fc_table_complete(void *model, nn_error *error);

#endif
