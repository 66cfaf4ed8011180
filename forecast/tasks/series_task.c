/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The task of a table's columns. */
#include "forecast/tasks/series.h"

#include "forecast/tasks/series_forecast.h"
#include "forecast/tasks/series_samples.h"
#include "forecast/tasks/table_model.h"
#include "forecast/tasks/time_encoding.h"
#include "lib/base/nearest.h"
#include "lib/base/text.h"

#include <string.h>

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
            return nn_fail(error, NN_USAGE, "--target: there is no column '%.*s'%s",
                           (int)(length < 200 ? length : 200), name,
                           nn_suggestion((char[400]){0}, 400, name, length, (const char *const *)model->names,
                                         model->columns));
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
    if (!code)
        code = mark_targets(model, request->targets, error);
    return code ? code : fc_table_model_season(model, request, table, model->is_target, error);
}

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
    .look = fc_series_look,
    .forget = fc_series_forget,
    .forecast = fc_series_forecast,
    .score = fc_series_score,
    .backtest = fc_series_backtest,
};
