/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The task of a table's columns. */
#include "forecast/tasks/series/series.h"

#include "datasets/table/holidays.h"
#include "forecast/forecaster.h"
#include "forecast/tasks/series/around.h"
#include "forecast/tasks/series/forecast.h"
#include "forecast/tasks/series/network.h"
#include "forecast/tasks/series/outlook.h"
#include "forecast/tasks/series/samples.h"
#include "forecast/tasks/series/statics.h"
#include "forecast/tasks/table/table_model.h"
#include "forecast/tasks/table/time_encoding.h"
#include "lib/base/nearest.h"
#include "lib/base/text.h"

#include <stdlib.h>
#include <string.h>

/* Whether `name` is the column of values that series are made of: y of A/y. */
static bool is_value_of(const ds_layout *layout, const char *series, const char *name, size_t length)
{
    const size_t whole = strlen(series);
    if (!layout->longform)
        return false;
    if (layout->value_count == 1)
        return strlen(layout->value_names[0]) == length && memcmp(layout->value_names[0], name, length) == 0;
    return whole > length && series[whole - length - 1] == '/' &&
           memcmp(series + whole - length, name, length) == 0;
}

/* Marks the columns that the comma-separated names of an option name; of a long file's columns of values,
 * those of all series. */
static int mark(uint8_t *marks, const fc_model *model, const ds_layout *layout, const char *option,
                const char *names, nn_error *error)
{
    const char *name;
    size_t length;
    while (nn_list_next(&names, &name, &length)) {
        bool found = false;
        for (int whole = 1; whole >= 0 && !found; whole--)
            for (int j = 0; j < model->columns; j++)
                if (whole ? strlen(model->names[j]) == length && memcmp(model->names[j], name, length) == 0
                          : is_value_of(layout, model->names[j], name, length))
                    found = (marks[j] = 1) == 1;
        if (!found)
            return nn_fail(error, NN_USAGE, "%s: there is no column '%.*s'%s", option,
                           (int)(length < 200 ? length : 200), name,
                           nn_suggestion((char[400]){0}, 400, name, length, (const char *const *)model->names,
                                         model->columns));
    }
    return NN_OK;
}

bool fc_series_knows(const fc_kind *kind)
{
    const fc_series_network *network = kind->task == &fc_series_task ? kind->network : NULL;
    return kind->forecaster ? kind->forecaster->knows : network && network->knows;
}

/* Columns known beforehand, by kinds that go by them. */
static int mark_futures(fc_model *model, const ds_layout *layout, const char *futures, nn_error *error)
{
    if (!futures || !*futures)
        return NN_OK;
    if (!fc_series_knows(model->kind))
        return nn_fail(error, NN_USAGE,
                       "--future: --model %s does not go by columns that are known beforehand; linear, "
                       "itransformer and time2vec do",
                       model->kind->name);
    model->is_future = calloc((size_t)model->columns + 1, 1);
    return model->is_future ? mark(model->is_future, model, layout, "--future", futures, error)
                            : nn_no_memory(error);
}

/* Holidays are known to kinds that go by such columns; the others do not see them. */
static int mark_holidays(fc_model *model, const ds_table *table, nn_error *error)
{
    if (!table->holidays || !fc_series_knows(model->kind))
        return NN_OK;
    if (!model->is_future && !(model->is_future = calloc((size_t)model->columns + 1, 1)))
        return nn_no_memory(error);
    for (int j = 0; j < model->columns; j++)
        if (ds_is_holiday(table, j))
            model->is_future[j] = model->holidays = true;
    return NN_OK;
}

/* What is forecast: the columns named, or all that are not known beforehand. */
static int mark_targets(fc_model *model, const ds_table *table, const char *targets, nn_error *error)
{
    const ds_layout *layout = &table->layout;
    int count = 0, code = NN_OK;
    if (targets && *targets)
        code = mark(model->is_target, model, layout, "--target", targets, error);
    else
        for (int j = 0; j < model->columns; j++)
            model->is_target[j] = !(model->is_future && model->is_future[j]) && !ds_is_holiday(table, j);
    for (int j = 0; j < model->columns && !code; j++) {
        count += model->is_target[j];
        if (model->is_target[j] && model->is_future && model->is_future[j])
            code = nn_fail(error, NN_USAGE, "--future: '%.200s' is to be forecast, and so is not known",
                           model->names[j]);
    }
    return code || count ? code : nn_fail(error, NN_USAGE, "--future: no column is left to forecast");
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
        code = mark_futures(model, &table->layout, request->futures, error);
    if (!code)
        code = mark_holidays(model, table, error);
    if (!code)
        code = mark_targets(model, table, request->targets, error);
    if (!code)
        code = fc_statics_learn(model, request, error);
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

static const char *const inputs[] = {"series", "time_features", "known", "phase", "base", "statics", NULL};

const fc_task fc_series_task = {
    .name = "series",
    .purpose = FC_FORECASTS,
    .step_axis = 1,
    .training = fc_training_options,
    .model_size = sizeof(fc_series_model),
    .fields = fields,
    .take = take,
    .sizes = fc_table_model_sizes,
    .inputs = inputs,
    .output = "forecast",
    .build = build,
    .learn = fc_series_learn,
    .look = fc_series_look,
    .forget = fc_series_forget,
    .base = fc_series_base,
    .start = fc_series_start,
    .hardness = fc_series_hardness,
    .wrong = fc_series_wrong,
    .seen = fc_series_seen,
    .settle_errors = fc_series_settle_errors,
    .forecast = fc_series_forecast,
    .outlook = fc_series_outlook,
    .score = fc_series_score,
    .backtest = fc_series_backtest,
};
