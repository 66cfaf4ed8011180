/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a group of features is made of. A new one is a file with its record, and a line in groups.inc. */
#ifndef DS_FEATURE_GROUP_H
#define DS_FEATURE_GROUP_H

#include "datasets/lightcurves/features/features.h"

/* Points of one band, or of all bands each less its median, in order of time; with what many groups need. */
typedef struct ds_feature_curve {
    int count;                          /* 0: none, and nothing else is set */
    const double *time, *value, *error; /* (count) days, and the object's scale */
    const double *sorted;               /* (count) values in rising order */
    double mean, deviation;             /* of count - 1 degrees of freedom; NaN of one point */
    double median;
    double weighted; /* mean with weights 1 / error^2 */
} ds_feature_curve;

enum { DS_FEATURE_SCRATCH = 9 };

typedef struct ds_feature_object {
    const ds_points *points; /* fluxes */
    const ds_bands *bands;
    const ds_feature_curve *band; /* (bands) */
    const ds_feature_curve *all;
    bool magnitudes;
    const uint8_t *all_band; /* (all.count) */
    double brightest;        /* the time of the point that is brightest by more than its error */
    double *scratch;         /* (DS_FEATURE_SCRATCH all points + 32) of the group that is at work */
    struct ds_spectrum *spectrum;
    const ds_feature_settings *settings;
} ds_feature_object;

/* What the features of a group are of: their names end so, and compute is called for each. */
typedef enum ds_feature_scope {
    DS_FEATURE_OF_OBJECT, /* "NAME", once */
    DS_FEATURE_OF_BAND,   /* "NAME_r", for each band a that has points */
    DS_FEATURE_OF_PAIR    /* "NAME_g_r", for each pair a < b of bands that have points */
} ds_feature_scope;

struct ds_feature_group {
    const char *name;
    const char *summary; /* one line, for lists */
    const char *source;  /* where its definitions come from */
    bool on_request;     /* none of "all": named only */
    ds_feature_scope scope;
    const char *const *names; /* ends with NULL */
    /* out has a place for each name, NaN at first; what is not finite becomes NaN. a and b: as the scope says
     * it. NN_FAILED: no memory. */
    int (*compute)(const ds_feature_object *object, int a, int b, double *out, nn_error *error);
};

#define GROUP(name) extern const ds_feature_group ds_feature_##name;
#include "datasets/lightcurves/features/groups.inc"
#undef GROUP

/* The quantile at p of values in rising order: position n p - 1/2, as of Hyndman & Fan's type 5, which is
 * what other programs for light curves take. */
double ds_feature_quantile(const ds_feature_curve *curve, double p);

#endif
