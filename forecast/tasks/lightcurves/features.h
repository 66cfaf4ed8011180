/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a sight of points measures of an object before the network sees it. */
#ifndef FC_CLASS_MEASURE_H
#define FC_CLASS_MEASURE_H

#include "datasets/lightcurves/lightcurve.h"
#include "datasets/lightcurves/period/periodogram.h"
#include "forecast/tasks/lightcurves/network.h"

/* phase = (time - zero) / period, flux = (flux - shift) / scale; 0 and 1 where the sight asks for neither. */
typedef struct fc_measures {
    double zero, period, shift, scale;
    float numbers[FC_FOLD_MEASURES + FC_OWN_MEASURES]; /* as fc_classifier's measures come */
    int count;
} fc_measures;

/* scratch: one per point. An object without a period has the period 1 day and its power 0. NN_FAILED: no
 * memory. */
int fc_measure(fc_measures *measures, const fc_sight_settings *sight, ds_periodogram *periodogram,
               const ds_points *points, double *scratch, nn_error *error);

#endif
