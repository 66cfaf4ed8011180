/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What models that forecast plain tables and panels share. */
#include "forecast/tasks/table_model.h"

#include "forecast/tasks/time_encoding.h"

#include <stdio.h>
#include <stdlib.h>

int fc_table_model_begin(fc_model **out, const fc_kind *kind, int lookback, int horizon,
                         const ds_table *table, const char *features, uint64_t seed, nn_error *error)
{
    fc_model *model;
    int code = fc_model_begin(&model, kind, seed, error);
    *out = NULL;
    if (code)
        return code;
    model->lookback = lookback;
    model->horizon = horizon;
    model->frequency = table->frequency;
    snprintf(model->features, sizeof model->features, "%s",
             features ? features : ds_time_features_for(table->frequency));
    if (lookback < 1 || horizon < 1 || lookback > 1000000 || horizon > 1000000)
        code = nn_fail(error, NN_USAGE, "--lookback %d and --horizon %d must lie between 1 and 1000000",
                       lookback, horizon);
    else if (fc_time_inputs(model->features) < 0)
        code = nn_fail(error, NN_USAGE, "--features: there is no set of time features named '%s'",
                       model->features);
    if (code)
        fc_model_free(model);
    else
        *out = model;
    return code;
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
                        .features = fc_time_channels(model->features)};
}
