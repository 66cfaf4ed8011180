/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a kind that classifies light curves is made of. */
#ifndef FC_LIGHTCURVES_NETWORK_H
#define FC_LIGHTCURVES_NETWORK_H

#include "forecast/model.h"
#include "forecast/trees/rows.h"

/* How redshifts and other numbers of an object as a whole reach the network. */
typedef enum fc_extras_form {
    FC_EXTRAS_TOKENS,    /* one token each, its number in every channel */
    FC_EXTRAS_PUBLISHED, /* as many tokens, each with all numbers in turn over the channels: the released t2
                          */
    FC_EXTRAS_CHANNELS,  /* one channel each, its number at every token */
    FC_EXTRAS_NONE       /* not at all */
} fc_extras_form;

typedef enum fc_flux_form {
    FC_FLUX_PLAIN, /* the flux itself, scaled per band */
    FC_FLUX_ASINH, /* asinh(flux / typical error), scaled per band: linear in the noise, logarithmic above */
    FC_FLUX_OWN    /* points: the flux less the object's median, over its standard deviation */
} fc_flux_form;

typedef enum fc_time_form {
    FC_TIME_TRIGGER, /* equal steps of days around the first detection */
    FC_TIME_SPAN     /* equal steps from the first to the last point: the paper's */
} fc_time_form;

#define FC_TIME_UNIT     100.0 /* days */
#define FC_LATE_SHORTEST 0.05  /* days: the shortest period of features beside a sight, as forests have it */

/* What a sight of points measures of an object as a whole; beside every point. */
enum {
    FC_FOLD_MEASURES = 2, /* of folded time: decimal logarithm of the period in days; its power, 0 to 1 */
    FC_OWN_MEASURES = 1   /* of FC_FLUX_OWN: decimal logarithm of deviation over |median| */
};

enum { FC_MOST_POINTS = 4096 };

/* What a kind makes of an object before the network. */
typedef struct fc_sight_settings {
    bool features; /* an object is one row of features (datasets/lightcurves/features), of such groups, of all
                      where that is NULL */
    const char *groups; /* borrowed */
    bool points;        /* the points themselves rather than a Gaussian process' grid */
    int grid;           /* times of the grid; with points: the most points of an object */
    bool variance;      /* a second channel per band: the deviation of the process */
    bool fixed;         /* the process keeps the length and variance that its fit would start from */
    double length;      /* days, at the start of the fit */
    double window;      /* days kept before the first and after the last detection */
    fc_time_form time;
    double before, after; /* days around the first detection that the grid covers */
    bool fold;            /* points: time is the phase of the best period, from the sinusoid's maximum */
    double shortest;      /* days: the shortest period that is looked for */
    fc_flux_form flux;
    fc_extras_form extras;
    bool late;   /* not of features: scaled features of the object are joined to what is pooled */
    double drop; /* points: share of the samples of an epoch that show only a part of their points */
} fc_sight_settings;

/* Entries of the arrays of a forest (lib/kernels/forest.h), which its growth tells; at least 1 each. */
typedef struct fc_forest_size {
    int nodes, leaves;
} fc_forest_size;

/* What the network is given of a batch, and its sizes. Of a sight of features the tokens are (B,2,M): the
 * features themselves, NaN where one is unknown; and scaled and cut to +-5, 0 where unknown. */
typedef struct fc_class_inputs {
    nn_tensor *tokens;     /* (B,T,M), or ragged (S,M): extras are in it */
    nn_tensor *late;       /* (B,F): features of the object, scaled and cut to +-5, 0 where unknown; NULL:
                              the sight is not of them */
    fc_forest_size forest; /* of kinds that grow one */
    int time_column;       /* of ragged tokens: FC_TIME_UNIT days since the first point, or the phase */
    int classes;
} fc_class_inputs;

typedef struct fc_class_network {
    nn_tensor *logits; /* (B,C) */
    nn_tensor *pooled; /* (B,d): what the logits are a linear map of */
    nn_tensor *tokens; /* (B,T,d) or (S,d), one of each of the inputs' tokens: what pooled is the mean of;
                          NULL: it is of something else */
} fc_class_network;

typedef struct fc_lightcurves_network {
    void (*sight)(const void *config, fc_sight_settings *settings);
    fc_class_network (*build)(nn_plan *plan, const void *config, const fc_class_inputs *inputs);
    /* The forest "forest" of a sight of features, which is grown in one go; NULL: it is trained by gradients.
     */
    void (*forest)(const void *config, fc_forest_settings *settings);
} fc_lightcurves_network;

#endif
