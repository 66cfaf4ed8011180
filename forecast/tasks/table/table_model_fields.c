/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What models that forecast plain tables and panels keep in their files. */
#include "forecast/tasks/table/table_model.h"

#include "forecast/tasks/table/static_column.h"
#include "forecast/tasks/table/time_encoding.h"

#define AT(member)         .offset = offsetof(fc_model, member)
#define SIZED(member)      AT(member), .size = sizeof(((fc_model *)0)->member)
#define COUNTED_BY(member) .count_offset = offsetof(fc_model, member)

const fc_field fc_table_fields[] = {
    {"lookback", FC_NUMBER, 0, AT(lookback), .least = 1, .most = 1000000},
    {"horizon", FC_NUMBER, 0, AT(horizon), .least = 1, .most = 1000000},
    {"columns", FC_STRING, FC_MANY | FC_UNIQUE, AT(names), COUNTED_BY(columns), .least = 1, .most = 1000000},
    {"targets", FC_FLAG, FC_MANY, AT(is_target), COUNTED_BY(columns)},
    {"known_beforehand", FC_FLAG, FC_MANY | FC_OPTIONAL, AT(is_future), COUNTED_BY(columns)},
    {"holidays", FC_FLAG, FC_OPTIONAL | FC_NOT_ZERO, AT(holidays)},
    {"static", FC_STRING, FC_OPTIONAL, AT(statics)},
    {"static_columns", FC_ENTRIES, FC_OPTIONAL, AT(static_columns), .size = sizeof(fc_static_column),
     .fields = fc_static_fields, COUNTED_BY(static_count), .least = 1, .most = 100000},
    {"frequency", FC_FREQUENCY, 0, AT(frequency)},
    {"anchor_day", FC_NUMBER, FC_OPTIONAL, AT(frequency.anchor_day), .most = DS_ANCHOR_MOST},
    {"reading", FC_RECORD, FC_OPTIONAL, AT(reading), .size = sizeof(ds_reading),
     .options = ds_reading_options},
    {"time", FC_STRING, FC_OPTIONAL, AT(time_name)},
    {"time_form", FC_STRING, FC_OPTIONAL, AT(time_form)},
    {"thousands", FC_STRING, FC_OPTIONAL, AT(thousands)},
    {"season", FC_NUMBER, FC_OPTIONAL | FC_NOT_ZERO, AT(season), .most = 10000000},
    {"season_found", FC_FLAG, FC_OPTIONAL | FC_NOT_ZERO, AT(season_found)},
    {"floor", FC_REAL, FC_OPTIONAL | FC_NOT_ZERO, AT(floor)},
    {"time_features", FC_STRING, FC_HERE, SIZED(features)},
    {"split", FC_STRING, 0, AT(split)},
    {"scaler", FC_CHOICE, 0, AT(scaler.kind), .names = ds_scaler_names},
    {"shift", FC_REAL, FC_MANY | FC_NULLABLE, AT(scaler.shift), COUNTED_BY(columns)},
    {"scale", FC_REAL, FC_MANY | FC_POSITIVE, AT(scaler.scale), COUNTED_BY(columns)},
    {"learnt", FC_STRING, FC_OPTIONAL, AT(learnt)},
    {"least", FC_REAL, FC_MANY | FC_OPTIONAL | FC_NULLABLE, AT(least), COUNTED_BY(columns)},
    {"most", FC_REAL, FC_MANY | FC_OPTIONAL | FC_NULLABLE, AT(most), COUNTED_BY(columns)},
    {0}};

int fc_table_complete(void *state, nn_error *error)
{
    fc_model *model = state;
    model->scaler.columns = model->columns;
    if (!model->least != !model->most)
        return nn_fail(error, NN_BAD_DATA,
                       "the least and the greatest values of the training rows go together");
    if (fc_time_inputs(model->features) < 0)
        return nn_fail(error, NN_BAD_DATA, "unknown set of time features '%s'", model->features);
    return fc_model_register(model, error);
}

const fc_field fc_table_record_fields[] = {
    {"options", FC_RECORD, 0, AT(record.training), .options = fc_training_options,
     .later = fc_training_later},
    {"data", FC_STRING, FC_HERE | FC_OPTIONAL | FC_FOREIGN, SIZED(record.data_name)},
    {"teacher", FC_STRING, FC_HERE | FC_OPTIONAL | FC_FOREIGN | FC_NOT_ZERO, SIZED(record.teacher)},
    {"data_hash", FC_HASH, FC_OPTIONAL, AT(record.data_hash)},
    {"rows", FC_SIZE, FC_OPTIONAL, AT(record.rows), .most = 1e15},
    {"updates", FC_NUMBER, FC_OPTIONAL | FC_NOT_ZERO, AT(record.updates), .most = 1e9},
    {"first_rows", FC_SIZE, FC_OPTIONAL | FC_NOT_ZERO, AT(record.first_rows), .most = 1e15},
    {"epochs", FC_NUMBER, 0, AT(record.epochs), .most = 100000},
    {"best_epoch", FC_NUMBER, 0, AT(record.best_epoch), .most = 100000},
    {"train_loss", FC_REAL, FC_MANY | FC_NULLABLE, AT(record.train_loss), COUNTED_BY(record.epochs)},
    {"validation_loss", FC_REAL, FC_MANY | FC_NULLABLE, AT(record.validation_loss),
     COUNTED_BY(record.epochs)},
    {"start_validation_loss", FC_REAL, FC_NULLABLE | FC_OPTIONAL,
     /* older files have none */ AT(record.start_validation_loss), .list = "start_validation_loss"},
    {"naive_validation_loss", FC_REAL, FC_NULLABLE, AT(record.naive_validation_loss),
     .list = "naive_validation_loss"},
    {"naive", FC_STRING, FC_HERE | FC_OPTIONAL, SIZED(record.naive_name)},
    {0}};
