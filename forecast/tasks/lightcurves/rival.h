/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The companion of a network that classifies light curves: a forest on features of the same objects, which
 * the network has to beat, and which may be a part of its answers. */
#ifndef FC_LIGHT_RIVAL_H
#define FC_LIGHT_RIVAL_H

#include "forecast/tasks/lightcurves/lightcurves.h"
#include "forecast/trees/forest.h"

/* How a model and its companion are called in tables: "t2", "forest"; where they are mixed "t2 + forest", and
 * "t2 alone" what it was. */
typedef struct fc_rival_naming {
    char model[48], alone[48];
    const char *rival; /* "forest"; NULL: there is none */
} fc_rival_naming;
void fc_rival_name_both(const fc_classifier *model, fc_rival_naming *names);

/* The forest of a model that grows one, borrowed. */
fc_grown_forest fc_classifier_forest(const fc_classifier *model);
/* What it says of features (of its sight) with extras, at its temperature. x has room for its tokens' width.
 */
void fc_rival_call(const fc_classifier *rival, const float *features, const double *extras, nn_real *x,
                   double *p);

#endif
