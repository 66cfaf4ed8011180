/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sinusoids of the place or the time (Vaswani et al. 2017, arXiv 1706.03762, section 3.5). */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const void *settings, nn_tensor *x,
                        const nn_places *places)
{
    (void)name, (void)settings;
    return nn_position(plan, x, places->times, places->column, places->times ? places->factor : 1);
}

const nn_position_kind nn_position_sine = {
    {"sine", "sinusoids of the place or the time (Vaswani et al. 2017, arXiv 1706.03762)", "d", NN_PART_ORDER,
     NULL, 0},
    build};
