/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves in the scale that suits them. */
#include "datasets/lightcurves/features/features.h"
#include "datasets/lightcurves/magnitude.h"

int ds_features_values(ds_points *values, const ds_points *p, ds_feature_scale scale, bool *magnitudes,
                       nn_error *error)
{
    if (scale == DS_SCALE_AUTO)
        scale = ds_features_scale(p);
    *magnitudes = scale == DS_SCALE_MAGNITUDE;
    const int code = ds_points_reserve(values, p->count, error);
    for (int i = 0; i < p->count && !code; i++) {
        if (*magnitudes && !(p->flux[i] > 0))
            continue;
        const int at = values->count++;
        values->time[at] = p->time[i];
        values->flux[at] = *magnitudes ? ds_magnitude(p->flux[i]) : p->flux[i];
        values->error[at] = *magnitudes ? ds_magnitude_error(p->flux[i], p->error[i]) : p->error[i];
        values->band[at] = p->band[i];
        values->detected[at] = p->detected[i];
    }
    return code;
}
