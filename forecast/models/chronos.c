/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The blocks and inputs of the Chronos networks. */
#include "forecast/models/chronos.h"

nn_block fc_chronos_block(const fc_pretrained_sizes *s)
{
    return (nn_block){.layout = {.kind = &nn_layout_pre.part},
                      .norm = {.kind = &nn_norm_rms.part},
                      .heads = s->heads,
                      .head_width = s->d_kv,
                      .hidden = s->d_ff,
                      .activation = s->activation,
                      .attention_no_bias = true,
                      .ffn_no_bias = true,
                      .norm_epsilon = s->epsilon,
                      .dropout = s->dropout,
                      .scale = 1,
                      .open = true};
}

nn_tensor *fc_chronos_norm(nn_plan *plan, const fc_pretrained_sizes *s, const char *name, nn_tensor *x)
{
    const nn_block block = fc_chronos_block(s);
    return x ? nn_norm_rms.build(plan, name, &block, NULL, x) : NULL;
}

nn_tensor *fc_chronos_input(nn_plan *plan, int members, int tokens, int width)
{
    nn_tensor *x = nn_input(plan, 3, (int[]){members, tokens, width});
    return x ? nn_reshape(plan, x, 3, (int[]){nn_plan_batch(plan) * members, tokens, width}) : NULL;
}
