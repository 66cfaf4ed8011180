/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What models that forecast plain tables and panels share: columns, look-back, horizon and calendar. */
#ifndef FC_TABLE_MODEL_H
#define FC_TABLE_MODEL_H

#include "forecast/model_internal.h"

/* What fc_task's take has in common: look-back, horizon, frequency, time features. */
int fc_table_model_take(fc_model *model, const fc_request *request, const ds_table *table, nn_error *error);
/* Notes in the record which data a model is trained on. */
void fc_table_model_note(fc_model *model, const ds_table *table);
/* Room for the columns' names. */
int fc_table_model_columns(fc_model *model, int columns, nn_error *error);
void fc_table_model_sizes(const fc_model *model, fc_sizes *sizes);

/* The entry auspex.data of a model's file; the object is NULL where something cannot be written. */
json_t *fc_table_model_json(const fc_model *model);
int fc_table_model_load(fc_model *model, const json_t *data, const char *path, nn_error *error);
json_t *fc_table_record_json(const fc_model *model);
int fc_table_record_load(fc_model *model, const json_t *object, const char *path, nn_error *error);

#endif
