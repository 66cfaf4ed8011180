/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which intervals and quantiles are scored, and what their scores are called. */
#ifndef FC_INTERVAL_SET_H
#define FC_INTERVAL_SET_H

#include "forecast/metric.h"
#include "lib/base/options.h"

enum {
    FC_MOST_LEVELS = 6,
    FC_MOST_QUANTILES = 16,
    FC_GRID = 19, /* quantiles that the CRPS is made of: .05, .1, ... */
    FC_MOST_SHARES = FC_GRID + 2 * FC_MOST_LEVELS + FC_MOST_QUANTILES,
    FC_INTERVAL_VALUES = 2 + 3 * FC_MOST_LEVELS + 2 * FC_MOST_QUANTILES,
    FC_INTERVAL_PARTS = 3 /* of the horizon */
};

/* Means over all values scored, in the order of the set's metrics. */
typedef struct fc_interval_scores {
    double value[FC_INTERVAL_VALUES];
} fc_interval_scores;

typedef struct fc_interval_set {
    int shares, levels, quantiles;
    double share[FC_MOST_SHARES]; /* rising; what follows are indices into it */
    int grid[FC_GRID], low[FC_MOST_LEVELS], high[FC_MOST_LEVELS], quantile[FC_MOST_QUANTILES];
    double level[FC_MOST_LEVELS]; /* 0 to 1 */
    int values;                   /* scores; an empty set has none */
    fc_metric metric[FC_INTERVAL_VALUES + 1];
    char part[FC_INTERVAL_PARTS][24]; /* names of the parts of the horizon, once they are known */
    const char *parts[FC_INTERVAL_PARTS];
    char key[FC_INTERVAL_VALUES][24], heading[FC_INTERVAL_VALUES][24];
} fc_interval_set;

/* As options. */
typedef struct fc_interval_wish {
    char *level, *quantiles; /* lists */
} fc_interval_wish;
extern const nn_option fc_interval_options[];

/* Of the lists of --level and --quantiles, see fc_bands_parse; NULL: none. NN_USAGE for lists that are none.
 * The set must stay where it is: its metrics point into it. */
int fc_interval_set_make(fc_interval_set *set, const fc_interval_wish *wish, nn_error *error);
/* Adds to `sum` what a truth that differs from its forecast by `error` scores, the quantiles being
 * offset[shares] from the forecast. */
void fc_interval_set_add(const fc_interval_set *set, double *sum, const double *offset, double error);
/* Names the parts of a horizon: "1-32". */
void fc_interval_set_parts(fc_interval_set *set, int horizon);
/* The part of a step, from 0. */
static inline int fc_interval_part(int step, int horizon)
{
    const int part = step * FC_INTERVAL_PARTS / horizon;
    return part < FC_INTERVAL_PARTS ? part : FC_INTERVAL_PARTS - 1;
}

#endif
