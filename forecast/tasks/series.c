/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models that forecast the columns of a table. */
#include "forecast/tasks/series.h"

#include "forecast/json.h"
#include "forecast/tasks/prices_file.h"
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

static void clear(fc_model *model)
{
    fc_market_clear(market_of(model));
}

static void build(const fc_model *model, nn_plan *plan, nn_ports *ports)
{
    fc_samples samples = {
        .model = model, .variates = model->columns, .series.feature_count = fc_time_inputs(model->features)};
    fc_samples_build(&samples, plan, ports);
}

static int save(const fc_model *model, nn_st_writer *writer, nn_error *error)
{
    return fc_json_write_entry(writer, "auspex.data", fc_table_model_json(model), error);
}

static int save_more(const fc_model *model, nn_st_writer *writer, nn_error *error)
{
    const fc_market *market = fc_model_market(model);
    return market ? fc_json_write_entry(writer, "auspex.prices", fc_market_json(market), error) : NN_OK;
}

static int load(fc_model *model, const nn_st_file *file, nn_error *error)
{
    const char *path = nn_st_path(file);
    json_t *data = fc_json_read_entry(file, "auspex.data", error);
    int code = data ? fc_table_model_load(model, data, path, error) : NN_BAD_DATA;
    if (code == NN_OK && json_object_get(data, "panel"))
        code = nn_fail(error, NN_BAD_DATA, "%s: a model of the kind %s does not have a panel of stations",
                       path, model->kind->name);
    json_decref(data);
    return code;
}

static int load_more(fc_model *model, const nn_st_file *file, nn_error *error)
{
    if (!nn_st_metadata(file, "auspex.prices"))
        return NN_OK;
    const char *path = nn_st_path(file);
    json_t *prices = fc_json_read_entry(file, "auspex.prices", error);
    int code = prices ? fc_market_from_json(market_of(model), prices, path, error) : NN_BAD_DATA;
    json_decref(prices);
    return code ? code : fc_market_check(market_of(model), model, path, error);
}

const fc_task fc_series_task = {
    .name = "series",
    .purpose = FC_FORECASTS,
    .training = fc_training_options,
    .model_size = sizeof(fc_series_model),
    .clear = clear,
    .take = take,
    .sizes = fc_table_model_sizes,
    .build = build,
    .learn = fc_series_learn,
    .forget = fc_series_forget,
    .save = save,
    .record_json = fc_table_record_json,
    .save_more = save_more,
    .load = load,
    .load_more = load_more,
    .load_record = fc_table_record_load,
};
