/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks drawn at random from the parts that there are: mixers (of layers apart too), feed-forwards,
 * layouts, residuals, norms and whatever else a kind takes as a part, with settings of theirs. */
#ifndef FC_SPACE_H
#define FC_SPACE_H

#include "forecast/search/sizing.h"

typedef struct fc_space {
    const fc_request *request; /* what the network is for, with the settings that candidates start from */
    size_t parameters;         /* each has so many, give or take FC_SPACE_TOLERANCE */
    double most_macs;          /* of one sample */
    uint64_t seed;
} fc_space;
#define FC_SPACE_TOLERANCE 0.03

/* Why draws became no candidate. */
typedef struct fc_refusals {
    int parts;      /* do not suit the tokens or each other */
    int parameters; /* no width has so many */
    int macs;       /* take more */
    int twice;      /* were there already */
} fc_refusals;

typedef struct fc_candidate {
    void *config; /* owned: of the kind's options */
    char *parts;  /* owned: "--mixer pool:k=5 --layout pre", what is not as the request has it; "" */
    fc_cost cost;
} fc_candidate;

/* The parts that a network of the kind is made of, "mixer, ffn, layout", for messages. False: it has none. */
bool fc_space_has_parts(const fc_kind *kind);

/* The settings of the request themselves. */
int fc_candidate_given(fc_candidate *candidate, const fc_space *space, nn_error *error);
/* The next one that the limits allow and that is none of `count` others; *draw counts up, and the same seed
 * gives the same list. NN_USAGE where many draws give none. */
int fc_candidate_draw(fc_candidate *candidate, const fc_space *space, const fc_candidate *others, int count,
                      uint64_t *draw, fc_refusals *refusals, nn_error *error);
void fc_candidate_clear(fc_candidate *candidate, const fc_kind *kind);

#endif
