/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A learned row for each place (Gehring et al. 2017, arXiv 1705.03122). */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const void *settings, nn_tensor *x,
                        const nn_places *places)
{
    (void)settings, (void)places;
    return nn_add_embedding(plan, name, x);
}

const nn_position_kind nn_position_learned = {
    {"learned", "a learned row for each place (Gehring et al. 2017, arXiv 1705.03122)", "d",
     NN_PART_ORDER | NN_PART_FIXED, NULL, 0},
    build};
