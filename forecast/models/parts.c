/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interchangeable parts of a network's encoder as settings. */
#include "forecast/models/parts.h"

#include <stdlib.h>
#include <string.h>

static int open_one(nn_part *part, nn_part_class class, const char *text, nn_error *error)
{
    return text ? nn_part_parse(part, class, text, strlen(text), error) : NN_OK;
}

void fc_parts_close(fc_opened_parts *opened)
{
    nn_parts_clear(opened->mixers, opened->layers);
    nn_parts_clear(opened->ffns, opened->layers);
    nn_part_clear(&opened->layout);
    nn_part_clear(&opened->residual);
    nn_part_clear(&opened->norm);
    nn_part_clear(&opened->pool);
}

int fc_parts_open(fc_opened_parts *opened, const fc_parts *parts, int layers, nn_error *error)
{
    *opened = (fc_opened_parts){.layers = layers < FC_MOST_LAYERS ? layers : FC_MOST_LAYERS};
    int code = NN_OK;
    if (parts->mixer)
        code = nn_parts_parse(opened->mixers, opened->layers, NN_PART_MIXER, parts->mixer, error);
    if (!code && parts->ffn)
        code = nn_parts_parse(opened->ffns, opened->layers, NN_PART_FFN, parts->ffn, error);
    if (!code)
        code = open_one(&opened->layout, NN_PART_LAYOUT, parts->layout, error);
    if (!code)
        code = open_one(&opened->residual, NN_PART_RESIDUAL, parts->residual, error);
    if (!code)
        code = open_one(&opened->norm, NN_PART_NORM, parts->norm, error);
    if (!code)
        code = open_one(&opened->pool, NN_PART_POOLING, parts->pool, error);
    if (code)
        fc_parts_close(opened);
    return code;
}

nn_block fc_parts_block(const fc_opened_parts *opened, int layer, nn_block block)
{
    block.mixer = opened->mixers[layer];
    block.ffn = opened->ffns[layer];
    block.layout = opened->layout.kind ? opened->layout : block.layout;
    block.residual = opened->residual;
    block.norm = opened->norm;
    return block;
}

static void spell(char **text, const nn_part *parts, int count)
{
    char *own = *text && parts->kind ? nn_parts_print(parts, count) : NULL;
    if (!own)
        return;
    free(*text);
    *text = own;
}

void fc_parts_resolve(fc_parts *parts, int layers)
{
    fc_opened_parts opened;
    if (fc_parts_open(&opened, parts, layers, NULL))
        return;
    spell(&parts->mixer, opened.mixers, opened.layers);
    spell(&parts->ffn, opened.ffns, opened.layers);
    spell(&parts->layout, &opened.layout, 1);
    spell(&parts->residual, &opened.residual, 1);
    spell(&parts->norm, &opened.norm, 1);
    spell(&parts->pool, &opened.pool, 1);
    fc_parts_close(&opened);
}

static int suits(const nn_part *part, nn_part_class class, const nn_token_traits *tokens, nn_error *error)
{
    return part->kind ? nn_part_suits(part, class, tokens, error) : NN_OK;
}

int fc_parts_check(const fc_parts *parts, int layers, nn_token_traits tokens, nn_error *error)
{
    fc_opened_parts opened;
    int code = fc_parts_open(&opened, parts, layers, error);
    if (code)
        return code;
    tokens.ordered |= parts->force_order;
    for (int i = 0; !code && i < opened.layers; i++) {
        code = suits(&opened.mixers[i], NN_PART_MIXER, &tokens, error);
        if (!code)
            code = suits(&opened.ffns[i], NN_PART_FFN, &tokens, error);
    }
    if (!code)
        code = suits(&opened.layout, NN_PART_LAYOUT, &tokens, error);
    if (!code)
        code = suits(&opened.residual, NN_PART_RESIDUAL, &tokens, error);
    if (!code)
        code = suits(&opened.norm, NN_PART_NORM, &tokens, error);
    if (!code)
        code = suits(&opened.pool, NN_PART_POOLING, &tokens, error);
    fc_parts_close(&opened);
    return code;
}

static bool counts(const nn_part *part)
{
    return part->kind && (part->kind->flags & NN_PART_FIXED);
}

bool fc_parts_count_tokens(const fc_parts *parts, int layers)
{
    fc_opened_parts opened;
    if (fc_parts_open(&opened, parts, layers, NULL))
        return false;
    bool any = counts(&opened.layout) || counts(&opened.residual) || counts(&opened.norm);
    for (int i = 0; i < opened.layers; i++)
        any = any || counts(&opened.mixers[i]) || counts(&opened.ffns[i]);
    fc_parts_close(&opened);
    return any;
}

nn_tensor *fc_parts_build(nn_plan *plan, const fc_parts *parts, nn_stack stack, nn_tensor *x)
{
    fc_opened_parts opened;
    nn_error error = {0};
    if (fc_parts_open(&opened, parts, stack.layers, &error)) {
        nn_plan_fail(plan, "%s", error.text);
        return NULL;
    }
    stack.block = fc_parts_block(&opened, 0, stack.block);
    stack.mixers = opened.mixers;
    stack.ffns = opened.ffns;
    x = nn_encoder_stack(plan, &stack, x, NULL);
    fc_parts_close(&opened);
    return x;
}

nn_tensor *fc_parts_pool(nn_plan *plan, const fc_parts *parts, nn_tensor *x)
{
    nn_part pool = {0};
    nn_error error = {0};
    nn_tensor *y = NULL;
    if (open_one(&pool, NN_PART_POOLING, parts->pool, &error))
        nn_plan_fail(plan, "%s", error.text);
    else
        y = nn_pool_tokens(plan, "pool", &pool, x);
    nn_part_clear(&pool);
    return y;
}
