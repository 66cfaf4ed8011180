/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FLAIR as a forecaster: each series folded by the period that suits it, or none; what the fold shows is
 * found anew at every origin. */
#include "forecast/forecasters/flair/flair.h"

#include "datasets/series/values.h"
#include "forecast/forecasters.h"
#include "forecast/statistics/draw.h"
#include "forecast/statistics/stl_seasons.h"
#include "lib/base/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PERIOD = 100000000, MOST_CYCLE = FC_FLAIR_MOST_LEVELS / 2, PATHS = 5000 };

/* The fold of one target. */
typedef struct entry {
    size_t first; /* row of its first value */
    fc_flair_model model;
} entry;

typedef struct flair_state {
    fc_local local;
    int count;
    entry *entry; /* K; owned */
} flair_state;

/* --- fitting --- */

typedef struct job {
    flair_state *state;
    const ds_view *view;
    ds_part train;
    const int *asked; /* FC_SEASONS; NULL: to be found */
    int code;
} job;

static bool fold_target(flair_state *s, const job *j, int k, double *y)
{
    entry *e = &s->entry[k];
    int found[FC_SEASONS] = {0}, count = 0;
    *e = (entry){.first = ds_values_first(j->view, k, j->train), .model = {1, 0, 0, 1, 1}};
    const size_t n = j->train.end - e->first;
    ds_values_copy(j->view, k, e->first, n, y);
    if (n == 0 || !ds_values_fill(y, n))
        return true;
    if (j->asked)
        for (memcpy(found, j->asked, sizeof found); count < FC_SEASONS && found[count] > 0;)
            count++;
    else if (fc_seasons_find(y, n, s->local.season, found, &count, NULL))
        return false;
    return fc_flair_choose(&e->model, y, n, found, count);
}

static void fold_one(void *context, int k, int worker)
{
    job *j = context;
    double *y = malloc((j->train.end - j->train.begin + 1) * sizeof *y);
    (void)worker;
    if (!y || !fold_target(j->state, j, k, y))
        __atomic_store_n(&j->code, NN_FAILED, __ATOMIC_RELAXED);
    free(y);
}

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    flair_state *s = state;
    const fc_flair_config *how = config;
    const char *text = how && how->seasons && strcmp(how->seasons, "auto") != 0 ? how->seasons : NULL;
    int asked[FC_SEASONS] = {0};
    if (text && !fc_seasons_parse(text, asked, MOST_PERIOD))
        return nn_fail(error, NN_USAGE,
                       "--seasons: '%.40s' is no rising list of rows such as 24,168, nor auto", text);
    s->entry = calloc((size_t)view->targets + 1, sizeof *s->entry);
    if (!s->entry)
        return nn_no_memory(error);
    s->count = view->targets;
    job j = {.state = s, .view = view, .train = train, .asked = text ? asked : NULL};
    nn_pool_blas_alone();
    if (s->local.pool)
        nn_pool_run(s->local.pool, s->count, fold_one, &j);
    for (int k = 0; k < s->count && !s->local.pool; k++)
        fold_one(&j, k, 0);
    return j.code ? nn_no_memory(error) : NN_OK;
}

/* --- forecasting --- */

/* The rows before an origin, as its fold shows them; where they are too few for that, one by one. False where
 * they are too few for that as well. */
static bool look(fc_flair_sight *sight, const flair_state *s, const ds_view *view, int k, size_t origin,
                 int horizon)
{
    const entry *e = &s->entry[k];
    const fc_flair_model plain = {1, 0, 0, 1, 1};
    const size_t reach = fc_flair_reach(&e->model);
    *sight = (fc_flair_sight){0};
    if (origin < e->first + FC_FLAIR_LEAST_ROWS)
        return false;
    size_t from = origin - e->first > reach ? origin - reach : e->first;
    double *y = malloc((origin - from) * sizeof *y);
    if (!y)
        return false;
    ds_values_copy(view, k, from, origin - from, y);
    const bool few = (origin - from) / (size_t)e->model.period < FC_FLAIR_LEAST_ROWS,
               seen = ds_values_fill(y, origin - from) &&
                      fc_flair_see(sight, few ? &plain : &e->model, y, origin - from, horizon);
    free(y);
    return seen;
}

/* Of too short a past the last value again. */
static void forecast_one(const void *state, const ds_view *view, int k, size_t origin, int horizon,
                         double *out)
{
    const flair_state *s = state;
    fc_flair_sight sight;
    const bool seen = look(&sight, s, view, k, origin, horizon);
    const double last = ds_view_last(view, origin, k);
    if (seen)
        fc_flair_point(&sight, out);
    for (int h = 0; h < horizon; h++)
        if (!seen || !isfinite(out[h]))
            out[h] = isnan(last) ? s->local.level[k] : last;
    fc_flair_sight_clear(&sight);
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const flair_state *s = state;
    const int targets = s->local.targets;
    double *one = malloc((size_t)horizon * sizeof *one);
    for (int k = 0; k < targets; k++) {
        if (one)
            forecast_one(state, view, k, origin, horizon, one);
        for (int h = 0; h < horizon; h++) /* without memory: refused by the caller */
            out[h * targets + k] = one ? one[h] : NAN;
    }
    free(one);
}

/* --- what may come --- */

static bool paths(const void *state, fc_outlook at, uint64_t key, int count, double *out)
{
    fc_flair_sight sight;
    double *room = NULL;
    if (look(&sight, state, at.view, at.k, at.origin, at.horizon))
        room = malloc((sight.levels + sight.blocks) * sizeof *room);
    for (int i = 0; i < count && room; i++)
        fc_flair_path(&sight, nn_random(key, (uint64_t)i), room, out + (size_t)i * (size_t)at.horizon);
    fc_flair_sight_clear(&sight);
    free(room);
    return room;
}

static bool quantiles(const void *state, fc_outlook at, const double *share, int shares, double *out)
{
    double *room = malloc(PATHS * (size_t)at.horizon * sizeof *room);
    const bool known = room && paths(state, at, 1, PATHS, room) &&
                       fc_path_quantiles(room, PATHS, at.horizon, share, shares, out);
    free(room);
    return known;
}

/* --- as a kind of model --- */

/* The least period above one, and how many targets are folded by it; 0: none. */
static int next_period(const flair_state *s, int above, int *targets)
{
    int next = 0;
    *targets = 0;
    for (int k = 0; k < s->count; k++) {
        const int period = s->entry[k].model.period;
        if (period > above && (!next || period < next))
            next = period;
    }
    for (int k = 0; k < s->count; k++)
        *targets += s->entry[k].model.period == next;
    return next;
}

static void describe(const void *state, char *text, size_t size)
{
    size_t at = 0;
    int targets, period = 0;
    *text = '\0';
    while (at < size && (period = next_period(state, period, &targets)) > 0) {
        at += (size_t)snprintf(text + at, size - at, "%s%d series ", at ? ", " : "", targets);
        if (at < size)
            at += period > 1 ? (size_t)snprintf(text + at, size - at, "folded by %d rows", period)
                             : (size_t)snprintf(text + at, size - at, "without a period, its level alone");
    }
}

static int check(const void *state, nn_error *error)
{
    const flair_state *s = state;
    return s->count == s->local.targets
               ? NN_OK
               : nn_fail(error, NN_BAD_DATA, "there are folds of %d targets instead of %d", s->count,
                         s->local.targets);
}

#define ENTRY(name) .offset = offsetof(entry, name)
static const fc_field entries[] = {
    {"first", FC_SIZE, 0, ENTRY(first), .least = 0, .most = 1e15},
    {"period", FC_NUMBER, 0, ENTRY(model.period), .least = 1, .most = MOST_PERIOD},
    {"cycle", FC_NUMBER, 0, ENTRY(model.cycle), .least = 0, .most = MOST_CYCLE},
    {"lag", FC_NUMBER, 0, ENTRY(model.lag), .least = 0, .most = MOST_CYCLE},
    {"shrink", FC_REAL, FC_POSITIVE, ENTRY(model.shrink)},
    {"lambda", FC_REAL, FC_NOT_NEGATIVE, ENTRY(model.lambda)},
    {0}};

static const fc_field fields[] = {{"folds", FC_ENTRIES, 0, offsetof(flair_state, entry),
                                   .size = sizeof(entry), .count_offset = offsetof(flair_state, count),
                                   .least = 0, .most = 1000000, .fields = entries},
                                  {0}};

const fc_forecaster fc_forecaster_flair = {.scales = true,
                                           .scale_offset = offsetof(fc_flair_config, scale),
                                           .state_size = sizeof(flair_state),
                                           .any_horizon = true,
                                           .fields = fields,
                                           .check = check,
                                           .fit = fit,
                                           .forecast = forecast,
                                           .forecast_one = forecast_one,
                                           .quantiles = quantiles,
                                           .paths = paths,
                                           .describe = describe};

static const nn_option options[] = {
    {"seasons", 0, NN_TEXT, offsetof(fc_flair_config, seasons), "auto", "N,M", 0, 0,
     "rows of periods that may fold a series, rising; auto: the file's, and those that stand out"},
    FC_SCALE_OPTION(fc_flair_config),
    {0}};

const fc_kind fc_flair = {.name = "flair",
                          .summary =
                              "a shape of the last periods times a level that ridge regression forecasts "
                              "(FLAIR of Honda 2026, arXiv 2605.07222)",
                          .options = options,
                          .later = fc_scale_later,
                          .config_size = sizeof(fc_flair_config),
                          .forecaster = &fc_forecaster_flair};
