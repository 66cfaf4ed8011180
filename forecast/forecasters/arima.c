/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ARIMA as a forecaster: orders given, or chosen for each target. */
#include "forecast/forecasters/arima/arima.h"
#include "datasets/series/values.h"
#include "forecast/forecasters.h"
#include "forecast/statistics/draw.h"
#include "lib/base/random.h"
#include "lib/base/stop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows that a model is fitted to and filtered over at most, unless eight seasons are more: what is older says
 * nothing about the next values any more. */
enum { MOST_ROWS = 1000, MOST_SEASONS = 8 };

typedef struct arima_state {
    fc_local local;
    int count;             /* K */
    fc_arima_model *model; /* K; owned */
} arima_state;

#define FIELD(name) offsetof(fc_arima_config, name)
static const nn_option options[] = {{"order", 0, NN_TEXT, FIELD(order), "auto", "p,d,q[,P,D,Q]", 0, 0,
                                     "lags of autoregression, differences, lags of errors, and those of "
                                     "the season; auto: by unit roots and AICc"},
                                    FC_SCALE_OPTION(fc_arima_config),
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

static int refuse_order(const char *text, nn_error *error)
{
    return nn_fail(error, NN_USAGE, "--order: '%.40s' is no order such as 1,1,1 or 0,1,1,0,1,1, nor auto",
                   text);
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

/* A quick search leaves out what is seldom chosen. */
static fc_arima_choice limits(int period, bool quick)
{
    return quick ? (fc_arima_choice){period, 3, 3, 1, 1, false}
                 : (fc_arima_choice){period, 5, 5, 2, 2, false};
}

static double mean_square_step(const double *y, size_t n)
{
    double sum = 0;
    int count = 0;
    for (size_t i = 1; i < n; i++)
        if (!isnan(y[i] - y[i - 1])) {
            sum += (y[i] - y[i - 1]) * (y[i] - y[i - 1]);
            count++;
        }
    return count ? sum / count : 0;
}

/* One target; a random walk where there are too few values for the model. */
static int fit_target(fc_arima_model *model, const char *text, const fc_arima_choice *choice, const double *y,
                      size_t n, nn_error *error)
{
    nn_error held = {0};
    fc_arima_order order;
    int code = NN_BAD_DATA;
    if (text && parse_order(text, choice->period, &order)) {
        if (n > 0)
            code = fc_arima_fit(model, &order, FC_ARIMA_ML, y, n, NULL, &held);
    } else if (n > 0)
        code = fc_arima_choose(model, choice, y, n, NULL, &held);
    if (code && code != NN_BAD_DATA)
        return nn_fail(error, code, "%s", held.text);
    if (code)
        *model = (fc_arima_model){.order = {.d = 1, .period = 1}, .sigma2 = mean_square_step(y, n)};
    return NN_OK;
}

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    arima_state *s = state;
    const fc_arima_config *how = config;
    const char *text = how && how->order && strcmp(how->order, "auto") != 0 ? how->order : NULL;
    const int period = usable_period(&s->local);
    const fc_arima_choice choice = limits(period, how && how->quick);
    fc_arima_order order;
    if (text && !parse_order(text, period, &order))
        return refuse_order(text, error);
    s->count = view->targets;
    s->model = calloc((size_t)view->targets + 1, sizeof *s->model);
    double *y = malloc((train.end - train.begin + 1) * sizeof *y);
    int code = s->model && y ? NN_OK : nn_no_memory(error);
    for (int k = 0; k < view->targets && !code; k++) {
        size_t from = ds_values_first(view, k, train);
        if (train.end - from > rows_for(period))
            from = train.end - rows_for(period);
        ds_values_copy(view, k, from, train.end - from, y);
        code = nn_stop_wanted() ? nn_fail(error, NN_STOPPED, "stopped before every series was fitted")
                                : fit_target(&s->model[k], text, &choice, y, train.end - from, error);
    }
    free(y);
    return code;
}

/* mean and variance (NULL: not asked for), horizon each, by the last rows before origin. y: rows_for. */
static bool look_ahead(const arima_state *s, fc_outlook at, double *y, double *mean, double *variance)
{
    const size_t most = rows_for(usable_period(&s->local)), first = ds_view_first(at.view, at.k),
                 from = at.origin > first + most ? at.origin - most : first;
    if (at.origin <= first)
        return false;
    ds_values_copy(at.view, at.k, from, at.origin - from, y);
    return !fc_arima_forecast(&s->model[at.k], y, at.origin - from, NULL, at.horizon, mean, variance, NULL);
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const arima_state *s = state;
    const int targets = s->local.targets;
    const size_t most = rows_for(usable_period(&s->local));
    double *y = malloc((most + (size_t)horizon) * sizeof *y), *mean = y + most;
    for (int k = 0; k < targets; k++) {
        const double last = ds_view_last(view, origin, k);
        const bool known = y && look_ahead(s, (fc_outlook){view, k, horizon, origin}, y, mean, NULL);
        for (int h = 0; h < horizon; h++)
            out[h * targets + k] = known && isfinite(mean[h]) ? mean[h]
                                   : isnan(last)              ? s->local.level[k]
                                                              : last;
    }
    free(y);
}

/* --- what may come --- */

enum { LEAST_ROWS = 3 };

static bool quantiles(const void *state, fc_outlook at, const double *share, int shares, double *out)
{
    const arima_state *s = state;
    const size_t most = rows_for(usable_period(&s->local)), horizon = (size_t)at.horizon;
    double *y = malloc((most + 2 * horizon) * sizeof *y), *mean = y + most, *variance = mean + horizon;
    const bool known =
        y && at.origin >= ds_view_first(at.view, at.k) + LEAST_ROWS && look_ahead(s, at, y, mean, variance);
    if (known)
        fc_normal_quantiles(mean, variance, at.horizon, share, shares, out);
    free(y);
    return known;
}

static bool paths(const void *state, fc_outlook at, uint64_t key, int count, double *out)
{
    const arima_state *s = state;
    const fc_arima_model *m = &s->model[at.k];
    const size_t most = rows_for(usable_period(&s->local)), horizon = (size_t)at.horizon;
    double *y = malloc((most + 3 * horizon) * sizeof *y), *mean = y + most, *weight = mean + horizon,
           *error = weight + horizon;
    const bool known = y && at.origin >= ds_view_first(at.view, at.k) + LEAST_ROWS &&
                       look_ahead(s, at, y, mean, NULL) && !fc_arima_weights(m, at.horizon, weight, NULL);
    for (int i = 0; i < count && known; i++)
        for (int h = 0; h < at.horizon; h++) {
            double sum = mean[h];
            error[h] = sqrt(m->sigma2) * fc_draw_normal(nn_random(key, (uint64_t)i), (uint64_t)h);
            for (int j = 0; j <= h; j++)
                sum += weight[h - j] * error[j];
            out[(size_t)i * horizon + (size_t)h] = sum;
        }
    free(y);
    return known;
}

/* --- as a kind of model --- */

static void write_coefficients(json_t *object, const void *state)
{
    const arima_state *s = state;
    json_t *all = json_array();
    for (int k = 0; k < s->count; k++)
        nn_json_append(all, nn_json_reals(s->model[k].coefficient, (size_t)s->model[k].count));
    nn_json_set(object, "coefficients", all);
}

static int read_coefficients(void *state, const json_t *object, const char *path, nn_error *error)
{
    arima_state *s = state;
    const json_t *all = json_object_get(object, "coefficients");
    for (int k = 0; k < s->count; k++) {
        const json_t *one = json_array_get(all, (size_t)k);
        if (json_array_size(one) != (size_t)s->model[k].count)
            return nn_fail(error, NN_BAD_DATA, "%s: an ARIMA model has %zu coefficients instead of %d", path,
                           json_array_size(one), s->model[k].count);
        for (int i = 0; i < s->model[k].count; i++) {
            const json_t *value = json_array_get(one, (size_t)i);
            s->model[k].coefficient[i] = json_number_value(value);
            if (!json_is_number(value))
                return nn_fail(error, NN_BAD_DATA, "%s: 'coefficients' holds what is no number", path);
        }
    }
    return NN_OK;
}

static int check(const void *state, nn_error *error)
{
    const arima_state *s = state;
    for (int k = 0; k < s->count; k++) {
        const fc_arima_model *m = &s->model[k];
        if (m->count != fc_arima_coefficients(&m->order, 0))
            return nn_fail(error, NN_BAD_DATA, "an ARIMA model has %d coefficients instead of %d", m->count,
                           fc_arima_coefficients(&m->order, 0));
    }
    return s->count == s->local.targets
               ? NN_OK
               : nn_fail(error, NN_BAD_DATA, "%d ARIMA models of %d targets", s->count, s->local.targets);
}

#define ORDER(name) FC_NUMBER, .offset = offsetof(fc_arima_model, order.name), .least = 0
static const fc_field models[] = {{"p", ORDER(p), .most = FC_ARIMA_LAGS},
                                  {"d", ORDER(d), .most = 2},
                                  {"q", ORDER(q), .most = FC_ARIMA_LAGS},
                                  {"seasonal_p", ORDER(seasonal_p), .most = FC_ARIMA_LAGS},
                                  {"seasonal_d", ORDER(seasonal_d), .most = 2},
                                  {"seasonal_q", ORDER(seasonal_q), .most = FC_ARIMA_LAGS},
                                  {"period", FC_NUMBER, .offset = offsetof(fc_arima_model, order.period),
                                   .least = 1, .most = FC_ARIMA_MOST_PERIOD},
                                  {"constant", FC_FLAG, .offset = offsetof(fc_arima_model, order.constant)},
                                  {"sigma2", FC_REAL, .offset = offsetof(fc_arima_model, sigma2)},
                                  {"count", FC_NUMBER, .offset = offsetof(fc_arima_model, count), .least = 0,
                                   .most = FC_ARIMA_COEFFICIENTS},
                                  {0}};

static const fc_field fields[] = {
    {"models", FC_ENTRIES, 0, offsetof(arima_state, model), .size = sizeof(fc_arima_model),
     .count_offset = offsetof(arima_state, count), .least = 0, .most = 1000000, .fields = models},
    {0}};

static int check_config(const void *config, const fc_sizes *sizes, nn_error *error)
{
    const char *text = ((const fc_arima_config *)config)->order;
    fc_arima_order order;
    (void)sizes;
    return !text || strcmp(text, "auto") == 0 || parse_order(text, 2, &order) ? NN_OK
                                                                              : refuse_order(text, error);
}

const fc_forecaster fc_forecaster_arima = {.scales = true,
                                           .scale_offset = offsetof(fc_arima_config, scale),
                                           .state_size = sizeof(arima_state),
                                           .any_horizon = true,
                                           .fields = fields,
                                           .check = check,
                                           .fit = fit,
                                           .forecast = forecast,
                                           .quantiles = quantiles,
                                           .paths = paths,
                                           .write = write_coefficients,
                                           .read = read_coefficients};
const fc_kind fc_arima = {.name = "arima",
                          .summary = "ARIMA with seasonal orders by exact likelihood, chosen by AICc",
                          .options = options,
                          .later = fc_scale_later,
                          .config_size = sizeof(fc_arima_config),
                          .check = check_config,
                          .forecaster = &fc_forecaster_arima};
