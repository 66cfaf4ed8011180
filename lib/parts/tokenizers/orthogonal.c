/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every column's look-back is a token, in the basis of eigenvectors of its correlation in the training rows
 * (arXiv 2505.08550). */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const void *settings, nn_tensor *x, int width)
{
    (void)settings;
    return nn_linear(plan, name, nn_rotate(plan, "orthogonal.in", nn_transpose(plan, x), false), width);
}

const nn_tokenizer_kind nn_tokenizer_orthogonal = {
    {"orthogonal",
     "as variate, with look-back and horizon in the basis of eigenvectors of their correlation in the "
     "training rows (arXiv 2505.08550)",
     "L^2 + dL", NN_PART_COLUMNS | NN_PART_FIXED, NULL, 0},
    build,
    NULL};
