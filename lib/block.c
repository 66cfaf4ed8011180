/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds an encoder block from its description. */
#include "lib/block.h"

#include <limits.h>

static const char *or_default(const char *name, const char *fallback)
{
    return name ? name : fallback;
}

static double inner_dropout(const nn_block *block)
{
    return block->dropout_branches_only ? 0 : block->dropout;
}

/* --- mixers --- */

/* units: columns of one head, which the published layer draws by itself; 0: the map has no heads. */
static nn_linear_options attention_form(const nn_block *block, int units)
{
    return (nn_linear_options){.no_bias = block->attention_no_bias,
                               .as_keras = block->as_keras,
                               .glorot_bias = !block->attention_dense,
                               .units = block->attention_dense ? 0 : units};
}

static nn_tensor *attend_self(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x, int width)
{
    const nn_block_names *n = &block->names;
    const char *names[] = {nn_name(plan, "%s.%s", name, or_default(n->query, "attention.query")),
                           nn_name(plan, "%s.%s", name, or_default(n->key, "attention.key")),
                           nn_name(plan, "%s.%s", name, or_default(n->value, "attention.value"))};
    int span = block->heads * width;
    nn_tensor *qkv = nn_linear_several(plan, names, 3, x, span, attention_form(block, width));
    return nn_attention(plan, qkv, qkv,
                        (nn_attention_options){.heads = block->heads,
                                               .width = width,
                                               .k_column = span,
                                               .v_column = 2 * span,
                                               .causal = block->causal,
                                               .bias = block->bias,
                                               .dropout = inner_dropout(block)});
}

static nn_tensor *attend_memory(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x,
                                nn_tensor *memory, int width)
{
    const nn_block_names *n = &block->names;
    const char *query = nn_name(plan, "%s.%s", name, or_default(n->cross_query, "cross.query"));
    const char *names[] = {nn_name(plan, "%s.%s", name, or_default(n->cross_key, "cross.key")),
                           nn_name(plan, "%s.%s", name, or_default(n->cross_value, "cross.value"))};
    int span = block->heads * width;
    nn_linear_options form = attention_form(block, width);
    nn_tensor *q = nn_linear_with(plan, query, x, span, form);
    nn_tensor *kv = nn_linear_several(plan, names, 2, memory, span, form);
    return nn_attention(
        plan, q, kv,
        (nn_attention_options){
            .heads = block->heads, .width = width, .v_column = span, .dropout = inner_dropout(block)});
}

static nn_tensor *build_softmax(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x,
                                nn_tensor *memory)
{
    if (!x)
        return NULL;
    int d = x->shape[x->rank - 1];
    int width = block->head_width ? block->head_width : block->heads > 0 ? d / block->heads : 0;
    if (block->heads < 1 || width < 1 || width > INT_MAX / 2 / block->heads) {
        nn_plan_fail(plan, "%s: %d heads cannot share %d columns", name, block->heads, d);
        return NULL;
    }
    nn_tensor *y = memory ? attend_memory(plan, name, block, x, memory, width)
                          : attend_self(plan, name, block, x, width);
    const char *out = memory ? or_default(block->names.cross_out, "cross.out")
                             : or_default(block->names.out, "attention.out");
    return nn_linear_with(plan, nn_name(plan, "%s.%s", name, out), y, d, attention_form(block, 0));
}

const nn_mixer_kind nn_mixer_softmax = {"softmax", build_softmax};

/* --- feed-forwards --- */

static nn_tensor *build_mlp(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x)
{
    if (!x)
        return NULL;
    nn_linear_options form = {
        .no_bias = block->ffn_no_bias, .as_conv = block->ffn_as_conv, .as_keras = block->as_keras};
    nn_tensor *h =
        nn_linear_with(plan, nn_name(plan, "%s.%s", name, or_default(block->names.hidden, "ffn.hidden")), x,
                       block->hidden, form);
    h = nn_activation(plan, h, block->activation, inner_dropout(block));
    return nn_linear_with(plan, nn_name(plan, "%s.%s", name, or_default(block->names.project, "ffn.project")),
                          h, x->shape[x->rank - 1], form);
}

const nn_ffn_kind nn_ffn_mlp = {"mlp", build_mlp};

/* --- layouts --- */

static const nn_mixer_kind *mixer_of(const nn_block *block)
{
    return block->mixer ? block->mixer : &nn_mixer_softmax;
}

static const nn_ffn_kind *ffn_of(const nn_block *block)
{
    return block->ffn ? block->ffn : &nn_ffn_mlp;
}

static nn_tensor *norm(nn_plan *plan, const char *name, const nn_block *block, const char *part, nn_tensor *x)
{
    nn_tensor *(*form)(nn_plan *, const char *, nn_tensor *, double) =
        block->as_keras ? nn_layer_norm_keras : nn_layer_norm;
    return form(plan, block->norm_plain ? NULL : nn_name(plan, "%s.%s", name, part), x,
                block->norm_epsilon > 0 ? block->norm_epsilon : 1e-5);
}

static nn_tensor *build_after(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x,
                              nn_tensor *memory, bool adds_input)
{
    const nn_block_names *n = &block->names;
    nn_tensor *input = x;
    x = nn_residual(plan, x, mixer_of(block)->build(plan, name, block, x, NULL), block->dropout);
    x = norm(plan, name, block, or_default(n->norm1, "norm1"), x);
    if (memory) {
        x = nn_residual(plan, x, mixer_of(block)->build(plan, name, block, x, memory), block->dropout);
        x = norm(plan, name, block, or_default(n->norm_cross, "norm_cross"), x);
    }
    x = nn_residual(plan, adds_input ? input : x, ffn_of(block)->build(plan, name, block, x), block->dropout);
    return norm(plan, name, block, or_default(n->norm2, "norm2"), x);
}

static nn_tensor *build_post(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x,
                             nn_tensor *memory)
{
    return build_after(plan, name, block, x, memory, false);
}

const nn_layout_kind nn_layout_post = {"post", build_post};

static nn_tensor *build_paper(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x,
                              nn_tensor *memory)
{
    return build_after(plan, name, block, x, memory, true);
}

const nn_layout_kind nn_layout_paper = {"paper", build_paper};

static nn_tensor *build_pre(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x,
                            nn_tensor *memory)
{
    const nn_block_names *n = &block->names;
    nn_tensor *y = norm(plan, name, block, or_default(n->norm1, "norm1"), x);
    x = nn_residual(plan, x, mixer_of(block)->build(plan, name, block, y, NULL), block->dropout);
    if (memory) {
        y = norm(plan, name, block, or_default(n->norm_cross, "norm_cross"), x);
        x = nn_residual(plan, x, mixer_of(block)->build(plan, name, block, y, memory), block->dropout);
    }
    y = norm(plan, name, block, or_default(n->norm2, "norm2"), x);
    return nn_residual(plan, x, ffn_of(block)->build(plan, name, block, y), block->dropout);
}

const nn_layout_kind nn_layout_pre = {"pre", build_pre};

nn_tensor *nn_encoder_block(nn_plan *plan, const char *name, nn_tensor *x, nn_tensor *memory,
                            const nn_block *block)
{
    return (block->layout ? block->layout : &nn_layout_post)->build(plan, name, block, x, memory);
}
