/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rolling origins with and without what is known beforehand. */
#include "cli/input/known.h"

#include "cli/shell/report.h"
#include "datasets/table/holidays.h"
#include "forecast/forecast.h"
#include "forecast/training/fit.h"
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
    before.holidays = before.holidays && request->futures && nn_list_has(request->futures, DS_HOLIDAY);
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

/* The same of a kind with its usual settings. */
static int score_kind(double *sum, int *origins, const char *kind, const fc_request *request,
                      const char *futures, nn_error *error)
{
    fc_request own = *request;
    void *config = NULL;
    own.kind = fc_kind_find(kind);
    own.futures = futures;
    int code = fc_kind_config(&config, own.kind, error);
    own.config = config;
    if (!code)
        code = score(sum, origins, &own, request->split->train.end, error);
    fc_kind_config_free(config, own.kind);
    return code;
}

typedef struct sums {
    double without, with, linear, naive; /* the kind, linear with and without, the best naive forecast */
    int origins;
} sums;

static int score_all(sums *s, const fc_request *request, const char *futures, nn_error *error)
{
    static const char *const naive[] = {"naive", "seasonal-naive"};
    int code = score(&s->without, &s->origins, request, request->split->train.end, error);
    if (!code && s->origins)
        code = score_kind(&s->with, &s->origins, "linear", request, futures, error);
    if (!code && s->origins)
        code = score_kind(&s->linear, &s->origins, "linear", request, NULL, error);
    s->naive = INFINITY;
    for (int i = 0; i < 2 && !code && s->origins; i++) {
        double sum;
        code = score_kind(&sum, &s->origins, naive[i], request, NULL, error);
        s->naive = code ? s->naive : fmin(s->naive, sum);
    }
    return code;
}

static double percent(double sum, double beside)
{
    return beside > 0 && isfinite(beside) ? 100 * fabs(1 - sum / beside) : 0;
}

static const char *side(double sum, double beside)
{
    return sum < beside ? "below" : "above";
}

int cli_known_choose(const fc_kind **kind, const fc_request *request, const char *futures, nn_error *error)
{
    static const double clearly = 0.98;
    sums s = {0};
    int code = NN_OK;
    *kind = request->kind;
    cli_progress("comparing with what is known beforehand ...");
    if (nn_list_count(request->targets) <= MOST_TARGETS)
        code = score_all(&s, request, futures, error);
    cli_progress_end();
    if (code)
        return code;
    const bool taken = s.origins && s.with < clearly * fmin(s.without, s.linear);
    if (taken)
        *kind = fc_kind_find("linear");
    if (s.origins)
        cli_say_note(
            "linear by '%.200s' has errors %.1f%% %s those of %s without it at %d rolling origins, "
            "%.1f%% %s its own without it, %.1f%% %s those of the best naive forecast, and is%s taken; "
            "--model names a kind",
            futures, percent(s.with, s.without), side(s.with, s.without), request->kind->name, s.origins,
            percent(s.with, s.linear), side(s.with, s.linear), percent(s.with, s.naive),
            side(s.with, s.naive), taken ? "" : " not");
    else
        cli_say_note(
            "'%.200s' is left out, for %s to see at rolling origins whether it helps; --model linear "
            "goes by it where the rows tell what it means",
            futures,
            nn_list_count(request->targets) > MOST_TARGETS ? "the series are too many"
                                                           : "the rows are too few");
    return code;
}
