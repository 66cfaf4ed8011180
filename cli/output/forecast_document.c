/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A forecast as a JSON document on standard output. */
#include "cli/output/forecast_document.h"

#include "cli/shell/json.h"

static json_t *values_json(const fc_future *future, const double *values, int target)
{
    json_t *array = json_array();
    for (int i = 0; i < future->steps; i++)
        nn_json_append(array, nn_json_real(values[(size_t)i * (size_t)future->targets + (size_t)target]));
    return array;
}

int cli_forecast_give(const fc_model *model, const ds_table *table, const fc_future *future,
                      const fc_bands *bands, nn_error *error)
{
    json_t *object = cli_json_new("auspex.forecast/1"), *times = json_array(), *series = json_array();
    char text[DS_FREQUENCY_SIZE];
    ds_frequency_print(table->frequency, text, sizeof text);
    nn_json_set(object, "file", nn_json_text(table->path));
    nn_json_set(object, "model", nn_json_text(model->kind->name));
    nn_json_set(object, "frequency", nn_json_text(text));
    nn_json_set(object, "steps", json_integer(future->steps));
    for (int i = 0; i < future->steps; i++) {
        nn_json_append(times, cli_json_time(table, future->time[i]));
    }
    nn_json_set(object, "time", times);
    for (int j = 0; j < future->targets; j++) {
        json_t *one = json_object();
        nn_json_set(one, "name", nn_json_text(table->names[future->columns[j]]));
        if (future->own) {
            json_t *own = json_array();
            for (int i = 0; i < future->steps; i++)
                nn_json_append(own, cli_json_time(table, fc_future_time(future, i, j)));
            nn_json_set(one, "time", own);
        }
        nn_json_set(one, "values", values_json(future, future->values, j));
        for (int i = 0; i < bands->count; i++)
            nn_json_set(one, bands->band[i].suffix + 1, values_json(future, bands->band[i].values, j));
        nn_json_append(series, one);
    }
    nn_json_set(object, "series", series);
    return cli_json_print_values(object, error);
}
