/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a model's forecasts go wrong, as its file keeps it: for each target and group of steps the size of
 * its errors, and their quantiles in such sizes (split conformal prediction on rolling origins: Vovk,
 * Gammerman & Shafer 2005). Where origins are few, targets lean on each other, and all on Student's t. */
#ifndef FC_SPREAD_H
#define FC_SPREAD_H

#include "forecast/errors/residuals.h"
#include "forecast/files/fields.h"

enum { FC_SPREAD_SHARES = 33 };

typedef struct fc_spread {
    int targets, horizon, groups;
    int tables;       /* of quantiles: one for each target, or one for all */
    int *last;        /* groups: their last steps, rising to the horizon; owned */
    double growth;    /* errors grow as this power of the step, beside the sizes */
    double *size;     /* targets x groups, per step to the power of growth; NaN: not known; owned */
    double *quantile; /* tables x groups x FC_SPREAD_SHARES; owned */
    bool logs;        /* of logarithms: forecasts are multiplied */
    int origins;      /* that it was learnt from */
} fc_spread;
extern const fc_field fc_spread_fields[];
int fc_spread_check(const fc_spread *spread, nn_error *error);

/* malloced, for fc_spread_free. */
int fc_spread_learn(fc_spread **spread, const fc_residuals *residuals, nn_error *error);
/* What is to be added to the forecast of target k, `step` steps (from 1) ahead, so that a share of what may
 * come lies below; NaN: not known. Beyond the horizon errors grow as the root of the step. */
double fc_spread_offset(const fc_spread *spread, int k, int step, double share);
/* The same, put on the forecast. */
double fc_spread_put(const fc_spread *spread, int k, int step, double share, double forecast);
/* About the size of errors there. */
double fc_spread_size(const fc_spread *spread, int k, int step);
/* NULL is allowed. */
void fc_spread_free(fc_spread *spread);

#endif
