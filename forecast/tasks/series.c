/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models that forecast the columns of a table. */
#include "forecast/tasks/series.h"

#include "forecast/tasks/series_samples.h"
#include "forecast/tasks/table_model.h"
#include "forecast/tasks/time_encoding.h"
#include "lib/base/text.h"

#include <stdlib.h>
#include <string.h>

static fc_market *market_of(const fc_model *model)
{
    return &((fc_series_model *)model)->market;
}

const fc_market *fc_model_market(const fc_model *model)
{
    return model && model->kind->task == &fc_series_task && market_of(model)->prices.prices ? market_of(model)
                                                                                            : NULL;
}

void fc_model_take_market(fc_model *model, fc_market *market)
{
    fc_market_clear(market_of(model));
    *market_of(model) = *market;
    *market = (fc_market){0};
}

/* Marks the comma-separated names in targets; NULL marks all. */
static int mark_targets(fc_model *model, const char *targets, nn_error *error)
{
    if (!targets || !*targets) {
        memset(model->is_target, 1, (size_t)model->columns);
        return NN_OK;
    }
    const char *name;
    size_t length;
    while (nn_list_next(&targets, &name, &length)) {
        int found = -1;
        for (int j = 0; j < model->columns; j++)
            if (strlen(model->names[j]) == length && memcmp(model->names[j], name, length) == 0)
                found = j;
        if (found < 0)
            return nn_fail(error, NN_USAGE, "--target: there is no column '%.*s'",
                           (int)(length < 200 ? length : 200), name);
        model->is_target[found] = 1;
    }
    return NN_OK;
}

static int take(fc_model *model, const fc_request *request, nn_error *error)
{
    const ds_table *table = request->table;
    if (!table)
        return nn_fail(error, NN_USAGE, "--model %s: this kind forecasts the columns of a table",
                       model->kind->name);
    int code = fc_table_model_take(model, request, table, error);
    if (code == NN_OK)
        code = fc_table_model_columns(model, table->columns, error);
    for (int j = 0; j < table->columns && !code; j++)
        if (!(model->names[j] = strdup(table->names[j])))
            code = nn_no_memory(error);
    return code ? code : mark_targets(model, request->targets, error);
}

int fc_model_match(const fc_model *model, const ds_table *table, int *map, nn_error *error)
{
    for (int j = 0; j < model->columns; j++) {
        map[j] = -1;
        for (int c = 0; c < table->columns && map[j] < 0; c++)
            if (strcmp(table->names[c], model->names[j]) == 0)
                map[j] = c;
        if (map[j] < 0)
            return nn_fail(error, NN_BAD_DATA, "%s: the column '%s' that the model was trained on is missing",
                           table->path, model->names[j]);
    }
    return NN_OK;
}

/* --- the task --- */

static void build(const fc_model *model, nn_plan *plan, nn_ports *ports)
{
    fc_samples samples = {
        .model = model, .variates = model->columns, .series.feature_count = fc_time_inputs(model->features)};
    fc_samples_build(&samples, plan, ports);
}

static const fc_field fields[] = {
    {"auspex.data", FC_OBJECT, 0, .fields = fc_table_fields, .complete = fc_table_complete},
    {"auspex.training", FC_OBJECT, 0, .fields = fc_table_record_fields, .complete = fc_record_complete},
    {"auspex.prices", FC_OBJECT, FC_OPTIONAL, .offset = offsetof(fc_series_model, market.targets),
     .fields = fc_prices_fields, .complete = fc_prices_complete},
    {0}};

const fc_task fc_series_task = {
    .name = "series",
    .purpose = FC_FORECASTS,
    .training = fc_training_options,
    .model_size = sizeof(fc_series_model),
    .fields = fields,
    .take = take,
    .sizes = fc_table_model_sizes,
    .build = build,
    .learn = fc_series_learn,
    .forget = fc_series_forget,
};
