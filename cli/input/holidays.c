/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holidays of a command: marked where tables are read, and known for the rows to come. */
#include "cli/input/holidays.h"

#include "cli/shell/report.h"
#include "datasets/table/holidays.h"
#include "forecast/tasks/series/series.h"

#include <string.h>

const nn_option cli_holidays_options[] = {
    {"holidays", 0, NN_TEXT, offsetof(ds_reading, holidays), NULL, "FILE", 0, 0,
     "dates, one a row, whose rows differ: the column 'holiday', known beforehand, beside those of --future. "
     "They reach over the rows to forecast; of a long file a column named as its --id says whose they are"},
    {0}};

int cli_holidays_add(ds_table *table, const ds_reading *reading, nn_error *error)
{
    return reading->holidays ? ds_holidays_add(table, reading->holidays, true, cli_say_line, NULL, error)
                             : NN_OK;
}

int cli_holidays_need(const ds_table *table, const ds_reading *reading, const fc_model *model,
                      nn_error *error)
{
    if (reading->holidays || !model->holidays ||
        ds_has_holidays(table)) /* the file may have the column itself */
        return NN_OK;
    return nn_fail(error, NN_USAGE,
                   "the model goes by holidays: --holidays FILE names their dates, also those of the rows to "
                   "forecast; it may be the file that the model was trained with");
}

int cli_holidays_add_for(ds_table *table, const ds_reading *reading, const fc_model *model, nn_error *error)
{
    if (reading->holidays && !model->holidays)
        return nn_fail(error, NN_USAGE,
                       "--holidays: the model was trained without, and knows nothing of them");
    const int code = cli_holidays_need(table, reading, model, error);
    return code || !reading->holidays
               ? code
               : ds_holidays_add(table, reading->holidays, false, cli_say_line, NULL, error);
}

int cli_holidays_extend(ds_table *table, const ds_reading *reading, int rows, nn_error *error)
{
    return reading->holidays && table->holidays
               ? ds_holidays_extend(table, reading->holidays, (size_t)rows, error)
               : NN_OK;
}

int cli_holidays_refuse(const ds_reading *reading, const char *what, nn_error *error)
{
    return reading->holidays ? nn_fail(error, NN_USAGE, "--holidays is for tables, not for %s", what) : NN_OK;
}

int cli_holidays_check(const ds_reading *reading, const fc_kind *kind, nn_error *error)
{
    return !reading->holidays || fc_series_knows(kind)
               ? NN_OK
               : nn_fail(
                     error, NN_USAGE,
                     "--holidays: --model %s does not go by what is known beforehand; linear, itransformer "
                     "and time2vec do",
                     kind->name);
}
