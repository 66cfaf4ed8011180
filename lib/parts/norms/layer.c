/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layer norm (Ba et al. 2016, eq. 4), in the form that the block says. */
#include "lib/parts/block.h"

typedef struct layer {
    int affine;
} layer;

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x)
{
    const layer *own = settings;
    const bool plain = block->norm_plain || (own && !own->affine);
    nn_tensor *(*form)(nn_plan *, const char *, nn_tensor *, double) =
        block->as_keras ? nn_layer_norm_keras : nn_layer_norm;
    return form(plan, plain ? NULL : name, x, block->norm_epsilon > 0 ? block->norm_epsilon : 1e-5);
}

static const nn_option options[] = {{"affine", 0, NN_INT, offsetof(layer, affine), "1", "0|1", 0, 1,
                                     "1: with a learned gain and shift of each channel"},
                                    {0}};

const nn_norm_kind nn_norm_layer = {{"layer",
                                     "mean and variance of each token (Ba et al. 2016, arXiv 1607.06450)",
                                     "0", 0, options, sizeof(layer)},
                                    build};
