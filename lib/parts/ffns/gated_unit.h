/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the gated feed-forwards share: y = project(act(gate x) * value x) (Shazeer 2020, arXiv
 * 2002.05202, eq. 6, which has no biases). */
#ifndef NN_GATED_UNIT_H
#define NN_GATED_UNIT_H

#include "lib/parts/block.h"

typedef struct nn_gated_unit {
    int hidden, bias;
} nn_gated_unit;

#define NN_GATED_OPTIONS                                                                                     \
    {"hidden",                                                                                               \
     0,                                                                                                      \
     NN_INT,                                                                                                 \
     offsetof(nn_gated_unit, hidden),                                                                        \
     "0",                                                                                                    \
     "N",                                                                                                    \
     0,                                                                                                      \
     262144,                                                                                                 \
     "hidden units; 0: two thirds of the model's, to a multiple of 8, which are as many weights"},           \
    {                                                                                                        \
        "bias", 0, NN_INT, offsetof(nn_gated_unit, bias), "0", "0|1", 0, 1, "1: the maps have biases"        \
    }

/* Hidden units at equal weights: three maps in place of two. */
static inline int nn_gated_hidden(const nn_block *block, const void *settings)
{
    const nn_gated_unit *own = settings;
    const int share = (2 * block->hidden / 3 + 4) / 8 * 8;
    return own && own->hidden ? own->hidden : share > 0 ? share : 8;
}

/* act is applied to the gate: an operation that maps each element. */
static inline nn_tensor *nn_gated_build(nn_plan *plan, const char *name, const nn_block *block,
                                        const void *settings, nn_tensor *x,
                                        nn_tensor *(*act)(nn_plan *plan, nn_tensor *x))
{
    const nn_linear_options plain = {.no_bias = !settings || !((const nn_gated_unit *)settings)->bias};
    const int hidden = nn_gated_hidden(block, settings);
    nn_tensor *gate = act(plan, nn_linear_with(plan, nn_name(plan, "%s.ffn.gate", name), x, hidden, plain)),
              *value = nn_linear_with(plan, nn_name(plan, "%s.ffn.value", name), x, hidden, plain);
    nn_tensor *h = nn_dropout(plan, nn_multiply(plan, gate, value), nn_block_inner_dropout(block));
    return nn_linear_with(plan, nn_name(plan, "%s.ffn.project", name), h, x->shape[x->rank - 1], plain);
}

#endif
