/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a model file: loaded or refused in one line; what loads can be saved, loads again, and
 * forecasts a small table with intervals. */
#include "tests/fuzz/fuzz.h"

#include "forecast/intervals/bands.h"
#include "forecast/model.h"
#include "forecast/tasks/series/forecast.h"

static fc_model *load(const char *path, nn_error *error)
{
    fc_model *model = NULL;
    int code = fc_model_load(&model, FC_FORECASTS, path, error);
    fuzz_require((code == NN_OK) == (model != NULL), "a model or an error", error->text);
    fuzz_check(code, error);
    fuzz_require(code == NN_OK || code == NN_BAD_DATA || code == NN_FAILED, "not the user's mistake",
                 error->text);
    return model;
}

/* Intervals and paths about a forecast. */
static void spread(const fc_model *model, const ds_table *table, const fc_future *future)
{
    fc_bands bands = {0};
    nn_error error = {0};
    fuzz_require(fc_bands_parse(&bands, "80", "0.3", &error) == NN_OK &&
                     fc_bands_sample(&bands, 2, 1, &error) == NN_OK,
                 "bands", error.text);
    fuzz_check(fc_bands_fill(&bands, model, table, future, &error), &error);
    fc_bands_clear(&bands);
}

/* As many columns as the model has, a wave in each, hours apart. */
static void forecast(const fc_model *model)
{
    enum { ROWS = 64, COLUMNS = 8 };
    static double values[ROWS * COLUMNS];
    static int64_t time[ROWS];
    if (model->columns > COLUMNS || model->lookback > ROWS || model->horizon > 10000)
        return;
    char path[] = "table";
    ds_table table = {.path = path,
                      .rows = ROWS,
                      .columns = model->columns,
                      .names = model->names,
                      .values = values,
                      .time = time,
                      .frequency = {.unit = DS_UNIT_HOUR, .count = 1}};
    for (int i = 0; i < ROWS; i++)
        time[i] = (int64_t)i * 3600 * DS_SECOND;
    for (int i = 0; i < ROWS * model->columns; i++)
        values[i] = (i * 37 % 101) / 10.0 - 5;
    fc_future *future = NULL;
    nn_error error = {0};
    int code = fc_forecast(&future, model, &table, 0, &error);
    fuzz_require((code == NN_OK) == (future != NULL), "a forecast or an error", error.text);
    fuzz_check(code, &error);
    if (future)
        spread(model, &table, future);
    fc_future_free(future);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64], copy[64];
    nn_error error = {0};
    const int fd = fuzz_open(data, size, path);
    fc_model *model = load(path, &error);
    close(fd);
    if (!model)
        return 0;
    forecast(model);
    fuzz_place(copy);
    fuzz_require(fc_model_save(model, copy, &error) == NN_OK, "saving", error.text);
    fc_model *again = load(copy, &error);
    unlink(copy);
    fuzz_require(again != NULL, "what was saved loads", error.text);
    fc_model_free(again);
    fc_model_free(model);
    return 0;
}
