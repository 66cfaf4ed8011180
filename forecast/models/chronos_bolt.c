/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network of Chronos-Bolt (Ansari et al. 2024, arXiv 2403.07815, with patches as its published code has
 * them): an encoder of patches that attends by distances (T5, Raffel et al. 2020, arXiv 1910.10683), and a
 * decoder of a single token, of which all quantiles of all rows to come are made. */
#include "forecast/models/chronos.h"
#include "forecast/models/registry.h"

static nn_tensor *encode(nn_plan *plan, const fc_pretrained_sizes *s, nn_tensor *x, nn_tensor *seen)
{
    nn_block block = fc_chronos_block(s);
    block.seen = seen;
    block.relative = (nn_relative){"encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
                                   s->buckets, s->distance, false};
    block.names = (nn_block_names){.query = "layer.0.SelfAttention.q",
                                   .key = "layer.0.SelfAttention.k",
                                   .value = "layer.0.SelfAttention.v",
                                   .out = "layer.0.SelfAttention.o",
                                   .norm1 = "layer.0.layer_norm",
                                   .hidden = "layer.1.DenseReluDense.wi",
                                   .project = "layer.1.DenseReluDense.wo",
                                   .norm2 = "layer.1.layer_norm"};
    const nn_stack stack = {.prefix = "encoder.block.", .layers = s->layers, .block = block};
    x = nn_encoder_stack(plan, &stack, nn_dropout(plan, x, s->dropout), NULL);
    return nn_dropout(plan, fc_chronos_norm(plan, s, "encoder.final_layer_norm", x), s->dropout);
}

static nn_tensor *decode(nn_plan *plan, const fc_pretrained_sizes *s, nn_tensor *x, nn_tensor *memory,
                         nn_tensor *seen)
{
    nn_block block = fc_chronos_block(s);
    block.seen = seen;
    block.relative = (nn_relative){"decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
                                   s->buckets, s->distance, true};
    block.names = (nn_block_names){.query = "layer.0.SelfAttention.q",
                                   .key = "layer.0.SelfAttention.k",
                                   .value = "layer.0.SelfAttention.v",
                                   .out = "layer.0.SelfAttention.o",
                                   .norm1 = "layer.0.layer_norm",
                                   .cross_query = "layer.1.EncDecAttention.q",
                                   .cross_key = "layer.1.EncDecAttention.k",
                                   .cross_value = "layer.1.EncDecAttention.v",
                                   .cross_out = "layer.1.EncDecAttention.o",
                                   .norm_cross = "layer.1.layer_norm",
                                   .hidden = "layer.2.DenseReluDense.wi",
                                   .project = "layer.2.DenseReluDense.wo",
                                   .norm2 = "layer.2.layer_norm"};
    const nn_stack stack = {.prefix = "decoder.block.", .layers = s->decoder_layers, .block = block};
    x = nn_encoder_stack(plan, &stack, nn_dropout(plan, x, s->dropout), memory);
    return nn_dropout(plan, fc_chronos_norm(plan, s, "decoder.final_layer_norm", x), s->dropout);
}

/* members do not see each other: each is a sequence of its own. */
static void build(nn_plan *plan, const fc_pretrained_sizes *s, fc_pretrained_shape shape,
                  fc_pretrained_ports *ports)
{
    const int all = shape.patches + (s->reg_token >= 0);
    nn_tensor *past = fc_chronos_input(plan, shape.members, shape.patches, 2 * s->patch),
              *seen = fc_chronos_input(plan, shape.members, all, 1);
    *ports = (fc_pretrained_ports){.past = past, .seen = seen};
    nn_tensor *x = nn_residual_mlp(plan, "input_patch_embedding", past, s->d_ff, s->d_model, s->activation,
                                   s->dropout); /* (S,T,d) */
    nn_tensor *tokens = x ? nn_learned_tokens(plan, "shared.weight", s->tokens, s->d_model, x) : NULL;
    if (s->reg_token >= 0)
        x = nn_concat(plan, x, nn_slice(plan, tokens, s->reg_token, 1)); /* (S,T+1,d) */
    x = encode(plan, s, x, seen);
    nn_tensor *y = decode(plan, s, nn_slice(plan, tokens, s->start_token, 1), x, seen); /* (S,1,d) */
    ports->output = nn_residual_mlp(plan, "output_patch_embedding", y, s->d_ff, s->levels * s->block,
                                    s->activation, s->dropout);
}

const fc_pretrained_kind fc_pretrained_bolt = {
    .name = "chronos-bolt", .architecture = "ChronosBoltModelForForecasting", .channels = 2, .build = build};

/* --- as a kind of model --- */

static const nn_option options[] = {FC_PRETRAINED_OPTIONS, {0}};

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    return fc_pretrained_fit(state, &fc_pretrained_bolt, config, view, train, error);
}

const fc_forecaster fc_forecaster_chronos_bolt = FC_PRETRAINED_FORECASTER(false, fit);

const fc_kind fc_chronos_bolt = {
    .name = "chronos-bolt",
    .summary = "published weights, each series by itself (Chronos-Bolt, arXiv 2403.07815)",
    .options = options,
    .config_size = sizeof(fc_pretrained_config),
    .forecaster = &fc_forecaster_chronos_bolt,
};
