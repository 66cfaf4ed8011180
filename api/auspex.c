/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts as other programs call for them: models, series from memory and from file to file. */
#include "api/auspex_internal.h"

#include "datasets/table/write.h"
#include "forecast/tasks/series/csv.h"
#include "forecast/tasks/series/forecast.h"
#include "forecast/tasks/series/series.h"
#include "lib/base/shortage.h"
#include "lib/files/inputs.h"
#include "lib/kernels/blas.h"
#include "lib/kernels/gemm_tiles.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Codes and messages are passed on as they are. */
_Static_assert((int)AUSPEX_OK == (int)NN_OK && (int)AUSPEX_FAILED == (int)NN_FAILED &&
                   (int)AUSPEX_USAGE == (int)NN_USAGE && (int)AUSPEX_BAD_DATA == (int)NN_BAD_DATA,
               "the codes differ");
_Static_assert(sizeof((auspex_error *)0)->text == sizeof((nn_error *)0)->text, "the messages differ in size");

struct auspex_model {
    fc_model *model;
    struct stat file; /* no result may take its place */
    int targets;
    char frequency[DS_FREQUENCY_SIZE];
};

int api_report(const nn_error *from, int code, auspex_error *to)
{
    if (code && to) {
        to->code = code;
        memcpy(to->text, from->text, sizeof to->text);
    }
    return code;
}

void api_file_is(struct stat *file, const char *path)
{
    if (stat(path, file))
        *file = (struct stat){0};
}

void api_reading_begin(const struct stat *model)
{
    nn_shortage_forget();
    nn_inputs_forget();
    nn_input_note(model);
}

const char *auspex_version(void)
{
    return AUSPEX_VERSION;
}

/* --- models --- */

static int open_model(auspex_model **out, const char *path, nn_error *error)
{
    if (!path)
        return nn_fail(error, NN_USAGE, "auspex_model_open: path is NULL");
    auspex_model *model = calloc(1, sizeof *model);
    if (!model)
        return nn_no_memory(error);
    nn_shortage_forget();
    int code = fc_model_load(&model->model, FC_FORECASTS, path, error);
    if (nn_shortage())
        code = nn_no_memory(error);
    api_file_is(&model->file, path);
    if (code) {
        fc_model_free(model->model);
        free(model);
        return code;
    }
    for (int j = 0; j < model->model->columns; j++)
        model->targets += model->model->is_target[j] != 0;
    ds_frequency_print(model->model->frequency, model->frequency, sizeof model->frequency);
    *out = model;
    return NN_OK;
}

int auspex_model_open(auspex_model **model, const char *path, auspex_error *error)
{
    nn_error own = {0};
    if (!model)
        return api_report(&own, nn_fail(&own, NN_USAGE, "auspex_model_open: model is NULL"), error);
    *model = NULL;
    return api_report(&own, open_model(model, path, &own), error);
}

int auspex_model_open_bytes(auspex_model **model, const char *name, const void *bytes, size_t size,
                            auspex_error *error)
{
    nn_error own = {0};
    name = name ? name : "model";
    if (!model || !bytes)
        return api_report(
            &own, nn_fail(&own, NN_USAGE, "auspex_model_open_bytes: %s is NULL", model ? "bytes" : "model"),
            error);
    *model = NULL;
    const int fd = nn_input_lend(name, bytes, size, &own);
    const int code = fd < 0 ? NN_FAILED : open_model(model, name, &own);
    nn_inputs_return();
    if (fd >= 0)
        close(fd);
    return api_report(&own, code, error);
}

void auspex_model_close(auspex_model *model)
{
    if (!model)
        return;
    fc_model_free(model->model);
    free(model);
}

const char *auspex_model_kind(const auspex_model *model)
{
    return model ? model->model->kind->name : NULL;
}

int auspex_model_lookback(const auspex_model *model)
{
    return model ? model->model->lookback : 0;
}

int auspex_model_horizon(const auspex_model *model)
{
    return model ? model->model->horizon : 0;
}

const char *auspex_model_frequency(const auspex_model *model)
{
    return model ? model->frequency : NULL;
}

int auspex_model_columns(const auspex_model *model)
{
    return model ? model->model->columns : 0;
}

const char *auspex_model_column_name(const auspex_model *model, int column)
{
    return model && column >= 0 && column < model->model->columns ? model->model->names[column] : NULL;
}

int auspex_model_targets(const auspex_model *model)
{
    return model ? model->targets : 0;
}

int auspex_model_is_target(const auspex_model *model, int column)
{
    return model && column >= 0 && column < model->model->columns && model->model->is_target[column];
}

/* --- forecasts --- */

static pthread_mutex_t serial_blas = PTHREAD_MUTEX_INITIALIZER;

int api_blas_begin(void)
{
    const int alone = !nn_tiles_here()->multiply && nn_blas_is_serial();
    if (alone)
        pthread_mutex_lock(&serial_blas);
    return alone;
}

void api_blas_end(int alone)
{
    if (alone)
        pthread_mutex_unlock(&serial_blas);
}

static int run(fc_future **future, const auspex_model *model, const ds_table *table, int steps,
               nn_error *error)
{
    const int alone = api_blas_begin();
    int code = fc_forecast(future, model->model, table, steps, error);
    api_blas_end(alone);
    return code;
}

static int check_steps(const auspex_model *model, int steps, nn_error *error)
{
    const fc_model *m = model->model;
    if (steps < 0 || steps > 1000000)
        return nn_fail(error, NN_USAGE, "steps is %d; expected 1 to 1000000, or 0 for the horizon of %d",
                       steps, m->horizon);
    if (steps > m->horizon && model->targets < m->columns)
        return nn_fail(
            error, NN_USAGE,
            "steps is %d, beyond the horizon of %d: the model would have to go on from its own forecast, "
            "but it forecasts only %d of its %d columns",
            steps, m->horizon, model->targets, m->columns);
    return NN_OK;
}

/* Numbers of rows in messages are the caller's: first is that of row 0 here. */
static int check_values(const fc_model *model, const ds_table *table, size_t first, nn_error *error)
{
    for (size_t t = 0; t < table->rows; t++)
        for (int j = 0; j < table->columns; j++) {
            double value = table->values[t * (size_t)table->columns + (size_t)j];
            if (!isfinite(value))
                return nn_fail(error, NN_BAD_DATA, "values: row %zu, column %d '%.200s' is not finite",
                               first + t, j, model->names[j]);
            if (!isfinite((float)ds_scaler_scaled(&model->scaler, j, value)))
                return nn_fail(
                    error, NN_BAD_DATA,
                    "values: row %zu, column %d '%.200s' lies too far from what the model was trained on",
                    first + t, j, model->names[j]);
        }
    return NN_OK;
}

static int check_time(const ds_table *table, size_t first, nn_error *error)
{
    const ds_time least = ds_time_from(&(ds_civil){.year = 1, .month = 1, .day = 1});
    const ds_time end = ds_time_from(&(ds_civil){.year = 10000, .month = 1, .day = 1});
    const bool dated = table->frequency.unit != DS_UNIT_STEP;
    for (size_t t = 0; t < table->rows; t++) {
        if (dated && (table->time[t] < least || table->time[t] >= end))
            return nn_fail(error, NN_BAD_DATA,
                           "time_us: row %zu, %lld, lies outside the years 1 to 9999; stamps are "
                           "microseconds since 1970",
                           first + t, (long long)table->time[t]);
        if (t && table->time[t] <= table->time[t - 1])
            return nn_fail(error, NN_BAD_DATA,
                           "time_us: row %zu, %lld, does not come after the row before it, %lld", first + t,
                           (long long)table->time[t], (long long)table->time[t - 1]);
    }
    return NN_OK;
}

static ds_time *numbered(size_t first, size_t rows)
{
    ds_time *time = malloc(rows * sizeof *time);
    for (size_t t = 0; time && t < rows; t++)
        time[t] = (ds_time)(first + t);
    return time;
}

/* Arrays of the caller, the last look-back of them, as a table that borrows everything; forecasting only
 * reads it. */
static int forecast_arrays(fc_future **future, const auspex_model *model, const double *values,
                           const int64_t *time_us, size_t rows, int steps, nn_error *error)
{
    const fc_model *m = model->model;
    const size_t lookback = (size_t)m->lookback, first = rows - lookback;
    ds_time *numbers = time_us ? NULL : numbered(first, lookback);
    if (!time_us && !numbers)
        return nn_no_memory(error);
    ds_table table = {.path = "values",
                      .rows = lookback,
                      .columns = m->columns,
                      .time = numbers ? numbers : (ds_time *)(time_us + first),
                      .values = (double *)(values + first * (size_t)m->columns),
                      .names = m->names,
                      .frequency = m->frequency};
    int code = check_time(&table, first, error);
    if (code == NN_OK)
        code = check_values(m, &table, first, error);
    if (code == NN_OK)
        code = run(future, model, &table, steps, error);
    free(numbers);
    return code;
}

static int check_arrays(const auspex_model *model, const double *values, const int64_t *time_us, size_t rows,
                        const double *forecast, nn_error *error)
{
    if (!model || !values || !forecast)
        return nn_fail(error, NN_USAGE, "auspex_forecast: %s is NULL",
                       !model    ? "model"
                       : !values ? "values"
                                 : "forecast");
    const fc_model *m = model->model;
    if (fc_model_market(m))
        return nn_fail(error, NN_USAGE,
                       "auspex_forecast: the model is one of prices, whose columns are returns; "
                       "auspex_forecast_csv reads files "
                       "of prices");
    if (!time_us && m->frequency.unit != DS_UNIT_STEP)
        return nn_fail(error, NN_USAGE,
                       "auspex_forecast: time_us is NULL, but the rows of this model are dated (step %s)",
                       model->frequency);
    if (rows < (size_t)m->lookback)
        return nn_fail(error, NN_BAD_DATA, "values: %zu rows; the model looks back over %d", rows,
                       m->lookback);
    return NN_OK;
}

int auspex_forecast(const auspex_model *model, const double *values, const int64_t *time_us, size_t rows,
                    int steps, double *forecast, int64_t *forecast_time_us, auspex_error *error)
{
    nn_error own = {0};
    fc_future *future = NULL;
    nn_shortage_forget();
    int code = check_arrays(model, values, time_us, rows, forecast, &own);
    if (code == NN_OK)
        code = check_steps(model, steps, &own);
    if (code == NN_OK)
        code = forecast_arrays(&future, model, values, time_us, rows, steps, &own);
    if (nn_shortage())
        code = nn_no_memory(&own);
    if (code == NN_OK) {
        size_t count = (size_t)future->steps;
        memcpy(forecast, future->values, count * (size_t)future->targets * sizeof *forecast);
        if (forecast_time_us)
            memcpy(forecast_time_us, future->time, count * sizeof *forecast_time_us);
    }
    fc_future_free(future);
    return api_report(&own, code, error);
}

/* What a file gives a model; of prices also the prices, whose closes the forecast is of. */
typedef struct input {
    ds_table *table;
    ds_prices *prices;
} input;

static int read_input(input *in, const fc_model *model, const char *path, nn_error *error)
{
    const fc_market *market = fc_model_market(model);
    ds_read_options options;
    char remembered[300];
    int code = fc_model_reading(model, &options, error);
    ds_reading_print(&model->reading, remembered, sizeof remembered);
    if (!code && !market) {
        options.tail = fc_model_tail(model);
        options.columns = options.exclude = NULL; /* the model's own */
        code = fc_read_table(&in->table, path, &options, model, error);
    } else if (!code) {
        code = ds_prices_read(&in->prices, &(char *){(char *)path}, 1, &options, &market->prices, error);
    }
    if (code)
        return fc_fail_reading(error, remembered);
    return market ? fc_market_table(&in->table, market, in->prices, error) : NN_OK;
}

static int forecast_csv(const auspex_model *model, const char *csv_path, int steps, const char *output_path,
                        nn_error *error)
{
    input in = {0};
    fc_future *future = NULL;
    int code = check_steps(model, steps, error);
    if (code == NN_OK)
        code = read_input(&in, model->model, csv_path, error);
    if (code == NN_OK)
        code = run(&future, model, in.table, steps, error);
    if (code == NN_OK && in.prices)
        code = fc_market_future(future, fc_model_market(model->model), in.prices, error);
    if (code == NN_OK)
        code = fc_future_write(future, output_path, in.prices ? in.prices->close : in.table, error);
    fc_future_free(future);
    ds_table_free(in.table);
    ds_prices_free(in.prices);
    return code;
}

int auspex_forecast_csv(const auspex_model *model, const char *csv_path, int steps, const char *output_path,
                        auspex_error *error)
{
    nn_error own = {0};
    if (!model || !csv_path || !output_path)
        return api_report(&own,
                          nn_fail(&own, NN_USAGE, "auspex_forecast_csv: %s is NULL",
                                  !model      ? "model"
                                  : !csv_path ? "csv_path"
                                              : "output_path"),
                          error);
    api_reading_begin(&model->file);
    int code = forecast_csv(model, csv_path, steps, output_path, &own);
    nn_inputs_forget();
    return api_report(&own, code, error);
}
