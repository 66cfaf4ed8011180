/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which tokens made a classifier say what it said: class activation maps (Zhou et al. 2016, arXiv 1512.04150,
 * as in t2's paper, section 4.3). */
#ifndef FC_CLASS_EXPLAIN_H
#define FC_CLASS_EXPLAIN_H

#include "forecast/tasks/lightcurves/run.h"

typedef struct fc_explanation {
    int tokens, classes;
    int curve_tokens; /* the first ones are of the light curve; the others of redshift and error */
    double *day;      /* (curve_tokens): days since the first kept point */
    double *map;   /* (tokens, classes): h_t w_c; the mean over tokens and the bias give the logit exactly */
    double *share; /* (tokens, classes): per class the map from its least (0) on, divided by the sum */
    double *bias, *logit, *probability; /* (classes) */
} fc_explanation;

/* Of a slot that is ready and has been run. */
int fc_explain(fc_explanation *explanation, fc_classifier *model, const fc_slot *slot, nn_error *error);
void fc_explanation_clear(fc_explanation *explanation);

/* The time of token t of an object's light curve, days since the first kept point. */
double fc_token_day(const fc_classifier *model, const fc_slot *slot, int t);

#endif
