/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One network of two with the same settings, trained apart: the columns of the tokens, the heads, the columns
 * within them and the hidden units of the first are matched to the second's by what they make of the same
 * samples (forecast/compress/transport.h), and the weights are mixed. Queries and keys go by one map, so that
 * their products stay. */
#ifndef FC_FUSE_H
#define FC_FUSE_H

#include "forecast/compress/trial.h"

typedef struct fc_fusing {
    double regularisation; /* 0: the best matching itself */
    double share;          /* of the second network in the weights */
    size_t samples;        /* training samples that both see, at most */
} fc_fusing;

/* Parameters of the second's shapes. Both trials are of the same data. NN_USAGE for networks with other
 * settings than each other, and for mixers whose heads are not understood. */
int fc_fuse(nn_params **params, const fc_trial *first, const fc_trial *second, const fc_fusing *how,
            nn_error *error);

#endif
