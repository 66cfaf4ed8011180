/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The feed-forward of the transformer: linear, activation, dropout, linear (Vaswani et al. 2017, eq. 2). */
#include "lib/parts/block.h"

typedef struct mlp {
    int activation, hidden;
} mlp;
enum { OF_THE_MODEL, SILU = 3 };

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x)
{
    const mlp *own = settings;
    const nn_linear_options form = {
        .no_bias = block->ffn_no_bias, .as_conv = block->ffn_as_conv, .as_keras = block->as_keras};
    const nn_activation_kind activation = own && own->activation != OF_THE_MODEL && own->activation != SILU
                                              ? (nn_activation_kind)(own->activation - 1)
                                              : block->activation;
    const char *hidden = block->names.hidden ? block->names.hidden : "ffn.hidden",
               *project = block->names.project ? block->names.project : "ffn.project";
    nn_tensor *h = nn_linear_with(plan, nn_name(plan, "%s.%s", name, hidden), x,
                                  own && own->hidden ? own->hidden : block->hidden, form);
    if (own && own->activation == SILU)
        h = nn_dropout(plan, nn_silu(plan, h), nn_block_inner_dropout(block));
    else
        h = nn_activation(plan, h, activation, nn_block_inner_dropout(block));
    return nn_linear_with(plan, nn_name(plan, "%s.%s", name, project), h, x->shape[x->rank - 1], form);
}

static const nn_option options[] = {
    {"act", 0, NN_CHOICE, offsetof(mlp, activation), "model", "model|relu|gelu|silu", 0, 0,
     "activation; model: the model's own"},
    {"hidden", 0, NN_INT, offsetof(mlp, hidden), "0", "N", 0, 262144, "hidden units; 0: as the model has"},
    {0}};

const nn_ffn_kind nn_ffn_mlp = {{"mlp", "linear, activation, linear (Vaswani et al. 2017, arXiv 1706.03762)",
                                 "2dF", 0, options, sizeof(mlp)},
                                build};
