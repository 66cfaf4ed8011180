/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SeqPool: the sum of the tokens, weighted by the softmax of a learned score (CCT, Hassani et al. 2021, arXiv
 * 2104.05704, section 3.2). */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const void *settings, nn_tensor *x)
{
    (void)settings;
    return nn_weighted_pool(plan, x, nn_linear(plan, nn_name(plan, "%s.score", name), x, 1));
}

const nn_pooling_kind nn_pooling_seq = {
    {"seq", "tokens weighted by the softmax of a learned score (CCT, arXiv 2104.05704)", "2d", 0, NULL, 0},
    build,
    false};
