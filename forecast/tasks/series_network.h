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
} fc_series_inputs;

typedef struct fc_series_network {
    bool knows; /* it goes by columns that are known beforehand */
    /* Composes the model on a plan: (B,L,N) -> (B,H,N). Parameters get their published names. */
    nn_tensor *(*build)(nn_plan *plan, const void *config, const fc_series_inputs *inputs);
} fc_series_network;

#endif
