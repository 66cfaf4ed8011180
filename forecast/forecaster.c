/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all forecasters without a network share: the level and spread of each target in the training part. */
#include "forecast/forecaster.h"

#include <math.h>
#include <stdlib.h>

static size_t targets_of(const void *state)
{
    return (size_t)((const fc_local *)state)->targets;
}

const nn_option fc_no_options[] = {{0}};

#define LOCAL(name) offsetof(fc_local, name)
const fc_field fc_local_fields[] = {
    {"targets", FC_NUMBER, FC_HERE, LOCAL(targets), .least = 1, .most = 1000000},
    {"horizon", FC_NUMBER, FC_HERE, LOCAL(horizon), .least = 1, .most = 1000000},
    {"season", FC_NUMBER, FC_HERE, LOCAL(season), .least = 1, .most = 100000000},
    {"level", FC_REAL, FC_MANY, LOCAL(level), .count = targets_of},
    {"spread", FC_REAL, FC_MANY | FC_POSITIVE, LOCAL(spread), .count = targets_of},
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
                        .rolls = rolls,
                        .seen = train.end,
                        .pool = pool};
    local->level = calloc((size_t)view->targets + 1, sizeof *local->level);
    local->spread = calloc((size_t)view->targets + 1, sizeof *local->spread);
    int code = local->level && local->spread ? fit_levels(local, view, train, error) : nn_no_memory(error);
    if (!code && forecaster->fit)
        code = forecaster->fit(local, config, view, train, error);
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

int fc_forecaster_roll(void **state, const fc_forecaster *forecaster, const void *config, const ds_view *view,
                       ds_part train, int horizon, int season, nn_pool *pool, nn_error *error)
{
    fc_local *local = *state;
    if (local && forecaster->refit && train.end <= 2 * local->seen) {
        local->pool = pool;
        const int code = forecaster->refit(local, view, train, error);
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
