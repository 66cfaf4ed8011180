/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multi-head attention with query, key, value and output projections (Vaswani et al. 2017, eq. 1). */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    nn_projected p;
    if (!nn_block_project(plan, name, block, settings, x, memory, &p))
        return NULL;
    nn_tensor *y = nn_block_attend(plan, block, &p);
    return nn_block_output(plan, name, block, x, memory, y);
}

static const nn_option options[] = {NN_HEADS_OPTIONS, {0}};

const nn_mixer_kind nn_mixer_softmax = {
    {"softmax", "multi-head attention (Vaswani et al. 2017, arXiv 1706.03762)", "4d^2 + 2Nd",
     NN_PART_CROSS | NN_PART_CAUSAL | NN_PART_MAP | NN_PART_BIAS | NN_PART_QUERIES, options,
     sizeof(nn_heads)},
    .build = build};
