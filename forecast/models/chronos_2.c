/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network of Chronos-2 (Ansari et al. 2025, arXiv 2510.15821): patches of the past and of the rows to
 * come, each series by itself along time and the series of a group with each other at each time; quantiles of
 * a patch to come are made of its own token. */
#include "forecast/models/chronos.h"
#include "forecast/models/registry.h"

/* Along time, across the group, and each token by itself. */
static nn_tensor *layer(nn_plan *plan, const fc_pretrained_sizes *s, const char *name, nn_tensor *x,
                        nn_tensor *seen)
{
    nn_block time = fc_chronos_block(s), group = fc_chronos_block(s);
    time.seen = seen;
    time.rotary = true;
    time.rotary_base = s->theta;
    time.names = (nn_block_names){.query = "layer.0.self_attention.q",
                                  .key = "layer.0.self_attention.k",
                                  .value = "layer.0.self_attention.v",
                                  .out = "layer.0.self_attention.o",
                                  .norm1 = "layer.0.layer_norm",
                                  .hidden = "layer.2.mlp.wi",
                                  .project = "layer.2.mlp.wo",
                                  .norm2 = "layer.2.layer_norm"};
    group.names = (nn_block_names){.query = "layer.1.self_attention.q",
                                   .key = "layer.1.self_attention.k",
                                   .value = "layer.1.self_attention.v",
                                   .out = "layer.1.self_attention.o",
                                   .norm1 = "layer.1.layer_norm"};
    x = nn_block_mix_pre(plan, name, &time, x, NULL);
    x = nn_block_mix_across(plan, name, &group, x, seen);
    nn_tensor *y = nn_block_norm(plan, name, &time, NN_NORM_2, x);
    return nn_block_add(plan, name, &time, "2", x, nn_block_feed(plan, name, &time, y));
}

static void build(nn_plan *plan, const fc_pretrained_sizes *s, fc_pretrained_shape shape,
                  fc_pretrained_ports *ports)
{
    const int before = shape.patches + (s->reg_token >= 0), all = before + shape.ahead, width = 3 * s->patch;
    *ports = (fc_pretrained_ports){.past = fc_chronos_input(plan, shape.members, shape.patches, width),
                                   .future = fc_chronos_input(plan, shape.members, shape.ahead, width),
                                   .seen = fc_chronos_input(plan, shape.members, all, 1)};
    nn_tensor *x = nn_residual_mlp(plan, "input_patch_embedding", nn_concat(plan, ports->past, ports->future),
                                   s->d_ff, s->d_model, s->activation, s->dropout); /* (S,T+F,d) */
    nn_tensor *tokens = x ? nn_learned_tokens(plan, "shared.weight", s->tokens, s->d_model, x) : NULL;
    if (s->reg_token >= 0) {
        nn_tensor *past = nn_slice(plan, x, 0, shape.patches),
                  *ahead = nn_slice(plan, x, shape.patches, shape.ahead);
        x = nn_concat(plan, nn_concat(plan, past, nn_slice(plan, tokens, s->reg_token, 1)), ahead);
    }
    x = nn_dropout(plan, x, s->dropout);
    for (int i = 0; i < s->layers; i++)
        x = layer(plan, s, nn_name(plan, "encoder.block.%d", i), x, ports->seen);
    x = nn_slice(plan, x, before, shape.ahead); /* what came of the rest is in it */
    x = fc_chronos_norm(plan, s, "encoder.final_layer_norm", x);
    ports->output = nn_residual_mlp(plan, "output_patch_embedding", nn_dropout(plan, x, s->dropout), s->d_ff,
                                    s->levels * s->block, s->activation, s->dropout); /* (S,F,levels*block) */
}

const fc_pretrained_kind fc_pretrained_two = {.name = "chronos-2",
                                              .architecture = "Chronos2Model",
                                              .channels = 3,
                                              .joint = true,
                                              .tenths = true,
                                              .build = build};

/* --- as a kind of model --- */

static const nn_option options[] = {
    FC_PRETRAINED_OPTIONS,
    {"joint", 0, NN_CHOICE, offsetof(fc_pretrained_config, joint), "auto", "auto|yes|no", 0, 0,
     "series that see each other: all columns; none but what is known beside each; or auto, the columns of a "
     "table of up to 64, and of a long file or a panel those of the same series or station"},
    {0}};

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    return fc_pretrained_fit(state, &fc_pretrained_two, config, view, train, error);
}

const fc_forecaster fc_forecaster_chronos_2 = FC_PRETRAINED_FORECASTER(true, fit);

const fc_kind fc_chronos_2 = {
    .name = "chronos-2",
    .summary = "published weights, series together, with what is known beside them (Chronos-2, arXiv "
               "2510.15821)",
    .options = options,
    .config_size = sizeof(fc_pretrained_config),
    .forecaster = &fc_forecaster_chronos_2,
};
