/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rolling origins with and without what is known beforehand. */
#include "cli/input/known.h"

#include "cli/shell/report.h"
#include "forecast/fit.h"
#include "forecast/forecast.h"
#include "lib/base/memory.h"
#include "lib/base/options.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ORIGINS = 4, MOST_TARGETS = 24 };

/* The mean step from row to row of a column, which its errors are counted in. */
static double scale_of(const ds_table *table, int column, size_t rows)
{
    double sum = 0, last = NAN;
    size_t count = 0;
    for (size_t r = 0; r < rows; r++) {
        const double value = table->values[r * (size_t)table->columns + (size_t)column];
        if (isnan(value))
            continue;
        count += !isnan(last);
        sum += isnan(last) ? 0 : fabs(value - last);
        last = value;
    }
    return count && sum > 0 ? sum / (double)count : 1;
}

/* Adds the errors of a forecast from `origin` on; *error_sum becomes infinite where there is none. */
static void add_errors(const fc_future *future, const ds_table *table, size_t origin, double *sum)
{
    for (int k = 0; k < future->targets; k++) {
        const int column = future->columns[k];
        const double scale = scale_of(table, column, origin);
        for (int i = 0; i < future->steps; i++) {
            const size_t row = origin + (size_t)i;
            const double actual = table->values[row * (size_t)table->columns + (size_t)column],
                         forecast = future->values[(size_t)i * (size_t)future->targets + (size_t)k];
            if (!isnan(actual))
                *sum += isnan(forecast) ? INFINITY : fabs(forecast - actual) / scale;
        }
    }
}

/* The table as it was before `origin`: targets have no values from there on. */
static int as_of(ds_table *past, const fc_request *request, const fc_model *model, size_t origin,
                 nn_error *error)
{
    const size_t n = (size_t)request->table->columns, rows = origin + (size_t)request->horizon;
    *past = *request->table;
    past->rows = rows;
    if (!(past->values = nn_resize(NULL, rows, n, sizeof *past->values)))
        return nn_no_memory(error);
    memcpy(past->values, request->table->values, rows * n * sizeof *past->values);
    for (size_t r = origin; r < rows; r++)
        for (size_t c = 0; c < n; c++)
            if (model->is_target[c])
                past->values[r * n + c] = NAN;
    return NN_OK;
}

static int score_at(double *sum, const fc_request *request, size_t origin, nn_error *error)
{
    const ds_split split = {.train = {0, origin}};
    ds_table past = {0}, before = *request->table;
    before.rows = origin;
    fc_request own = *request;
    own.table = &before;
    own.split = &split;
    fc_model *model = NULL;
    fc_future *future = NULL;
    int code = fc_model_new(&model, &own, error);
    if (!code)
        code = fc_fit(model, &own, error);
    if (!code)
        code = as_of(&past, request, model, origin, error);
    if (!code)
        code = fc_forecast(&future, model, &past, request->horizon, error);
    if (!code)
        add_errors(future, request->table, origin, sum);
    free(past.values);
    fc_future_free(future);
    fc_model_free(model);
    return code;
}

/* rows: those that have values of targets. *origins: how many there are room for. */
static int score(double *sum, int *origins, const fc_request *request, size_t rows, nn_error *error)
{
    const size_t horizon = (size_t)request->horizon;
    int code = NN_OK;
    *sum = 0;
    for (*origins = 0; *origins < ORIGINS && !code; ++*origins) {
        const size_t back = ((size_t)*origins + 1) * horizon;
        if (rows < back + 2 * horizon + 10)
            break;
        code = score_at(sum, request, rows - back, error);
    }
    return code;
}

int cli_known_choose(const fc_kind **kind, const fc_request *request, const char *futures, nn_error *error)
{
    static const double clearly = 0.98;
    const size_t rows = request->split->train.end;
    fc_request linear = *request;
    double without = 0, with = 0;
    int origins = 0;
    *kind = request->kind;
    linear.kind = fc_kind_find("linear");
    linear.futures = futures;
    void *config = NULL;
    int code = fc_kind_config(&config, linear.kind, error);
    linear.config = config;
    cli_progress("comparing with what is known beforehand ...");
    if (!code && nn_list_count(request->targets) <= MOST_TARGETS)
        code = score(&without, &origins, request, rows, error);
    if (!code && origins)
        code = score(&with, &origins, &linear, rows, error);
    cli_progress_end();
    fc_kind_config_free(config, linear.kind);
    if (!code && origins && with < clearly * without)
        *kind = linear.kind;
    if (!code && origins)
        cli_say_note(
            "%s by '%.200s' has errors %.1f%% %s those of %s without it at %d rolling origins and is%s "
            "taken; --model names a kind",
            linear.kind->name, futures, 100 * fabs(1 - with / without), with < without ? "below" : "above",
            request->kind->name, origins, *kind == linear.kind ? "" : " not");
    return code;
}
