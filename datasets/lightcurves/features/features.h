/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Features: numbers that describe a light curve, for classifiers that take a row per object. They come in
 * groups (groups.inc), each described by a record in a file of its own; docs/light-curves.md has the formulas
 * and their sources. */
#ifndef DS_FEATURES_H
#define DS_FEATURES_H

#include "datasets/lightcurves/lightcurve.h"

/* What values the features are of. */
typedef enum ds_feature_scale {
    DS_SCALE_AUTO,     /* what ds_features_scale says of each object */
    DS_SCALE_FLUX,     /* FLUXCAL */
    DS_SCALE_MAGNITUDE /* 27.5 - 2.5 log10 flux; points whose flux is not positive are left out */
} ds_feature_scale;

typedef struct ds_feature_settings {
    const ds_bands *bands; /* copied; points' bands are indices into it */
    const char *groups; /* names of groups, comma separated; "all" and NULL: those that come unasked. Columns
                           are in the order of groups.inc */
    ds_feature_scale scale;
    double shortest, longest; /* periods looked for, days; 0: as ds_light_period_settings has them */
} ds_feature_settings;

/* Workspace of one thread at a time. It grows to the largest object seen and then allocates no more. */
typedef struct ds_features ds_features;
/* NULL and the reason: no memory, or NN_USAGE where a group is none of groups.inc. */
ds_features *ds_features_new(const ds_feature_settings *settings, nn_error *error);
void ds_features_free(ds_features *self); /* NULL is allowed */

/* Depend on the settings alone. Names are unique: "skew_r" of a band, "colour_median_g_r" of a pair of bands,
 * "period" of the whole object. */
int ds_features_count(const ds_features *self);
const char *ds_features_name(const ds_features *self, int n);  /* 0 to count - 1 */
const char *ds_features_group(const ds_features *self, int n); /* the name of its group */

/* out (count): NaN where a feature is unknown, as with too few points; never infinite. Points are in order of
 * time, any number of them; their detected is not looked at. NN_FAILED: no memory. */
int ds_features_compute(ds_features *self, const ds_points *points, double *out, nn_error *error);

/* The scale that suits an object: magnitudes where at least 98 % of its fluxes are positive and half of them
 * are five errors or more, as of variable stars; else fluxes, as of difference photometry. */
ds_feature_scale ds_features_scale(const ds_points *points);

/* The points in a scale, as `flux` and `error` of values, whose room grows where it must; *magnitudes: which
 * it is. Points without a magnitude are then left out. NN_FAILED: no memory. */
int ds_features_values(ds_points *values, const ds_points *points, ds_feature_scale scale, bool *magnitudes,
                       nn_error *error);

/* The groups there are, for lists: the record of group n, NULL behind the last. */
typedef struct ds_feature_group ds_feature_group;
const ds_feature_group *ds_feature_group_at(int n);
const char *ds_feature_group_name(const ds_feature_group *group);
const char *ds_feature_group_summary(const ds_feature_group *group);
bool ds_feature_group_on_request(const ds_feature_group *group); /* where it is named only */

#endif
