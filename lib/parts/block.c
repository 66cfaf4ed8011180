/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds encoder blocks and stacks of them from their descriptions. */
#include "lib/parts/block.h"

#include <limits.h>

static const char *or_default(const char *name, const char *fallback)
{
    return name ? name : fallback;
}

double nn_block_inner_dropout(const nn_block *block)
{
    return block->dropout_branches_only ? 0 : block->dropout;
}

/* The kind of a part: the struct that its descriptor begins. */
#define KIND_OF(type, part, fallback) ((const type *)((part).kind ? (const void *)(part).kind : &(fallback)))

/* --- sub-layers --- */

static const nn_mixer_kind *mixer_of(const nn_block *block)
{
    return KIND_OF(nn_mixer_kind, block->mixer, nn_mixer_softmax);
}

static const nn_ffn_kind *ffn_of(const nn_block *block)
{
    return KIND_OF(nn_ffn_kind, block->ffn, nn_ffn_mlp);
}

bool nn_block_mixes(const nn_block *block)
{
    return mixer_of(block)->build;
}

bool nn_block_feeds(const nn_block *block)
{
    return ffn_of(block)->build;
}

nn_tensor *nn_block_mix(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x,
                        nn_tensor *memory)
{
    const nn_mixer_kind *mixer = mixer_of(block);
    const nn_part part = {.kind = &mixer->part, .settings = block->mixer.settings};
    const unsigned flags = nn_part_flags(&part);
    if (!memory && block->bias && !(flags & NN_PART_BIAS))
        nn_plan_fail(plan, "--mixer %s: it cannot weigh pairs of tokens by what is known of them",
                     mixer->part.name);
    if (!memory && block->causal && !(flags & NN_PART_CAUSAL))
        nn_plan_fail(plan, "--mixer %s: it looks ahead", mixer->part.name);
    if (!memory && block->rotary && !(flags & NN_PART_QUERIES) && mixer->build)
        nn_plan_fail(plan, "--mixer %s: it has no queries and keys that --pos rotary could turn",
                     mixer->part.name);
    if (memory && !(flags & NN_PART_CROSS))
        nn_plan_fail(plan, "--mixer %s: it cannot take up other tokens", mixer->part.name);
    return x && mixer->build ? mixer->build(plan, name, block, block->mixer.settings, x, memory) : NULL;
}

nn_tensor *nn_block_feed(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x)
{
    return x ? ffn_of(block)->build(plan, name, block, block->ffn.settings, x) : NULL;
}

nn_tensor *nn_block_add(nn_plan *plan, const char *name, const nn_block *block, const char *branch_name,
                        nn_tensor *x, nn_tensor *branch)
{
    return KIND_OF(nn_residual_kind, block->residual, nn_residual_plain)
        ->build(plan, name, block, block->residual.settings, branch_name, x, branch);
}

nn_tensor *nn_block_norm(nn_plan *plan, const char *name, const nn_block *block, nn_block_norm_place place,
                         nn_tensor *x)
{
    const nn_block_names *n = &block->names;
    const char *names[] = {or_default(n->norm1, "norm1"), or_default(n->norm_cross, "norm_cross"),
                           or_default(n->norm2, "norm2"), "norm3"};
    return x ? KIND_OF(nn_norm_kind, block->norm, nn_norm_layer)
                   ->build(plan, nn_name(plan, "%s.%s", name, names[place]), block, block->norm.settings, x)
             : NULL;
}

nn_tensor *nn_block_mix_post(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x,
                             nn_tensor *memory)
{
    if (nn_block_mixes(block)) {
        x = nn_block_add(plan, name, block, "1", x, nn_block_mix(plan, name, block, x, NULL));
        x = nn_block_norm(plan, name, block, NN_NORM_1, x);
    }
    if (!memory)
        return x;
    x = nn_block_add(plan, name, block, "cross", x, nn_block_mix(plan, name, block, x, memory));
    return nn_block_norm(plan, name, block, NN_NORM_CROSS, x);
}

nn_tensor *nn_block_mix_pre(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x,
                            nn_tensor *memory)
{
    nn_tensor *y;
    if (nn_block_mixes(block)) {
        y = nn_block_norm(plan, name, block, NN_NORM_1, x);
        x = nn_block_add(plan, name, block, "1", x, nn_block_mix(plan, name, block, y, NULL));
    }
    if (!memory)
        return x;
    y = nn_block_norm(plan, name, block, NN_NORM_CROSS, x);
    return nn_block_add(plan, name, block, "cross", x, nn_block_mix(plan, name, block, y, memory));
}

/* --- queries, keys and values --- */

/* units: columns of one head, which the published layer draws by itself; 0: the map has no heads. */
static nn_linear_options attention_form(const nn_block *block, int units)
{
    return (nn_linear_options){.no_bias = block->attention_no_bias,
                               .as_keras = block->as_keras,
                               .glorot_bias = !block->attention_dense,
                               .units = block->attention_dense ? 0 : units};
}

static bool take_heads(nn_plan *plan, const char *name, const nn_block *block, const nn_heads *own,
                       const nn_tensor *x, nn_projection *p)
{
    const int d = x->shape[x->rank - 1];
    p->heads = own && own->heads ? own->heads : block->heads;
    p->width = own && own->width                           ? own->width
               : block->head_width && !(own && own->heads) ? block->head_width
               : p->heads > 0                              ? d / p->heads
                                                           : 0;
    const bool fits = p->heads >= 1 && p->width >= 1 && p->width <= INT_MAX / 2 / p->heads;
    if (!fits)
        nn_plan_fail(plan, "%s: %d heads cannot share %d columns", name, p->heads, d);
    return fits;
}

bool nn_block_projection(nn_plan *plan, const char *name, const nn_block *block, const nn_heads *own,
                         const nn_tensor *x, bool cross, nn_projection *p)
{
    const nn_block_names *n = &block->names;
    *p = (nn_projection){0};
    if (!x || !take_heads(plan, name, block, own, x, p))
        return false;
    p->form = attention_form(block, p->width);
    p->form.no_bias = p->form.no_bias || block->projection_no_bias;
    p->out_form = attention_form(block, 0);
    const char *const own_names[] = {n->query, n->key, n->value, n->out},
                      *const cross_names[] = {n->cross_query, n->cross_key, n->cross_value, n->cross_out},
                      *const names[] = {"query", "key", "value", "out"};
    const char *full[4];
    for (int i = 0; i < 4; i++) {
        const char *given = cross ? cross_names[i] : own_names[i];
        full[i] = given ? nn_name(plan, "%s.%s", name, given)
                        : nn_name(plan, "%s.%s.%s", name, cross ? "cross" : "attention", names[i]);
    }
    p->query = full[0];
    p->key = full[1];
    p->value = full[2];
    p->out = full[3];
    return true;
}

bool nn_block_project(nn_plan *plan, const char *name, const nn_block *block, const nn_heads *own,
                      nn_tensor *x, nn_tensor *memory, nn_projected *p)
{
    nn_projection maps;
    *p = (nn_projected){0};
    if (!nn_block_projection(plan, name, block, own, x, memory, &maps))
        return false;
    p->heads = maps.heads;
    p->width = maps.width;
    const int span = p->heads * p->width;
    const char *const names[] = {maps.query, maps.key, maps.value};
    if (memory) {
        p->q = nn_linear_with(plan, maps.query, x, span, maps.form);
        p->kv = nn_linear_several(plan, names + 1, 2, memory, span, maps.form);
    } else
        p->q = p->kv = nn_linear_several(plan, names, 3, x, span, maps.form);
    p->k_column = memory ? 0 : span;
    p->v_column = p->k_column + span;
    if (block->rotary && !memory)
        p->q = p->kv = block->rotary_base > 0
                           ? nn_rotary_halves(plan, p->q, 2 * p->heads, p->width, block->rotary_base)
                           : nn_rotary(plan, p->q, 2 * p->heads, p->width);
    return p->q && p->kv;
}

bool nn_block_project_shared(nn_plan *plan, const char *name, const nn_block *block, const nn_heads *own,
                             nn_tensor *x, nn_projected *p)
{
    nn_projection maps;
    *p = (nn_projected){0};
    if (!nn_block_projection(plan, name, block, own, x, false, &maps))
        return false;
    p->heads = maps.heads;
    p->width = maps.width;
    p->q = p->kv =
        nn_linear_several(plan, (const char *[]){maps.key, maps.value}, 2, x, p->heads * p->width, maps.form);
    p->v_column = p->heads * p->width;
    return p->q;
}

nn_tensor *nn_block_attend(nn_plan *plan, const nn_block *block, const nn_projected *p)
{
    const bool self = p->q == p->kv;
    return nn_attention(plan, p->q, p->kv,
                        (nn_attention_options){.heads = p->heads,
                                               .width = p->width,
                                               .q_column = p->q_column,
                                               .k_column = p->k_column,
                                               .v_column = p->v_column,
                                               .causal = self && block->causal,
                                               .bias = self ? block->bias : NULL,
                                               .relative = self ? block->relative : (nn_relative){0},
                                               .seen = block->seen,
                                               .scale = block->scale,
                                               .dropout = nn_block_inner_dropout(block)});
}

nn_tensor *nn_block_output(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x,
                           nn_tensor *memory, nn_tensor *mixed)
{
    const char *out = memory ? or_default(block->names.cross_out, "cross.out")
                             : or_default(block->names.out, "attention.out");
    return nn_linear_with(plan, nn_name(plan, "%s.%s", name, out), mixed, x->shape[x->rank - 1],
                          attention_form(block, 0));
}

/* --- blocks --- */

static const nn_layout_kind *layout_of(const nn_block *block)
{
    return KIND_OF(nn_layout_kind, block->layout, nn_layout_post);
}

nn_tensor *nn_encoder_block(nn_plan *plan, const char *name, nn_tensor *x, nn_tensor *memory,
                            const nn_block *block)
{
    const nn_layout_kind *layout = layout_of(block);
    if (layout->build) {
        const int outside = nn_plan_set_rank(plan, block->rank);
        x = layout->build(plan, name, block, block->layout.settings, x, memory);
        nn_plan_set_rank(plan, outside);
        return x;
    }
    nn_plan_fail(plan, "%s: the layout %s is of several layers", name, layout->part.name);
    return NULL;
}

nn_block nn_stack_block(const nn_stack *stack, int layer)
{
    nn_block block = stack->block;
    if (stack->mixers)
        block.mixer = stack->mixers[layer];
    if (stack->ffns)
        block.ffn = stack->ffns[layer];
    return block;
}

const char *nn_stack_name(nn_plan *plan, const nn_stack *stack, int layer)
{
    return nn_name(plan, "%s%d", stack->prefix, layer);
}

nn_tensor *nn_encoder_stack(nn_plan *plan, const nn_stack *stack, nn_tensor *x, nn_tensor *memory)
{
    const nn_layout_kind *layout = layout_of(&stack->block);
    if (layout->stack) {
        const int outside = nn_plan_set_rank(plan, stack->block.rank);
        x = layout->stack(plan, stack, stack->block.layout.settings, x, memory);
        nn_plan_set_rank(plan, outside);
        return x;
    }
    for (int i = 0; i < stack->layers; i++) {
        const nn_block block = nn_stack_block(stack, i);
        x = nn_encoder_block(plan, nn_stack_name(plan, stack, i), x, memory, &block);
    }
    return x;
}

nn_tensor *nn_pool_tokens(nn_plan *plan, const char *name, const nn_part *pooling, nn_tensor *x)
{
    return KIND_OF(nn_pooling_kind, *pooling, nn_pooling_mean)->build(plan, name, pooling->settings, x);
}

bool nn_token_rows(const nn_part *tokenizer, int rows, int tokens, int i, int *first, int *last)
{
    const nn_tokenizer_kind *kind = KIND_OF(nn_tokenizer_kind, *tokenizer, nn_tokenizer_point);
    int length = 1, stride = 1;
    if (kind->rows)
        kind->rows(tokenizer->settings, &length, &stride);
    else if (tokens != rows)
        return false;
    *last = -1 - (tokens - 1 - i) * stride;
    *first = *last - length + 1;
    return true;
}

nn_tensor *nn_make_tokens(nn_plan *plan, const char *name, const nn_part *tokenizer, nn_tensor *x, int width)
{
    return x ? KIND_OF(nn_tokenizer_kind, *tokenizer, nn_tokenizer_point)
                   ->build(plan, name, tokenizer->settings, x, width)
             : NULL;
}

nn_tensor *nn_place_tokens(nn_plan *plan, const char *name, const nn_part *position, nn_tensor *x,
                           const nn_places *places)
{
    return KIND_OF(nn_position_kind, *position, nn_position_none)
        ->build(plan, name, position->settings, x, places);
}
