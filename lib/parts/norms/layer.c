/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layer norm (Ba et al. 2016, eq. 4), in the form that the block says. */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x)
{
    (void)settings;
    nn_tensor *(*form)(nn_plan *, const char *, nn_tensor *, double) =
        block->as_keras ? nn_layer_norm_keras : nn_layer_norm;
    return form(plan, block->norm_plain ? NULL : name, x,
                block->norm_epsilon > 0 ? block->norm_epsilon : 1e-5);
}

const nn_norm_kind nn_norm_layer = {
    {"layer", "mean and variance of each token (Ba et al. 2016, arXiv 1607.06450)", "0", 0, NULL, 0}, build};
