/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What models that forecast plain tables and panels share. */
#include "forecast/tasks/table/table_model.h"

#include "datasets/series/season.h"
#include "forecast/tasks/table/time_encoding.h"
#include "forecast/training/learnt.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The form of stamps where reading had to find it. */
static const char *form_of(const ds_layout *layout)
{
    const ds_time_format *f = layout->piece_count ? &layout->date_format : &layout->format;
    switch (f->kind) {
    case DS_TIME_YMD:
        return "y/m/d";
    case DS_TIME_MDY:
        return "m/d/y";
    case DS_TIME_DMY:
        return "d/m/y";
    case DS_TIME_STRPTIME:
        return f->pattern;
    default:
        return NULL;
    }
}

/* How the file was read, as options said and as was found. */
static int take_reading(fc_model *model, const ds_reading *reading, const ds_layout *layout, nn_error *error)
{
    const char *form = layout->timed ? form_of(layout) : NULL;
    int code = reading ? nn_options_copy(ds_reading_options, &model->reading, reading, error)
                       : nn_options_default(ds_reading_options, &model->reading, error);
    if (code)
        return code;
    model->reading.strict = 0; /* is of the person who reads, not of the file */
    const char mark[2] = {layout->thousands};
    if (layout->thousands && !(model->thousands = strdup(mark)))
        return nn_no_memory(error);
    if (layout->timed && layout->time_name && !(model->time_name = strdup(layout->time_name)))
        return nn_no_memory(error);
    return form && *form && !(model->time_form = strdup(form)) ? nn_no_memory(error) : NN_OK;
}

int fc_table_model_take(fc_model *model, const fc_request *request, const ds_table *table, nn_error *error)
{
    const int lookback = request->lookback, horizon = request->horizon;
    model->lookback = lookback;
    model->horizon = horizon;
    model->frequency = table->frequency;
    model->floor = request->floor ? *request->floor : NAN;
    snprintf(model->features, sizeof model->features, "%s",
             request->features ? request->features : ds_time_features_for(table->frequency));
    if (lookback < 1 || horizon < 1 || lookback > 1000000 || horizon > 1000000)
        return nn_fail(error, NN_USAGE, "--lookback %d and --horizon %d must lie between 1 and 1000000",
                       lookback, horizon);
    if (fc_time_inputs(model->features) < 0)
        return nn_fail(error, NN_USAGE, "--features: there is no set of time features named '%s'",
                       model->features);
    return take_reading(model, request->reading, &table->layout, error);
}

int fc_table_model_season(fc_model *model, const fc_request *request, const ds_table *table,
                          const uint8_t *wanted, nn_error *error)
{
    ds_season season;
    model->season = request->season;
    if (request->season || !request->split)
        return NN_OK;
    const int code = ds_season_of(table, request->split->train, wanted, &season, error);
    if (!code && season.found) {
        model->season = season.rows;
        model->season_found = true;
    }
    return code;
}

int fc_table_model_note(fc_model *model, const ds_table *table, ds_part train, nn_error *error)
{
    fc_record *record = &model->record;
    snprintf(record->data_name, sizeof record->data_name, "%s", nn_base_name(table->path));
    snprintf(record->version, sizeof record->version, "%s", AUSPEX_VERSION);
    record->data_hash = table->report.hash;
    record->rows = table->rows;
    record->naive_validation_loss = record->start_validation_loss = NAN;
    return fc_learnt_note(model, table, train, error);
}

int fc_table_model_columns(fc_model *model, int columns, nn_error *error)
{
    model->columns = columns;
    model->names = calloc((size_t)columns + 1, sizeof *model->names);
    model->is_target = calloc((size_t)columns + 1, 1);
    return model->names && model->is_target ? NN_OK : nn_no_memory(error);
}

void fc_table_model_sizes(const fc_model *model, fc_sizes *sizes)
{
    *sizes = (fc_sizes){.lookback = model->lookback,
                        .horizon = model->horizon,
                        .variates = model->columns,
                        .features = fc_time_channels(model->features),
                        .season = fc_model_season(model)};
}
