/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every column's look-back is a token (iTransformer, Liu et al. 2024, arXiv 2310.06625). */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const void *settings, nn_tensor *x, int width)
{
    (void)settings;
    return nn_linear(plan, name, nn_transpose(plan, x), width);
}

const nn_tokenizer_kind nn_tokenizer_variate = {
    {"variate", "every column's look-back is a token (iTransformer, arXiv 2310.06625)", "dL",
     NN_PART_COLUMNS | NN_PART_FIXED, NULL, 0},
    build,
    NULL};
