/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all forecasters without a network share: the level and spread of each target in the training part. */
#include "forecast/forecaster.h"

#include <math.h>
#include <stdlib.h>

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

int fc_forecaster_fit(void **out, const fc_forecaster *forecaster, const void *config, const ds_view *view,
                      ds_part train, int horizon, int season, nn_error *error)
{
    *out = NULL;
    fc_local *local = calloc(1, forecaster->state_size);
    if (!local)
        return nn_no_memory(error);
    season = season > 0 ? season : ds_frequency_season(view->table->frequency);
    *local = (fc_local){.targets = view->targets, .horizon = horizon, .season = season > 0 ? season : 1};
    local->level = calloc(2 * (size_t)view->targets + 1, sizeof *local->level);
    int code = local->level ? NN_OK : nn_no_memory(error);
    if (!code) {
        local->spread = local->level + view->targets;
        code = fit_levels(local, view, train, error);
    }
    if (!code && forecaster->fit)
        code = forecaster->fit(local, config, view, train, error);
    if (code)
        fc_forecaster_free(local, forecaster);
    else
        *out = local;
    return code;
}

void fc_forecaster_free(void *state, const fc_forecaster *forecaster)
{
    if (!state)
        return;
    if (forecaster->clear)
        forecaster->clear(state);
    free(((fc_local *)state)->level);
    free(state);
}
