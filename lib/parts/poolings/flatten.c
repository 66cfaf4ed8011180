/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All tokens side by side (PatchTST, Nie et al. 2023, arXiv 2211.14730). */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const void *settings, nn_tensor *x)
{
    (void)name, (void)settings;
    return x ? nn_reshape(plan, x, 2, (int[]){x->shape[0], x->shape[1] * x->shape[2]}) : NULL;
}

const nn_pooling_kind nn_pooling_flatten = {
    {"flatten", "all tokens side by side (PatchTST, arXiv 2211.14730)", "0", NN_PART_FIXED, NULL, 0},
    build,
    false};
