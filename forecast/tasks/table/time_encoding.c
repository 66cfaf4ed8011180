/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a model is told the time of a row: as features of the calendar, or as numbers to learn from. */
#include "forecast/tasks/table/time_encoding.h"

#include <string.h>

bool fc_time_is_learned(const char *set)
{
    return strcmp(set, "t2v") == 0;
}

int fc_time_inputs(const char *set)
{
    return fc_time_is_learned(set) ? 1 : ds_time_features_count(set);
}

int fc_time_channels(const char *set)
{
    return fc_time_is_learned(set) ? 1 + FC_TIME_SINES : ds_time_features_count(set);
}

nn_tensor *fc_time_encode(nn_plan *plan, const fc_model *model, nn_tensor *inputs)
{
    if (!fc_time_is_learned(model->features))
        return inputs;
    /* A sine may turn by up to 1 radian a row at first. */
    return nn_time2vec(plan, "time", inputs,
                       (nn_time2vec_options){.form = NN_TIME2VEC_FEATURE,
                                             .waves = FC_TIME_SINES,
                                             .bound = (double)model->lookback});
}

nn_real fc_time_input(const fc_model *model, ds_time time, ds_time last)
{
    const double step = (double)ds_frequency_length(model->frequency);
    return (nn_real)((double)(time - last) / (step > 0 ? step : 1) / (double)model->lookback);
}
