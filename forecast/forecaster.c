/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all forecasters without a network share: the level and spread of each target in the training part. */
#include "forecast/forecaster.h"

#include "forecast/scaling.h"

#include <math.h>
#include <stdlib.h>

static size_t targets_of(const void *state)
{
    return (size_t)((const fc_local *)state)->targets;
}

const nn_option fc_plain_options[] = {FC_SCALE_OPTION(fc_plain_config), {0}};
const char *const fc_scale_later[] = {"transform", NULL};

#define LOCAL(name) offsetof(fc_local, name)
static const fc_field scale_fields[] = {{"name", FC_CHOICE, 0, LOCAL(scale), .names = fc_scale_names},
                                        {"lambda", FC_REAL, FC_MANY, LOCAL(lambda), .count = targets_of},
                                        {0}};
const fc_field fc_local_fields[] = {
    {"targets", FC_NUMBER, FC_HERE, LOCAL(targets), .least = 1, .most = 1000000},
    {"horizon", FC_NUMBER, FC_HERE, LOCAL(horizon), .least = 1, .most = 1000000},
    {"season", FC_NUMBER, FC_HERE, LOCAL(season), .least = 1, .most = 100000000},
    {"level", FC_REAL, FC_MANY, LOCAL(level), .count = targets_of},
    {"spread", FC_REAL, FC_MANY | FC_POSITIVE, LOCAL(spread), .count = targets_of},
    {"scale", FC_OBJECT, FC_OPTIONAL, LOCAL(lambda), .fields = scale_fields},
    {0}};

/* A target that was silent in training is taken for one like the others. */
static int fit_levels(fc_local *local, const ds_view *view, ds_part train, nn_error *error)
{
    double level = 0, spread = 0;
    int known = 0;
    for (int k = 0; k < local->targets; k++)
        if (ds_view_moments(view, train, k, &local->level[k], &local->spread[k])) {
            if (!(local->spread[k] > 0))
                local->spread[k] = 1;
            level += local->level[k];
            spread += local->spread[k];
            known++;
        }
    if (!known)
        return nn_fail(error, NN_BAD_DATA,
                       "%s: no value of '%.100s' is valid in the training rows %zu to %zu", view->table->path,
                       view->what ? view->what : view->table->names[ds_view_column(view, 0)], train.begin + 1,
                       train.end);
    for (int k = 0; k < local->targets; k++)
        if (isnan(local->level[k])) {
            local->level[k] = level / known;
            local->spread[k] = spread / known;
        }
    return NN_OK;
}

/* Levels and all else, of values on the scale. */
static int learn(fc_local *local, const fc_forecaster *forecaster, const void *config, const ds_view *view,
                 ds_part train, nn_error *error)
{
    const int code = fit_levels(local, view, train, error);
    return code || !forecaster->fit ? code : forecaster->fit(local, config, view, train, error);
}

static int learn_scaled(fc_local *local, const fc_forecaster *forecaster, const void *config,
                        const ds_view *view, ds_part train, nn_error *error)
{
    fc_scaled_view scaled;
    local->lambda = calloc((size_t)view->targets + 1, sizeof *local->lambda);
    int code = local->lambda
                   ? fc_scaling_learn(local->lambda, local->scale, view, train, local->season, error)
                   : nn_no_memory(error);
    if (!code)
        code = fc_scaled_view_make(&scaled, view, local->scale, local->lambda, error);
    if (code)
        return code;
    code = learn(local, forecaster, config, &scaled.view, train, error);
    fc_scaled_view_clear(&scaled);
    return code;
}

static int scale_of(const fc_forecaster *forecaster, const void *config)
{
    return forecaster->scales && config ? *(const int *)((const char *)config + forecaster->scale_offset)
                                        : FC_PLAIN;
}

/* rolls: of its fc_local. */
static int fit_new(void **out, const fc_forecaster *forecaster, const void *config, const ds_view *view,
                   ds_part train, int horizon, int season, bool rolls, nn_pool *pool, nn_error *error)
{
    *out = NULL;
    fc_local *local = calloc(1, forecaster->state_size);
    if (!local)
        return nn_no_memory(error);
    season = season > 0 ? season : ds_frequency_season(view->table->frequency);
    *local = (fc_local){.targets = view->targets,
                        .horizon = horizon,
                        .season = season > 0 ? season : 1,
                        .scale = scale_of(forecaster, config),
                        .rolls = rolls,
                        .seen = train.end,
                        .pool = pool};
    local->level = calloc((size_t)view->targets + 1, sizeof *local->level);
    local->spread = calloc((size_t)view->targets + 1, sizeof *local->spread);
    const int code = !local->level || !local->spread ? nn_no_memory(error)
                     : local->scale == FC_PLAIN      ? learn(local, forecaster, config, view, train, error)
                                                : learn_scaled(local, forecaster, config, view, train, error);
    local->pool = NULL;
    if (code)
        fc_forecaster_free(local, forecaster);
    else
        *out = local;
    return code;
}

int fc_forecaster_fit_beside(void **out, const fc_forecaster *forecaster, const void *config,
                             const ds_view *view, ds_part train, int horizon, int season, nn_pool *pool,
                             nn_error *error)
{
    return fit_new(out, forecaster, config, view, train, horizon, season, false, pool, error);
}

void fc_shared_fit_clear(fc_shared_fit *shared)
{
    json_decref(shared->state);
    *shared = (fc_shared_fit){0};
}

int fc_forecaster_fit_once(void **state, fc_shared_fit *shared, const fc_forecaster *forecaster,
                           const void *config, const ds_view *view, ds_part train, int horizon, int season,
                           nn_pool *pool, nn_error *error)
{
    const bool same = shared && shared->state && shared->forecaster == forecaster &&
                      shared->train.begin == train.begin && shared->train.end == train.end &&
                      shared->horizon == horizon && shared->season == season;
    if (same)
        return fc_forecaster_read(state, forecaster, shared->state, "the fit", error);
    const int code =
        fc_forecaster_fit_beside(state, forecaster, config, view, train, horizon, season, pool, error);
    if (!shared || shared->state || code) /* the first one stays: of the training rows */
        return code;
    *shared = (fc_shared_fit){forecaster, train, horizon, season, fc_forecaster_json(*state, forecaster)};
    if (!nn_json_whole()) /* then the next is fitted too */
        fc_shared_fit_clear(shared);
    return NN_OK;
}

static int learn_more(fc_local *local, const fc_forecaster *forecaster, const ds_view *view, ds_part train,
                      nn_error *error)
{
    fc_scaled_view scaled;
    if (!local->lambda)
        return forecaster->refit(local, view, train, error);
    int code = fc_scaled_view_make(&scaled, view, local->scale, local->lambda, error);
    if (code)
        return code;
    code = forecaster->refit(local, &scaled.view, train, error);
    fc_scaled_view_clear(&scaled);
    return code;
}

int fc_forecaster_roll(void **state, const fc_forecaster *forecaster, const void *config, const ds_view *view,
                       ds_part train, int horizon, int season, nn_pool *pool, nn_error *error)
{
    fc_local *local = *state;
    if (local && forecaster->refit && train.end <= 2 * local->seen) {
        local->pool = pool;
        const int code = learn_more(local, forecaster, view, train, error);
        local->pool = NULL;
        return code;
    }
    fc_forecaster_free(local, forecaster);
    return fit_new(state, forecaster, config, view, train, horizon, season, forecaster->refit, pool, error);
}

int fc_forecaster_fit(void **out, const fc_forecaster *forecaster, const void *config, const ds_view *view,
                      ds_part train, int horizon, int season, nn_error *error)
{
    return fc_forecaster_fit_beside(out, forecaster, config, view, train, horizon, season, NULL, error);
}

/* --- forecasts --- */

static void bring_back(const fc_local *local, int target, double *value, size_t count)
{
    fc_transform_back(&(fc_transform){local->scale, local->lambda[target]}, value, count);
}

static void forecast_plain(const fc_forecaster *forecaster, const void *state, const ds_view *view,
                           fc_origins origins, int horizon, double *out)
{
    if (forecaster->forecast_many) {
        forecaster->forecast_many(state, view, origins, horizon, out);
        return;
    }
    for (size_t w = 0; w < origins.count; w++)
        forecaster->forecast(state, view, origins.first + w * origins.stride, horizon,
                             out + w * (size_t)horizon * (size_t)view->targets);
}

void fc_forecaster_forecast_many(const fc_forecaster *forecaster, const void *state, const ds_view *view,
                                 fc_origins origins, int horizon, double *out)
{
    const fc_local *local = state;
    const size_t targets = (size_t)local->targets, cells = origins.count * (size_t)horizon * targets;
    fc_scaled_view scaled;
    if (!local->lambda) {
        forecast_plain(forecaster, state, view, origins, horizon, out);
        return;
    }
    const bool fine = fc_scaled_view_make(&scaled, view, local->scale, local->lambda, NULL) == NN_OK;
    if (fine) {
        forecast_plain(forecaster, state, &scaled.view, origins, horizon, out);
        fc_scaled_view_clear(&scaled);
    }
    for (size_t c = 0; c < cells; c++) {
        out[c] = fine ? out[c] : local->level[c % targets];
        bring_back(local, (int)(c % targets), &out[c], 1);
    }
}

void fc_forecaster_forecast(const fc_forecaster *forecaster, const void *state, const ds_view *view,
                            size_t origin, int horizon, double *out)
{
    const fc_local *local = state;
    if (local->lambda)
        fc_forecaster_forecast_many(forecaster, state, view, (fc_origins){origin, 1, 1}, horizon, out);
    else
        forecaster->forecast(state, view, origin, horizon, out);
}

/* The outlook, on its scale; false without memory. */
static bool look_scaled(fc_scaled_view *scaled, const fc_local *local, fc_outlook *at)
{
    if (!local->lambda)
        return true;
    if (fc_scaled_view_make(scaled, at->view, local->scale, local->lambda, NULL))
        return false;
    at->view = &scaled->view;
    return true;
}

bool fc_forecaster_quantiles(const fc_forecaster *forecaster, const void *state, fc_outlook at,
                             const double *share, int shares, double *out)
{
    const fc_local *local = state;
    fc_scaled_view scaled = {0};
    const bool known = forecaster->quantiles && look_scaled(&scaled, local, &at) &&
                       forecaster->quantiles(state, at, share, shares, out);
    if (known && local->lambda)
        bring_back(local, at.k, out, (size_t)shares * (size_t)at.horizon);
    fc_scaled_view_clear(&scaled);
    return known;
}

bool fc_forecaster_paths(const fc_forecaster *forecaster, const void *state, fc_outlook at, uint64_t key,
                         int count, double *out)
{
    const fc_local *local = state;
    fc_scaled_view scaled = {0};
    const bool known = forecaster->paths && look_scaled(&scaled, local, &at) &&
                       forecaster->paths(state, at, key, count, out);
    if (known && local->lambda)
        bring_back(local, at.k, out, (size_t)count * (size_t)at.horizon);
    fc_scaled_view_clear(&scaled);
    return known;
}

/* --- in a model's file --- */

json_t *fc_forecaster_json(const void *state, const fc_forecaster *forecaster)
{
    json_t *object = json_object();
    fc_fields_write(object, fc_local_fields, state);
    if (forecaster->fields)
        fc_fields_write(object, forecaster->fields, state);
    if (forecaster->write)
        forecaster->write(object, state);
    return object;
}

int fc_forecaster_read(void **state, const fc_forecaster *forecaster, const json_t *object, const char *path,
                       nn_error *error)
{
    *state = calloc(1, forecaster->state_size);
    int code = *state ? fc_fields_read(fc_local_fields, *state, object, path, error) : nn_no_memory(error);
    if (!code && forecaster->fields)
        code = fc_fields_read(forecaster->fields, *state, object, path, error);
    if (!code && forecaster->read)
        code = forecaster->read(*state, object, path, error);
    if (!code && forecaster->check && forecaster->check(*state, error))
        code = nn_fail_within(error, "%s", path);
    return code;
}

void fc_forecaster_free(void *state, const fc_forecaster *forecaster)
{
    if (!state)
        return;
    if (forecaster->clear)
        forecaster->clear(state);
    if (forecaster->fields)
        fc_fields_clear(forecaster->fields, state);
    fc_fields_clear(fc_local_fields, state);
    free(state);
}
