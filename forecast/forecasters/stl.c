/* SPDX-License-Identifier: GPL-3.0-or-later */
/* STL or MSTL as a forecaster: another one of what is left without the seasons, whose last ones are repeated.
 */
#include "datasets/series/stl.h"

#include "datasets/series/shadow.h"
#include "datasets/series/values.h"
#include "forecast/forecasters/choice/named.h"
#include "forecast/statistics/stl_seasons.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows that seasons are taken from at most, unless twelve of the longest season are more; before them the
 * first ones are repeated backwards. */
enum { MOST_ROWS = 2000, MOST_SEASONS = 12, MOST_PERIOD = INT_MAX / MOST_SEASONS };

typedef struct stl_state {
    fc_local local;
    const fc_named *rest;
    void *inner;  /* its state; owned */
    size_t begin; /* row that the rest is known from */
    bool robust;
    int *period; /* K x FC_SEASONS, 0 behind the last; owned */
} stl_state;

static size_t count_of(const int *period)
{
    size_t count = 0;
    while (count < FC_SEASONS && period[count] > 0)
        count++;
    return count;
}

/* The seasons of one target's rows y (n, NaN allowed; filled in by the way), summed into sum (n), and those
 * of the rows behind into ahead (horizon). */
static int seasons_of(double *y, size_t n, const int *period, bool robust, double *sum, int horizon,
                      double *ahead, nn_error *error)
{
    const size_t count = count_of(period), longest = count ? (size_t)period[count - 1] : 0;
    const size_t most = longest * MOST_SEASONS > MOST_ROWS ? longest * MOST_SEASONS : MOST_ROWS;
    const size_t from = n > most ? n - most : 0, rows = n - from;
    memset(sum, 0, n * sizeof *sum);
    for (int h = 0; h < horizon; h++)
        ahead[h] = 0;
    if (count == 0 || !ds_values_fill(y, n))
        return NN_OK;
    double *season = malloc((count + 1) * rows * sizeof *season);
    if (!season)
        return nn_no_memory(error);
    const int code =
        ds_mstl(y + from, rows, period, (int)count, robust, season, season + count * rows, error);
    for (size_t s = 0; s < count && !code; s++) {
        const double *one = season + s * rows;
        const size_t p = (size_t)period[s];
        if (2 * p >= rows)
            continue;
        for (size_t i = 0; i < n; i++)
            sum[i] += i >= from ? one[i - from] : one[p - 1 - (from - 1 - i) % p];
        for (int h = 0; h < horizon; h++)
            ahead[h] += one[rows - p + (size_t)h % p];
    }
    free(season);
    return code;
}

/* Takes the seasons of the targets [from, to) out of the shadow. ahead: (horizon, K); NULL: not asked for. */
static int take_out(const stl_state *s, ds_shadow *shadow, size_t from, size_t to, int horizon, double *ahead,
                    nn_error *error)
{
    const size_t n = shadow->table.rows, targets = (size_t)s->local.targets;
    double *y = malloc((2 * n + (size_t)horizon + 1) * sizeof *y), *sum = y + n, *behind = sum + n;
    int code = y ? NN_OK : nn_no_memory(error);
    for (size_t k = from; k < to && !code; k++) {
        for (size_t i = 0; i < n; i++)
            y[i] = shadow->values[i * targets + k];
        code = seasons_of(y, n, s->period + k * FC_SEASONS, s->robust, sum, horizon, behind, error);
        for (size_t i = 0; i < n && !code; i++)
            shadow->values[i * targets + k] -= sum[i];
        for (int h = 0; h < horizon && !code; h++)
            ahead[(size_t)h * targets + k] = behind[h];
    }
    free(y);
    return code;
}

static int find_seasons(stl_state *s, const char *text, const ds_shadow *shadow, nn_error *error)
{
    const size_t n = shadow->table.rows, targets = (size_t)s->local.targets;
    double *y = malloc((n + 1) * sizeof *y);
    int code = y ? NN_OK : nn_no_memory(error);
    for (size_t k = 0; k < targets && !code; k++) {
        int *period = s->period + k * FC_SEASONS, count;
        for (size_t i = 0; i < n; i++)
            y[i] = shadow->values[i * targets + k];
        if (text && !fc_seasons_parse(text, period, MOST_PERIOD))
            code = nn_fail(error, NN_USAGE,
                           "--seasons: '%.40s' is no rising list of rows such as 24,168, nor auto", text);
        else if (!text && ds_values_fill(y, n))
            code = fc_seasons_find(y, n, s->local.season, period, &count, error);
    }
    free(y);
    return code;
}

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    stl_state *s = state;
    const fc_stl_config *how = config;
    const char *rest = how && how->rest ? how->rest : "ets";
    const char *text = how && how->seasons && strcmp(how->seasons, "auto") != 0 ? how->seasons : NULL;
    ds_shadow shadow;
    s->rest = fc_forecaster_named(rest);
    if (!s->rest || s->rest->forecaster == &fc_forecaster_stl)
        return nn_fail(error, NN_USAGE, "--rest: there is no forecaster '%.40s' for it", rest);
    s->robust = how && how->robust;
    s->begin = train.begin;
    s->period = calloc((size_t)view->targets * FC_SEASONS + 1, sizeof *s->period);
    if (!s->period)
        return nn_no_memory(error);
    int code = ds_shadow_make(&shadow, view, train.begin, train.end - train.begin, error);
    if (code)
        return code;
    code = find_seasons(s, text, &shadow, error);
    if (!code)
        code = take_out(s, &shadow, 0, (size_t)view->targets, 0, NULL, error);
    if (!code)
        code = fc_forecaster_fit(&s->inner, s->rest->forecaster, s->rest->config, &shadow.view,
                                 (ds_part){0, shadow.table.rows}, s->local.horizon, 1, error);
    ds_shadow_clear(&shadow);
    return code;
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const stl_state *s = state;
    const size_t cells = (size_t)horizon * (size_t)s->local.targets;
    double *ahead = malloc((cells + 1) * sizeof *ahead);
    ds_shadow shadow;
    for (size_t i = 0; i < cells; i++)
        out[i] = s->local.level[i % (size_t)s->local.targets];
    if (ahead && origin > s->begin &&
        ds_shadow_make(&shadow, view, s->begin, origin - s->begin, NULL) == NN_OK) {
        if (take_out(s, &shadow, 0, (size_t)s->local.targets, horizon, ahead, NULL) == NN_OK) {
            s->rest->forecaster->forecast(s->inner, &shadow.view, shadow.table.rows, horizon, out);
            for (size_t i = 0; i < cells; i++)
                out[i] += ahead[i];
        }
        ds_shadow_clear(&shadow);
    }
    free(ahead);
}

/* What the rest may do with the seasons behind it: `rows` lines of horizon values of one target. */
static bool ask_rest(const stl_state *s, fc_outlook at, const double *share, uint64_t key, int rows,
                     double *out)
{
    const fc_forecaster *rest = s->rest->forecaster;
    const size_t targets = (size_t)s->local.targets, horizon = (size_t)at.horizon, k = (size_t)at.k;
    double *ahead = malloc((horizon * targets + 1) * sizeof *ahead);
    ds_shadow shadow;
    bool known = false;
    if (ahead && rest->paths && at.origin > s->begin &&
        ds_shadow_make(&shadow, at.view, s->begin, at.origin - s->begin, NULL) == NN_OK) {
        const fc_outlook inner = {&shadow.view, at.k, at.horizon, shadow.table.rows};
        known = take_out(s, &shadow, k, k + 1, at.horizon, ahead, NULL) == NN_OK &&
                (share ? rest->quantiles(s->inner, inner, share, rows, out)
                       : rest->paths(s->inner, inner, key, rows, out));
        ds_shadow_clear(&shadow);
    }
    for (size_t i = 0; i < (size_t)rows * horizon && known; i++)
        out[i] += ahead[i % horizon * targets + k];
    free(ahead);
    return known;
}

static bool quantiles(const void *state, fc_outlook at, const double *share, int shares, double *out)
{
    return ask_rest(state, at, share, 0, shares, out);
}

static bool paths(const void *state, fc_outlook at, uint64_t key, int count, double *out)
{
    return ask_rest(state, at, NULL, key, count, out);
}

static void clear(void *state)
{
    stl_state *s = state;
    fc_forecaster_free(s->inner, s->rest ? s->rest->forecaster : NULL);
}

/* --- as a kind of model --- */

static size_t periods_of(const void *state)
{
    return (size_t)((const stl_state *)state)->local.targets * FC_SEASONS;
}

static void write_rest(json_t *object, const void *state)
{
    const stl_state *s = state;
    fc_nested_write(object, "rest", s->rest, s->inner);
}

static int read_rest(void *state, const json_t *object, const char *path, nn_error *error)
{
    stl_state *s = state;
    return fc_nested_read(&s->rest, &s->inner, object, "rest", s->local.targets, s->local.horizon, path,
                          error);
}

static int check(const void *state, nn_error *error)
{
    const stl_state *s = state;
    for (size_t i = 0; i < periods_of(s); i += FC_SEASONS)
        for (size_t j = 1; j < FC_SEASONS; j++)
            if (s->period[i + j] > 0 && s->period[i + j] <= s->period[i + j - 1])
                return nn_fail(error, NN_BAD_DATA, "seasons do not rise: %d after %d", s->period[i + j],
                               s->period[i + j - 1]);
    return NN_OK;
}

static const fc_field fields[] = {
    {"begin", FC_SIZE, FC_HERE, offsetof(stl_state, begin), .least = 0, .most = 1e15},
    {"robust", FC_FLAG, FC_HERE, .offset = offsetof(stl_state, robust)},
    {"periods", FC_NUMBER, FC_MANY, offsetof(stl_state, period), .count = periods_of, .least = 0,
     .most = MOST_PERIOD},
    {0}};

const fc_forecaster fc_forecaster_stl = {.scales = true,
                                         .scale_offset = offsetof(fc_stl_config, scale),
                                         .state_size = sizeof(stl_state),
                                         .any_horizon = true,
                                         .fields = fields,
                                         .check = check,
                                         .fit = fit,
                                         .forecast = forecast,
                                         .quantiles = quantiles,
                                         .paths = paths,
                                         .write = write_rest,
                                         .read = read_rest,
                                         .clear = clear};

static const nn_option options[] = {
    {"rest", 0, NN_TEXT, offsetof(fc_stl_config, rest), "ets", "KIND", 0, 0,
     "the forecaster of what is left without the seasons, such as ets, theta, arima or median"},
    {"seasons", 0, NN_TEXT, offsetof(fc_stl_config, seasons), "auto", "N,M", 0, 0,
     "rows of each season, rising; auto: the file's, and those that stand out"},
    {"robust", 0, NN_FLAG, offsetof(fc_stl_config, robust), "false", NULL, 0, 0,
     "outliers do not pull at the seasons"},
    FC_SCALE_OPTION(fc_stl_config),
    {0}};

const fc_kind fc_stl = {.name = "stl",
                        .summary = "one or several seasons apart, the rest by another forecaster (STL of "
                                   "Cleveland et al. 1990; MSTL of Bandara et al. 2021)",
                        .options = options,
                        .later = fc_scale_later,
                        .config_size = sizeof(fc_stl_config),
                        .forecaster = &fc_forecaster_stl};
