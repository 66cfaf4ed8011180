/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Queries and keys turned by their places (Su et al. 2021, arXiv 2104.09864); blocks do it (block.h). */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const void *settings, nn_tensor *x,
                        const nn_places *places)
{
    (void)plan, (void)name, (void)settings, (void)places;
    return x;
}

const nn_position_kind nn_position_rotary = {
    {"rotary", "queries and keys turned by their places (Su et al. 2021, arXiv 2104.09864)", "2d",
     NN_PART_ORDER, NULL, 0},
    build};
