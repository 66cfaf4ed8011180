/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How large errors get beside their expected size: the quantiles of |error| / size over the rolling origins
 * of all series together, by thirds of the horizon (split conformal prediction: Vovk, Gammerman & Shafer
 * 2005), where there are few leaning on Student's t with five degrees of freedom. */
#ifndef FC_SURPRISE_H
#define FC_SURPRISE_H

#include <stdbool.h>
#include <stddef.h>

enum { FC_THIRDS = 3, FC_SHARES = 200 };

/* quantile[third][i]: no more than a share of (i + 1) / (FC_SHARES + 1) is below. */
typedef struct fc_surprise {
    double quantile[FC_THIRDS * FC_SHARES];
} fc_surprise;

/* What was seen, in the making. */
typedef struct fc_surprises {
    double *value[FC_THIRDS]; /* owned */
    size_t count[FC_THIRDS], room[FC_THIRDS];
    size_t origins[FC_THIRDS]; /* of all series together; their errors are much alike within one */
} fc_surprises;

/* Adds the errors of one origin (horizon; NaN is left out). False without memory. */
bool fc_surprises_add(fc_surprises *seen, const double *errors, int horizon);
void fc_surprises_clear(fc_surprises *seen);

/* Puts the values in order. */
void fc_surprise_learn(fc_surprise *surprise, fc_surprises *seen);
/* Half the width, in sizes, of an interval that holds a share of `level` at a step (from 1) of a horizon;
 * beyond it that of its last third. */
double fc_surprise_at(const fc_surprise *surprise, double level, int step, int horizon);

#endif
