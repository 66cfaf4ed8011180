/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights rearranged for matrix products, kept beside the parameters that they are made of: every plan that
 * infers from the same parameters finds them there, so that they are rearranged once for all passes. */
#ifndef NN_KEPT_H
#define NN_KEPT_H

#include "lib/params.h"

/* One weight, or several that lie one after another, in one layout. */
typedef struct nn_kept nn_kept;

typedef struct nn_kept_key {
    size_t weight, count;   /* where the weights begin among the parameters, and how many there are */
    int in, out, maps;      /* of maps (in,out) each */
    bool by_columns;        /* stored (in,out) */
    nn_precision precision; /* of the rearranged ones */
    bool split;             /* they are split floats (nn_pack) */
} nn_kept_key;

/* What is kept by that key, with memory for so many bytes, added when it is new; NULL when memory is short.
 * The weights are compared with those that it was made of, by a hash. The parameters own it. Several threads
 * may ask. */
nn_kept *nn_kept_of(nn_params *params, const nn_kept_key *key, size_t bytes);
/* What make(context, to) writes from the parameters, which runs when they have changed since the last time,
 * or never ran: nn_params_changed, nn_kept_of. Several threads may ask. */
const void *nn_kept_ready(nn_params *params, nn_kept *kept, void (*make)(const void *context, void *to),
                          const void *context);

#endif
