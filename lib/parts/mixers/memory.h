/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the two rules of the mixer memory share. */
#ifndef NN_MEMORY_MIXER_H
#define NN_MEMORY_MIXER_H

#include "lib/parts/block.h"
#include "lib/parts/mixers/deep_memory.h"

typedef enum nn_memory_rule { NN_MEMORY_DELTA, NN_MEMORY_ATLAS } nn_memory_rule;

typedef struct nn_memory_settings {
    nn_heads heads; /* of the Delta rule */
    int rule;       /* nn_memory_rule */
    /* of ATLAS */
    int window, key, hidden;
    nn_deep_rule learning;
} nn_memory_settings;

/* The tokens of each window are told from what the memory made of the windows before; then it learns their
 * keys, which are their queries, and values, which are the tokens. */
nn_tensor *nn_memory_atlas(nn_plan *plan, const char *name, const nn_block *block,
                           const nn_memory_settings *settings, nn_tensor *x);

#endif
