/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the two forms of t2 share: what comes after their embeddings (arXiv 2105.06178, section 3). */
#ifndef FC_T2_H
#define FC_T2_H

#include "forecast/models/parts.h"
#include "forecast/tasks/lightcurves/network.h"

typedef struct fc_t2_body {
    int heads, d_ff, layers;
    double dropout;      /* within the blocks */
    double pool_dropout; /* before the classes */
    const fc_parts *parts;
    nn_tensor *late; /* (B,F): joined through a dense layer to what is pooled; NULL: nothing is */
    bool own_tokens; /* each is one of the light curve's or of redshift, none made of several */
} fc_t2_body;

/* NN_USAGE: late features do not go with parts of light curves. */
int fc_late_refuse(nn_error *error);

/* Embedded tokens (B,T,d), or ragged (S,d), through the encoder blocks and the pooling to the classes. */
fc_class_network fc_t2_network(nn_plan *plan, const fc_t2_body *body, nn_tensor *tokens, int classes);

#endif
