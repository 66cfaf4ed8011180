/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ARIMA as a forecaster: orders given, or chosen for each target. */
#include "forecast/forecasters/arima.h"
#include "forecast/forecasters/forecasters.h"
#include "forecast/forecasters/values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows that a model is fitted to and filtered over at most, unless eight seasons are more: what is older says
 * nothing about the next values any more. */
enum { MOST_ROWS = 1000, MOST_SEASONS = 8 };

typedef struct arima_state {
    fc_local local;
    fc_arima *model; /* K; owned */
} arima_state;

#define FIELD(name) offsetof(fc_arima_config, name)
const nn_option fc_arima_options[] = {{"order", 0, NN_TEXT, FIELD(order), "auto", "p,d,q[,P,D,Q]", 0, 0,
                                       "lags of autoregression, differences, lags of errors, and those of "
                                       "the season; auto: by unit roots and AICc"},
                                      {0}};

/* False where text is none. */
static bool parse_order(const char *text, int period, fc_arima_order *o)
{
    int rest = 0;
    *o = (fc_arima_order){.period = period, .constant = true};
    const int known = sscanf(text, "%d,%d,%d%n,%d,%d,%d%n", &o->p, &o->d, &o->q, &rest, &o->seasonal_p,
                             &o->seasonal_d, &o->seasonal_q, &rest);
    if (period == 1)
        o->seasonal_p = o->seasonal_d = o->seasonal_q = 0;
    return (known == 3 || known == 6) && text[rest] == '\0';
}

static size_t rows_for(int period)
{
    const size_t seasons = (size_t)MOST_SEASONS * (size_t)period;
    return seasons > MOST_ROWS ? seasons : MOST_ROWS;
}

static int usable_period(const fc_local *local)
{
    return local->season <= FC_ARIMA_MOST_PERIOD ? local->season : 1;
}

/* One target; a random walk where there are too few values for the model. */
static int fit_target(fc_arima *model, const char *text, int period, const double *y, size_t n,
                      nn_error *error)
{
    nn_error held = {0};
    const fc_arima_choice choice = {period, 5, 5, 2, 2, false};
    fc_arima_order order;
    int code = NN_BAD_DATA;
    if (text && parse_order(text, period, &order)) {
        if (n > 0)
            code = fc_arima_fit(model, &order, FC_ARIMA_ML, y, n, NULL, &held);
    } else if (n > 0)
        code = fc_arima_choose(model, &choice, y, n, NULL, &held);
    if (code && code != NN_BAD_DATA)
        return nn_fail(error, code, "%s", held.text);
    if (code)
        *model = (fc_arima){.order = {.d = 1, .period = 1}};
    return NN_OK;
}

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    arima_state *s = state;
    const fc_arima_config *how = config;
    const char *text = how && how->order && strcmp(how->order, "auto") != 0 ? how->order : NULL;
    const int period = usable_period(&s->local);
    fc_arima_order order;
    if (text && !parse_order(text, period, &order))
        return nn_fail(error, NN_USAGE, "--order: '%.40s' is no order such as 1,1,1 or 0,1,1,0,1,1, nor auto",
                       text);
    s->model = calloc((size_t)view->targets + 1, sizeof *s->model);
    double *y = malloc((train.end - train.begin + 1) * sizeof *y);
    int code = s->model && y ? NN_OK : nn_no_memory(error);
    for (int k = 0; k < view->targets && !code; k++) {
        size_t from = fc_values_first(view, k, train);
        if (train.end - from > rows_for(period))
            from = train.end - rows_for(period);
        fc_values_copy(view, k, from, train.end - from, y);
        code = fit_target(&s->model[k], text, period, y, train.end - from, error);
    }
    free(y);
    return code;
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const arima_state *s = state;
    const int targets = s->local.targets;
    const size_t most = rows_for(usable_period(&s->local));
    double *y = malloc((most + (size_t)horizon) * sizeof *y), *mean = y + most;
    for (int k = 0; k < targets; k++) {
        const size_t first = ds_view_first(view, k), from = origin > first + most ? origin - most : first;
        const double last = ds_view_last(view, origin, k);
        bool known = y && origin > first;
        if (known) {
            fc_values_copy(view, k, from, origin - from, y);
            known = !fc_arima_forecast(&s->model[k], y, origin - from, NULL, horizon, mean, NULL, NULL);
        }
        for (int h = 0; h < horizon; h++)
            out[h * targets + k] = known && isfinite(mean[h]) ? mean[h]
                                   : isnan(last)              ? s->local.level[k]
                                                              : last;
    }
    free(y);
}

static void clear(void *state)
{
    free(((arima_state *)state)->model);
}

const fc_forecaster fc_forecaster_arima = {
    .name = "arima", .state_size = sizeof(arima_state), .fit = fit, .forecast = forecast, .clear = clear};
