/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a kind that forecasts the columns of a table is made of. */
#ifndef FC_SERIES_NETWORK_H
#define FC_SERIES_NETWORK_H

#include "forecast/model.h"

/* What the network is given of a batch of windows, and its sizes. */
typedef struct fc_series_inputs {
    fc_sizes sizes;
    nn_tensor *series;        /* (B,L,N) scaled values */
    nn_tensor *time_features; /* (B,L,F); NULL when F is 0 */
    nn_tensor *known;         /* (B,L+H,N) scaled values of look-back and horizon of columns that are known
                                 beforehand, 0 in the others; NULL: there are none */
    int cycle;                /* rows of a cycle that is learnt apart; 0: none is */
    nn_tensor *phase;         /* (B,1) the place in it of the first row; NULL: there is no cycle */
    nn_tensor *base;          /* (B,H,N) a scaled forecast that the network adds to; NULL: there is none */
} fc_series_inputs;

/* Settings of what stands around a network. */
typedef struct fc_frame_settings {
    int cycle; /* rows; 0: none, -1: the season */
    int base;  /* FC_BASE_LINEAR: what the forecaster linear leaves is learnt */
} fc_frame_settings;

typedef struct fc_series_network {
    bool knows; /* it goes by columns that are known beforehand */
    /* Whether the weights depend on the number of columns with these settings, although those of the kind
     * need not; NULL: they do not. */
    bool (*fixed)(const void *config);
    const fc_frame_settings *(*frame)(const void *config);
    const char
        *last; /* the parameters' name of the linear map whose output it is, up to what the frame does */
    /* Composes the model on a plan: (B,L,N) -> (B,H,N). Parameters get their published names. */
    nn_tensor *(*build)(nn_plan *plan, const void *config, const fc_series_inputs *inputs);
} fc_series_network;

#endif
