/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The place in a cycle, and the forecast of another forecaster, that networks of tables are given. */
#include "forecast/tasks/series/around.h"

#include "datasets/time/calendar.h"
#include "forecast/request.h"
#include "forecast/tasks/series/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char base_name[] = "linear"; /* the kind whose forecasts a network may add to */

static const fc_series_network *network_of(const fc_model *model)
{
    return model->kind->task == &fc_series_task ? model->kind->network : NULL;
}

fc_frame_settings fc_series_frame(const fc_model *model)
{
    const fc_series_network *network = network_of(model);
    return network && network->frame && model->config ? *network->frame(model->config)
                                                      : (fc_frame_settings){0};
}

bool fc_series_any_variates(const fc_model *model)
{
    const fc_series_network *network = network_of(model);
    return model->kind->any_variates && !(network && network->fixed && network->fixed(model->config));
}

const fc_forecaster *fc_series_base(const fc_model *model)
{
    return fc_series_frame(model).base == FC_BASE_LINEAR ? fc_kind_find(base_name)->forecaster : NULL;
}

int fc_series_base_fit(fc_model *model, const ds_view *view, const fc_request *request, nn_error *error)
{
    const fc_forecaster *base = fc_series_base(model);
    if (!base || (request->goes_on && model->state)) /* the weights go by it */
        return NN_OK;
    const fc_kind *kind = fc_kind_find(base_name);
    nn_pool *own = NULL;
    void *config = calloc(1, kind->config_size);
    int code = config ? nn_options_default(kind->options, config, error) : nn_no_memory(error);
    if (!code && !request->pool)
        code = nn_pool_new(&own, request->threads, error);
    fc_forecaster_free(model->state, base);
    model->state = NULL;
    if (!code)
        code =
            fc_forecaster_fit_once(&model->state, request->base, base, config, view, request->split->train,
                                   model->horizon, fc_model_season(model), own ? own : request->pool, error);
    nn_pool_free(own);
    if (config)
        nn_options_clear(kind->options, config);
    free(config);
    return code;
}

int fc_series_phase(const fc_model *model, ds_time time)
{
    return (int)ds_floor_mod(ds_time_steps(model->frequency, 0, time), fc_series_frame(model).cycle);
}

int fc_series_start(fc_model *model, fc_lesson *lesson, nn_error *error)
{
    const fc_series_network *network = network_of(model);
    (void)lesson, (void)error;
    if (model->state)
        nn_params_silence(model->params, network->last);
    return NN_OK;
}
