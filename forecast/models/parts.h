/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interchangeable parts of a network as settings: --mixer, --ffn, --layout, --residual, --norm, --linear
 * and, where a network has them, --tokenizer, --pos and --pool, one spelling each, stored as such in the
 * model's file. */
#ifndef FC_PARTS_H
#define FC_PARTS_H

#include "lib/base/options.h"
#include "lib/parts/block.h"

typedef struct fc_parts {
    char *mixer, *ffn, *layout, *residual, *norm;
    char *linear;
    char *pool;      /* NULL in networks that pool nothing */
    char *tokenizer; /* NULL in networks whose tokens are given */
    char *pos;       /* NULL: the network's own */
    int force_order;
} fc_parts;

/* What fc_kind.later has to list; the options of a record that holds an fc_parts in `field`. */
#define FC_PARTS_LATER "mixer", "ffn", "layout", "residual", "norm", "force-order", "linear"
#define FC_PARTS_OPTION(type, field, name, fallback, help)                                                   \
    {                                                                                                        \
#name, 0, NN_TEXT, offsetof(type, field.name), fallback, "PART", 0, 0, help                          \
    }
#define FC_PARTS_ORDER(type, field)                                                                          \
    {                                                                                                        \
        "force-order", 0, NN_FLAG, offsetof(type, field.force_order), "false", NULL, 0, 0,                   \
            "take tokens as they stand for an order that parts need"                                         \
    }
#define FC_PARTS_SUBLAYERS(type, field)                                                                      \
    FC_PARTS_OPTION(type, field, mixer, "softmax",                                                           \
                    "what mixes tokens, such as pool:k=3 (auspex blocks lists all); of layers apart: "       \
                    "2@pool,1@softmax"),                                                                     \
        FC_PARTS_OPTION(type, field, ffn, "mlp", "the feed-forward, likewise"),                              \
        FC_PARTS_OPTION(type, field, linear, "dense", "how the linear maps of blocks are made"),             \
        FC_PARTS_ORDER(type, field)
#define FC_PARTS_PLACES(type, field, layout_name)                                                            \
    FC_PARTS_OPTION(type, field, layout, layout_name, "how sub-layers, residuals and norms are placed"),     \
        FC_PARTS_OPTION(type, field, residual, "plain", "how a sub-layer's branch is added"),                \
        FC_PARTS_OPTION(type, field, norm, "layer", "what normalises the tokens")

#define FC_PARTS_POOL(type, field)                                                                           \
    FC_PARTS_OPTION(type, field, pool, "mean", "what makes one row of all tokens, for the classes")

#define FC_PARTS_TOKENS(type, field, tokens_name, help)                                                      \
    FC_PARTS_OPTION(type, field, tokenizer, tokens_name, help),                                              \
        FC_PARTS_OPTION(type, field, pos, NULL,                                                              \
                        "what tells tokens their places; the network's own where it is not given")

/* nn_block.names of networks that were published in Keras. */
#define FC_KERAS_NAMES                                                                                       \
    {                                                                                                        \
        .query = "q", .key = "k", .value = "v", .out = "o", .hidden = "ff1", .project = "ff2",               \
        .norm1 = "ln1", .norm2 = "ln2"                                                                       \
    }

/* Puts the one spelling in the place of each text that can be read. */
void fc_parts_resolve(fc_parts *parts, int layers);

/* NN_USAGE where a part is unknown or does not suit the tokens; texts that are NULL are the defaults. */
int fc_parts_check(const fc_parts *parts, int layers, nn_token_traits tokens, nn_error *error);
/* Whether a text, which may be NULL, is of the part of that name. */
bool fc_part_is(const char *text, const char *name);
/* NN_USAGE where rows of these traits cannot be made tokens by the tokenizer. */
int fc_parts_check_tokenizer(const fc_parts *parts, nn_token_traits rows, nn_error *error);
/* Tokens of rows by the tokenizer: (B,L,C) -> (B,T,width); name is the prefix of its parameters. */
nn_tensor *fc_parts_tokens(nn_plan *plan, const fc_parts *parts, const char *name, nn_tensor *rows,
                           int width);
/* The tokens with their places; fallback is the position where none is given. */
nn_tensor *fc_parts_place(nn_plan *plan, const fc_parts *parts, const char *fallback, nn_tensor *x,
                          nn_places places);

/* Whether some part counts the tokens in its parameters. */
bool fc_parts_count_tokens(const fc_parts *parts, int layers);

/* A network's encoder: the stack with the parts in it, prefix, layers and the rest of the block given; with a
 * token before the others where the pooling is of that. */
nn_tensor *fc_parts_build(nn_plan *plan, const fc_parts *parts, nn_stack stack, nn_tensor *x);

/* One row of the encoder's tokens, (B,d), by the pooling. */
nn_tensor *fc_parts_pool(nn_plan *plan, const fc_parts *parts, nn_tensor *x);

/* The parts themselves, for a network that builds its blocks one by one; fc_parts_close frees them. The plan
 * has an error, and everything is the default, where they cannot be read. */
enum { FC_MOST_LAYERS = 64 };
typedef struct fc_opened_parts {
    int layers;
    nn_part mixers[FC_MOST_LAYERS], ffns[FC_MOST_LAYERS], layout, residual, norm, linear, pool, tokenizer,
        pos;
} fc_opened_parts;
int fc_parts_open(fc_opened_parts *opened, const fc_parts *parts, int layers, nn_error *error);
void fc_parts_close(fc_opened_parts *opened);
/* The block with the parts of one layer. */
nn_block fc_parts_block(const fc_opened_parts *opened, int layer, nn_block block);

#endif
