/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models that forecast the columns of a table: what they see of it. */
#include "forecast/tasks/series/series.h"

#include "lib/base/names.h"

#include <stdlib.h>
#include <string.h>

static fc_market *market_of(const fc_model *model)
{
    return &((fc_series_model *)model)->market;
}

const fc_market *fc_model_market(const fc_model *model)
{
    return model && model->task == &fc_series_task && market_of(model)->prices.prices ? market_of(model)
                                                                                      : NULL;
}

void fc_model_take_market(fc_model *model, fc_market *market)
{
    fc_market_clear(market_of(model));
    *market_of(model) = *market;
    *market = (fc_market){0};
}

int fc_model_match(const fc_model *model, const ds_table *table, int *map, nn_error *error)
{
    int *place = nn_names_places(model->names, model->columns, table->names, table->columns);
    if (!place)
        return nn_no_memory(error);
    memcpy(map, place, (size_t)model->columns * sizeof *map);
    free(place);
    for (int j = 0; j < model->columns; j++)
        if (map[j] < 0)
            return nn_fail(
                error, NN_BAD_DATA, "%s: the column '%s' that the model was trained on is missing%s",
                table->path, model->names[j],
                model->holidays ? " (it went by holidays: is --holidays as in its training?)" : "");
    return NN_OK;
}
