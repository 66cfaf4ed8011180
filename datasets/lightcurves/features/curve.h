/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves band by band, as groups of features see them. */
#ifndef DS_FEATURE_CURVE_H
#define DS_FEATURE_CURVE_H

#include "datasets/lightcurves/features/group.h"

/* Room for the curves of one object; start from {0}. */
typedef struct ds_feature_curves {
    int room; /* points */
    double *block, *scratch;
    ds_feature_curve band[DS_BAND_LIMIT], all;
} ds_feature_curves;

/* Cuts the points by band; magnitudes: converts them and leaves out what has none. NN_FAILED: no memory. */
int ds_feature_curves_make(ds_feature_curves *curves, const ds_points *points, int bands, bool magnitudes,
                           nn_error *error);
void ds_feature_curves_clear(ds_feature_curves *curves);

#endif
