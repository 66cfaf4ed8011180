/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Theta family as a forecaster: of the values without their season, where the M4 competition's test finds
 * one. */
#include "datasets/series/values.h"
#include "forecast/forecasters.h"
#include "forecast/forecasters/smoothing/theta_model.h"
#include "forecast/statistics/draw.h"
#include "forecast/statistics/seasons.h"
#include "lib/base/random.h"
#include "lib/base/stop.h"

#include <math.h>
#include <stdlib.h>

enum { NO_SEASON, ADDITIVE, MULTIPLICATIVE };

/* The model of one target. */
typedef struct entry {
    int target, kind, season; /* fc_theta_kind; NO_SEASON, ... */
    size_t first;             /* row of the value that the recursion begins with */
    double alpha, theta, start, intercept, slope, sigma2;
    double lambda; /* of the Box-Cox power of what is without season; NaN: none */
} entry;

typedef struct theta_state {
    fc_local local;
    int count;
    entry *entry;    /* count; owned */
    double *seasons; /* count x season, by phase from first on; owned */
} theta_state;

static const nn_option options[] = {{"variant", 0, NN_CHOICE, offsetof(fc_theta_config, variant), "classic",
                                     "classic|stm|otm|dstm|dotm|auto|boxcox", 0, 0,
                                     "theta 2 or searched for (o), line of all values or of those so far "
                                     "(d); auto: otm or dotm; boxcox: classic, "
                                     "of powers"},
                                    FC_SCALE_OPTION(fc_theta_config),
                                    {0}};

/* --- seasons and powers --- */

static double without_season(const entry *e, double season, double y)
{
    if (e->season != NO_SEASON)
        y = e->season == MULTIPLICATIVE ? y / season : y - season;
    return isnan(e->lambda) ? y : fc_power(y, e->lambda);
}

static double with_season(const entry *e, double season, double x)
{
    if (!isnan(e->lambda))
        x = fc_power_back(x, e->lambda);
    return e->season == NO_SEASON ? x : e->season == MULTIPLICATIVE ? x * season : x + season;
}

static bool all_positive(const double *y, size_t n)
{
    bool positive = true;
    for (size_t i = 0; i < n; i++)
        positive &= y[i] > 0;
    return positive;
}

/* Multiplicative where all values are above 0 and no index comes near it. */
static void find_season(entry *e, int period, const double *y, size_t n, double *season, double *room)
{
    e->season = NO_SEASON;
    if (!fc_season_present(y, n, period))
        return;
    if (all_positive(y, n)) {
        fc_season_indices(y, n, period, true, season, room);
        e->season = MULTIPLICATIVE;
        for (int j = 0; j < period; j++)
            if (season[j] < 0.01)
                e->season = ADDITIVE;
    } else
        e->season = ADDITIVE;
    if (e->season == ADDITIVE)
        fc_season_indices(y, n, period, false, season, room);
}

/* --- fitting --- */

/* y is overwritten; room for as many values. */
static bool fit_entry(entry *e, int variant, int period, double *y, size_t n, double *season, double *room)
{
    fc_theta_model m;
    e->lambda = NAN;
    find_season(e, period, y, n, season, room);
    for (size_t i = 0; i < n; i++)
        y[i] = without_season(e, season[i % (size_t)period], y[i]);
    if (variant == FC_THETA_BOXCOX && all_positive(y, n)) {
        e->lambda = fc_power_choose(y, n);
        for (size_t i = 0; i < n; i++)
            y[i] = fc_power(y[i], e->lambda);
    }
    if (!(variant == FC_THETA_AUTO
              ? fc_theta_choose(&m, y, n)
              : fc_theta_fit(&m, variant == FC_THETA_BOXCOX ? FC_THETA_CLASSIC : variant, y, n)))
        return false;
    e->kind = (int)m.kind;
    e->alpha = m.alpha;
    e->theta = m.theta;
    e->start = m.start;
    e->intercept = m.intercept;
    e->slope = m.slope;
    e->sigma2 = m.sigma2;
    return true;
}

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    theta_state *s = state;
    const int variant = config ? ((const fc_theta_config *)config)->variant : FC_THETA_CLASSIC;
    const size_t rows = train.end - train.begin, season = (size_t)s->local.season;
    s->entry = calloc((size_t)view->targets + 1, sizeof *s->entry);
    s->seasons = calloc((size_t)view->targets * season + 1, sizeof *s->seasons);
    double *y = calloc(2 * rows + 1, sizeof *y);
    bool fine = s->entry && s->seasons && y;
    for (int k = 0; k < view->targets && fine && !nn_stop_wanted(); k++) {
        const size_t first = ds_values_first(view, k, train), n = train.end - first;
        if (n == 0)
            continue;
        s->entry[s->count] = (entry){.target = k, .first = first};
        ds_values_bridged(view, k, first, n, y);
        fine = fit_entry(&s->entry[s->count], variant, s->local.season, y, n,
                         s->seasons + (size_t)s->count * season, y + rows);
        s->count++;
    }
    free(y);
    return fine ? NN_OK : nn_no_memory(error);
}

/* --- forecasting --- */

/* Behind the last value before origin. */
static fc_theta_state run_to(const entry *e, const fc_theta_model *m, const double *season, size_t period,
                             const ds_view *view, size_t origin)
{
    fc_theta_state at = {.level = m->start};
    double y[256], squares = 0;
    size_t count = 0;
    for (size_t row = e->first, some; row < origin; row += some) {
        some = origin - row < 256 ? origin - row : 256;
        ds_values_copy(view, e->target, row, some, y);
        for (size_t i = 0; i < some; i++) {
            y[i] = without_season(e, season[(row - e->first + i) % period], y[i]);
            y[i] = isfinite(y[i]) ? y[i] : NAN;
        }
        fc_theta_filter(m, &at, y, some, &squares, &count);
    }
    return at;
}

static fc_theta_model model_of(const entry *e)
{
    return (fc_theta_model){.kind = (fc_theta_kind)e->kind,
                            .alpha = e->alpha,
                            .theta = e->theta,
                            .start = e->start,
                            .intercept = e->intercept,
                            .slope = e->slope,
                            .sigma2 = e->sigma2};
}

/* Values (horizon) without season from origin on, as the series has them. */
static void settle(const theta_state *s, int i, size_t origin, int horizon, double *value)
{
    const entry *e = &s->entry[i];
    const size_t period = (size_t)s->local.season;
    const double *season = s->seasons + (size_t)i * period;
    for (int h = 0; h < horizon; h++)
        value[h] = with_season(e, season[(origin - e->first + (size_t)h) % period], value[h]);
}

static fc_theta_state end_of(const theta_state *s, int i, const fc_theta_model *m, const ds_view *view,
                             size_t origin)
{
    const size_t period = (size_t)s->local.season;
    return run_to(&s->entry[i], m, s->seasons + (size_t)i * period, period, view, origin);
}

static void forecast_entry(const theta_state *s, int i, const ds_view *view, size_t origin, int horizon,
                           double *out)
{
    const fc_theta_model m = model_of(&s->entry[i]);
    double *mean = malloc((size_t)horizon * sizeof *mean);
    if (mean) {
        const fc_theta_state at = end_of(s, i, &m, view, origin);
        fc_theta_forecast(&m, &at, horizon, mean);
        settle(s, i, origin, horizon, mean);
    }
    for (int h = 0; h < horizon; h++)
        if (!mean || isfinite(mean[h])) /* without memory: refused by the caller */
            out[h * s->local.targets + s->entry[i].target] = mean ? mean[h] : NAN;
    free(mean);
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const theta_state *s = state;
    for (int i = 0; i < horizon * s->local.targets; i++)
        out[i] = s->local.level[i % s->local.targets];
    for (int i = 0; i < s->count; i++)
        if (origin > s->entry[i].first)
            forecast_entry(s, i, view, origin, horizon, out);
}

/* --- what may come --- */

enum { LEAST_ROWS = 3 };

/* The model of a target that has so much of a past; -1: none. */
static int entry_for(const theta_state *s, fc_outlook at)
{
    for (int i = 0; i < s->count; i++)
        if (s->entry[i].target == at.k)
            return at.origin >= s->entry[i].first + LEAST_ROWS ? i : -1;
    return -1;
}

static bool quantiles(const void *state, fc_outlook at, const double *share, int shares, double *out)
{
    const theta_state *s = state;
    const int i = entry_for(s, at);
    double *mean = i < 0 ? NULL : malloc(2 * (size_t)at.horizon * sizeof *mean);
    if (!mean)
        return false;
    const fc_theta_model m = model_of(&s->entry[i]);
    const fc_theta_state end = end_of(s, i, &m, at.view, at.origin);
    fc_theta_forecast(&m, &end, at.horizon, mean);
    fc_theta_variance(&m, &end, at.horizon, mean + at.horizon);
    fc_normal_quantiles(mean, mean + at.horizon, at.horizon, share, shares, out);
    for (int q = 0; q < shares; q++)
        settle(s, i, at.origin, at.horizon, out + q * at.horizon);
    free(mean);
    return true;
}

static bool paths(const void *state, fc_outlook at, uint64_t key, int count, double *out)
{
    const theta_state *s = state;
    const int i = entry_for(s, at);
    if (i < 0)
        return false;
    const fc_theta_model m = model_of(&s->entry[i]);
    const fc_theta_state end = end_of(s, i, &m, at.view, at.origin);
    for (int p = 0; p < count; p++, out += at.horizon) {
        fc_theta_simulate(&m, &end, at.horizon, nn_random(key, (uint64_t)p), out);
        settle(s, i, at.origin, at.horizon, out);
    }
    return true;
}

/* --- as a kind of model --- */

static size_t seasons_of(const void *state)
{
    const theta_state *s = state;
    return (size_t)s->count * (size_t)s->local.season;
}

static int check(const void *state, nn_error *error)
{
    const theta_state *s = state;
    for (int i = 0; i < s->count; i++)
        if (s->entry[i].target >= s->local.targets)
            return nn_fail(error, NN_BAD_DATA, "a line is of target %d, of which there are %d",
                           s->entry[i].target, s->local.targets);
    return NN_OK;
}

static const char *const kinds[] = {"classic", "stm", "otm", "dstm", "dotm", NULL};
static const char *const seasons[] = {"none", "additive", "multiplicative", NULL};

#define ENTRY(name) .offset = offsetof(entry, name)
static const fc_field entries[] = {{"target", FC_NUMBER, 0, ENTRY(target), .least = 0, .most = 1000000},
                                   {"first", FC_SIZE, 0, ENTRY(first), .least = 0, .most = 1e15},
                                   {"kind", FC_CHOICE, 0, ENTRY(kind), .names = kinds},
                                   {"season", FC_CHOICE, 0, ENTRY(season), .names = seasons},
                                   {"lambda", FC_REAL, FC_NULLABLE, ENTRY(lambda)},
                                   {"alpha", FC_REAL, FC_POSITIVE, ENTRY(alpha)},
                                   {"theta", FC_REAL, FC_POSITIVE, ENTRY(theta)},
                                   {"start", FC_REAL, 0, ENTRY(start)},
                                   {"intercept", FC_REAL, 0, ENTRY(intercept)},
                                   {"slope", FC_REAL, 0, ENTRY(slope)},
                                   {"sigma2", FC_REAL, FC_NOT_NEGATIVE, ENTRY(sigma2)},
                                   {0}};

static const fc_field fields[] = {
    {"lines", FC_ENTRIES, 0, offsetof(theta_state, entry), .size = sizeof(entry),
     .count_offset = offsetof(theta_state, count), .least = 0, .most = 1000000, .fields = entries},
    {"seasons", FC_REAL, FC_MANY, offsetof(theta_state, seasons), .count = seasons_of},
    {0}};

const fc_forecaster fc_forecaster_theta = {.scales = true,
                                           .scale_offset = offsetof(fc_theta_config, scale),
                                           .state_size = sizeof(theta_state),
                                           .any_horizon = true,
                                           .fields = fields,
                                           .check = check,
                                           .fit = fit,
                                           .forecast = forecast,
                                           .quantiles = quantiles,
                                           .paths = paths};
const fc_kind fc_theta = {.name = "theta",
                          .summary =
                              "smoothing and half the slope of a line, and its optimised and dynamic kin "
                              "(Assimakopoulos & Nikolopoulos 2000; Fiorucci et al. 2016)",
                          .options = options,
                          .later = fc_scale_later,
                          .config_size = sizeof(fc_theta_config),
                          .forecaster = &fc_forecaster_theta};
