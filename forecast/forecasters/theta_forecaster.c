/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Theta family as forecasters: of the values without their season, where the M4 competition's test finds
 * one. */
#include "forecast/forecasters/forecasters.h"
#include "forecast/forecasters/theta.h"
#include "forecast/forecasters/values.h"
#include "forecast/statistics/seasons.h"

#include <math.h>
#include <stdlib.h>

typedef struct theta_target {
    fc_theta model;
    size_t first; /* row of the value that the recursion begins with */
    bool known;   /* whether there is one */
    bool multiplicative;
    int period;     /* 1: no season */
    double *season; /* period, by phase from first on */
    double lambda;  /* of the Box-Cox power of what is left; NaN: none */
} theta_target;

typedef struct theta_state {
    fc_local local;
    theta_target *target; /* K; owned */
    double *seasons;      /* K x season; owned */
} theta_state;

/* What a fit searches for. */
typedef struct theta_way {
    fc_theta_kind kind;
    bool choose, power;
} theta_way;

static double without_season(const theta_target *t, size_t row, double y)
{
    if (t->period > 1) {
        const double s = t->season[(row - t->first) % (size_t)t->period];
        y = t->multiplicative ? y / s : y - s;
    }
    return isnan(t->lambda) ? y : fc_power(y, t->lambda);
}

static double with_season(const theta_target *t, size_t row, double x)
{
    if (!isnan(t->lambda))
        x = fc_power_back(x, t->lambda);
    if (t->period == 1)
        return x;
    const double s = t->season[(row - t->first) % (size_t)t->period];
    return t->multiplicative ? x * s : x + s;
}

/* Multiplicative where all values are above 0 and no index comes near it. */
static void find_season(theta_target *t, int period, const double *y, size_t n, double *room)
{
    bool positive = true;
    for (size_t i = 0; i < n; i++)
        positive &= y[i] > 0;
    t->period = fc_season_present(y, n, period) ? period : 1;
    t->multiplicative = positive && t->period > 1;
    if (t->multiplicative) {
        fc_season_indices(y, n, period, true, t->season, room);
        for (int j = 0; j < period; j++)
            t->multiplicative &= t->season[j] >= 0.01;
    }
    if (t->period > 1 && !t->multiplicative)
        fc_season_indices(y, n, period, false, t->season, room);
}

static bool fit_target(theta_target *t, theta_way way, int period, double *y, size_t n, double *room)
{
    bool positive = true;
    find_season(t, period, y, n, room);
    t->lambda = NAN;
    for (size_t i = 0; i < n; i++) {
        y[i] = without_season(t, t->first + i, y[i]);
        positive &= y[i] > 0;
    }
    if (way.power && positive) {
        t->lambda = fc_power_choose(y, n);
        for (size_t i = 0; i < n; i++)
            y[i] = fc_power(y[i], t->lambda);
    }
    return way.choose ? fc_theta_choose(&t->model, y, n) : fc_theta_fit(&t->model, way.kind, y, n);
}

static int fit(void *state, theta_way way, const ds_view *view, ds_part train, nn_error *error)
{
    theta_state *s = state;
    const size_t rows = train.end - train.begin, season = (size_t)s->local.season;
    s->target = calloc((size_t)view->targets + 1, sizeof *s->target);
    s->seasons = calloc((size_t)view->targets * season + 1, sizeof *s->seasons);
    double *y = calloc(2 * rows + 1, sizeof *y);
    bool fine = s->target && s->seasons && y;
    for (int k = 0; k < view->targets && fine; k++) {
        theta_target *t = &s->target[k];
        t->season = s->seasons + (size_t)k * season;
        t->first = fc_values_first(view, k, train);
        t->known = t->first < train.end;
        if (!t->known)
            continue;
        fc_values_bridged(view, k, t->first, train.end - t->first, y);
        fine = fit_target(t, way, s->local.season, y, train.end - t->first, y + rows);
    }
    free(y);
    return fine ? NN_OK : nn_no_memory(error);
}

/* Behind the last value before origin. */
static fc_theta_state run_to(const theta_target *t, const ds_view *view, int k, size_t origin)
{
    fc_theta_state at = {.level = t->model.start};
    double y[256], squares = 0;
    size_t count = 0;
    for (size_t row = t->first, some; row < origin; row += some) {
        some = origin - row < 256 ? origin - row : 256;
        fc_values_copy(view, k, row, some, y);
        for (size_t i = 0; i < some; i++) {
            y[i] = without_season(t, row + i, y[i]);
            y[i] = isfinite(y[i]) ? y[i] : NAN;
        }
        fc_theta_filter(&t->model, &at, y, some, &squares, &count);
    }
    return at;
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const theta_state *s = state;
    const int targets = s->local.targets;
    for (int k = 0; k < targets; k++) {
        const theta_target *t = &s->target[k];
        if (!t->known || origin <= t->first) {
            for (int h = 0; h < horizon; h++)
                out[h * targets + k] = s->local.level[k];
            continue;
        }
        double mean[horizon];
        const fc_theta_state at = run_to(t, view, k, origin);
        fc_theta_forecast(&t->model, &at, horizon, mean);
        for (int h = 0; h < horizon; h++) {
            const double value = with_season(t, origin + (size_t)h, mean[h]);
            out[h * targets + k] = isfinite(value) ? value : s->local.level[k];
        }
    }
}

static void clear(void *state)
{
    theta_state *s = state;
    free(s->target);
    free(s->seasons);
}

#define THETA(id, named, ...)                                                                                \
    static int fit_##id(void *state, const void *config, const ds_view *view, ds_part train,                 \
                        nn_error *error)                                                                     \
    {                                                                                                        \
        (void)config;                                                                                        \
        return fit(state, (theta_way){__VA_ARGS__}, view, train, error);                                     \
    }                                                                                                        \
    const fc_forecaster fc_forecaster_##id = {.name = named,                                                 \
                                              .state_size = sizeof(theta_state),                             \
                                              .fit = fit_##id,                                               \
                                              .forecast = forecast,                                          \
                                              .clear = clear};

THETA(theta, "theta", FC_THETA_CLASSIC, false, false)
THETA(stm, "stm", FC_THETA_STM, false, false)
THETA(otm, "otm", FC_THETA_OTM, false, false)
THETA(dstm, "dstm", FC_THETA_DSTM, false, false)
THETA(dotm, "dotm", FC_THETA_DOTM, false, false)
THETA(auto_theta, "auto-theta", FC_THETA_OTM, true, false)
THETA(boxcox_theta, "boxcox-theta", FC_THETA_CLASSIC, false, true)
