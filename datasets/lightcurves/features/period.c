/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The period of a variable star. */
#include "datasets/lightcurves/features/group.h"
#include "datasets/lightcurves/period/periodogram.h"

static const char *const names[] = {"period", "period_power", NULL};

static int compute(const ds_feature_object *object, int a, int b, double *out, nn_error *error)
{
    (void)a, (void)b;
    const ds_feature_curve *all = object->all;
    const ds_period_points points = {all->time, all->value, all->error, NULL, all->count};
    const double shortest = object->settings->shortest > 0 ? object->settings->shortest : 0.05;
    ds_period best;
    const int code = ds_periodogram_load(object->periodogram, &points, error);
    if (code)
        return code;
    ds_periodogram_search(object->periodogram, shortest, &best);
    out[0] = best.period;
    out[1] = best.power;
    return NN_OK;
}

const ds_feature_group ds_feature_period = {
    .name = "period",
    .summary = "the best period and its power",
    .source = "Zechmeister & Kuerster 2009 (doi 10.1051/0004-6361:200811296)",
    .scope = DS_FEATURE_OF_OBJECT,
    .names = names,
    .compute = compute,
};
