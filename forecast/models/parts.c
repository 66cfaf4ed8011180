/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interchangeable parts of a network's encoder as settings. */
#include "forecast/models/parts.h"

#include <stdlib.h>
#include <string.h>

static int open_one(nn_part *part, nn_part_class class, const char *text, nn_error *error)
{
    return text ? nn_part_parse(part, class, text, strlen(text), error) : NN_OK;
}

/* The parts that there is one of for all layers, with their texts. */
enum { SINGLE = 7 };
typedef struct single {
    nn_part_class class;
    nn_part *part;
    char **text;
} single;

static void list_singles(single list[SINGLE], fc_opened_parts *o, fc_parts *p)
{
    const single all[SINGLE] = {{NN_PART_LAYOUT, &o->layout, &p->layout},
                                {NN_PART_RESIDUAL, &o->residual, &p->residual},
                                {NN_PART_NORM, &o->norm, &p->norm},
                                {NN_PART_LINEAR, &o->linear, &p->linear},
                                {NN_PART_TOKENIZER, &o->tokenizer, &p->tokenizer},
                                {NN_PART_POSITION, &o->pos, &p->pos},
                                {NN_PART_POOLING, &o->pool, &p->pool}};
    memcpy(list, all, sizeof all);
}

void fc_parts_close(fc_opened_parts *opened)
{
    single list[SINGLE];
    fc_parts none = {0};
    list_singles(list, opened, &none);
    nn_parts_clear(opened->mixers, opened->layers);
    nn_parts_clear(opened->ffns, opened->layers);
    for (int i = 0; i < SINGLE; i++)
        nn_part_clear(list[i].part);
}

int fc_parts_open(fc_opened_parts *opened, const fc_parts *parts, int layers, nn_error *error)
{
    single list[SINGLE];
    fc_parts texts = *parts;
    *opened = (fc_opened_parts){.layers = layers < FC_MOST_LAYERS ? layers : FC_MOST_LAYERS};
    list_singles(list, opened, &texts);
    int code = NN_OK;
    if (parts->mixer)
        code = nn_parts_parse(opened->mixers, opened->layers, NN_PART_MIXER, parts->mixer, error);
    if (!code && parts->ffn)
        code = nn_parts_parse(opened->ffns, opened->layers, NN_PART_FFN, parts->ffn, error);
    for (int i = 0; !code && i < SINGLE; i++)
        code = open_one(list[i].part, list[i].class, *list[i].text, error);
    if (code)
        fc_parts_close(opened);
    return code;
}

static const nn_linear_kind *linear_of(const nn_part *part)
{
    return part->kind ? (const nn_linear_kind *)(const void *)part->kind : &nn_linear_dense;
}

nn_block fc_parts_block(const fc_opened_parts *opened, int layer, nn_block block)
{
    block.mixer = opened->mixers[layer];
    block.ffn = opened->ffns[layer];
    block.layout = opened->layout.kind ? opened->layout : block.layout;
    block.residual = opened->residual;
    block.norm = opened->norm;
    block.rank = linear_of(&opened->linear)->rank(opened->linear.settings);
    block.rotary = opened->pos.kind == &nn_position_rotary.part;
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
    single list[SINGLE];
    fc_opened_parts opened;
    if (fc_parts_open(&opened, parts, layers, NULL))
        return;
    list_singles(list, &opened, parts);
    spell(&parts->mixer, opened.mixers, opened.layers);
    spell(&parts->ffn, opened.ffns, opened.layers);
    for (int i = 0; i < SINGLE; i++)
        spell(list[i].text, list[i].part, 1);
    fc_parts_close(&opened);
}

static int suits(const nn_part *part, nn_part_class class, const nn_token_traits *tokens, nn_error *error)
{
    return part->kind ? nn_part_suits(part, class, tokens, error) : NN_OK;
}

int fc_parts_check(const fc_parts *parts, int layers, nn_token_traits tokens, nn_error *error)
{
    single list[SINGLE];
    fc_parts none = {0};
    fc_opened_parts opened;
    int code = fc_parts_open(&opened, parts, layers, error);
    if (code)
        return code;
    list_singles(list, &opened, &none);
    tokens.ordered |= parts->force_order;
    for (int i = 0; !code && i < opened.layers; i++) {
        code = suits(&opened.mixers[i], NN_PART_MIXER, &tokens, error);
        if (!code)
            code = suits(&opened.ffns[i], NN_PART_FFN, &tokens, error);
        if (!code && opened.mixers[i].kind && opened.layout.kind)
            code = nn_part_serves(&opened.mixers[i], &opened.layout, error);
        if (!code && opened.pos.kind == &nn_position_rotary.part && opened.mixers[i].kind &&
            !(nn_part_flags(&opened.mixers[i]) & NN_PART_QUERIES))
            code =
                nn_fail(error, NN_USAGE, "--pos rotary: it turns queries and keys, and --mixer %s has none",
                        opened.mixers[i].kind->name);
    }
    for (int i = 0; !code && i < SINGLE; i++)
        if (list[i].class != NN_PART_TOKENIZER)
            code = suits(list[i].part, list[i].class, &tokens, error);
    fc_parts_close(&opened);
    return code;
}

static bool counts(const nn_part *part)
{
    return part->kind && (nn_part_flags(part) & NN_PART_FIXED);
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

/* The tokens with a learned one before them where the pooling wants it. */
static nn_tensor *with_token(nn_plan *plan, const nn_part *pool, nn_tensor *x)
{
    if (!x || !pool->kind || !((const nn_pooling_kind *)(const void *)pool->kind)->token)
        return x;
    return nn_concat(plan, nn_learned_tokens(plan, "pool.token", 1, x->shape[x->rank - 1], x), x);
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
    x = with_token(plan, &opened.pool, x);
    x = nn_encoder_stack(plan, &stack, x, NULL);
    fc_parts_close(&opened);
    return x;
}

/* A part of its text, or of the fallback's; the plan has an error where it cannot be read. */
static nn_part opened_part(nn_plan *plan, nn_part_class class, const char *text, const char *fallback)
{
    nn_part part = {0};
    nn_error error = {0};
    if (open_one(&part, class, text ? text : fallback, &error))
        nn_plan_fail(plan, "%s", error.text);
    return part;
}

nn_tensor *fc_parts_pool(nn_plan *plan, const fc_parts *parts, nn_tensor *x)
{
    nn_part pool = opened_part(plan, NN_PART_POOLING, parts->pool, NULL);
    nn_tensor *y = nn_pool_tokens(plan, "pool", &pool, x);
    nn_part_clear(&pool);
    return y;
}

/* --- tokens --- */

bool fc_part_is(const char *text, const char *name)
{
    return text && strcspn(text, ":") == strlen(name) && strncmp(text, name, strlen(name)) == 0;
}

int fc_parts_check_tokenizer(const fc_parts *parts, nn_token_traits rows, nn_error *error)
{
    nn_part part = {0};
    int code = open_one(&part, NN_PART_TOKENIZER, parts->tokenizer, error);
    if (!code)
        code = suits(&part, NN_PART_TOKENIZER, &rows, error);
    nn_part_clear(&part);
    return code;
}

nn_tensor *fc_parts_tokens(nn_plan *plan, const fc_parts *parts, const char *name, nn_tensor *rows, int width)
{
    nn_part part = opened_part(plan, NN_PART_TOKENIZER, parts->tokenizer, NULL);
    nn_tensor *y = nn_make_tokens(plan, name, &part, rows, width);
    nn_part_clear(&part);
    return y;
}

nn_tensor *fc_parts_place(nn_plan *plan, const fc_parts *parts, const char *fallback, nn_tensor *x,
                          nn_places places)
{
    nn_part part = opened_part(plan, NN_PART_POSITION, parts->pos, fallback);
    nn_tensor *y = nn_place_tokens(plan, "pos", &part, x, &places);
    nn_part_clear(&part);
    return y;
}
