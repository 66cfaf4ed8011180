/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An encoder block is data: mixer x feed-forward x layout x residual x norm, each a descriptor of its own
 * file (part.h). The models are presets of it. */
#ifndef NN_BLOCK_H
#define NN_BLOCK_H

#include "lib/parts/part.h"
#include "lib/plan.h"

typedef struct nn_block nn_block;
typedef struct nn_stack nn_stack;

/* In all of these, name is the prefix of the parameters and settings those of the part's own table. */

/* How a mixer takes one token after another, by parameters that it built (step.h). */
typedef struct nn_step_kind {
    size_t (*state)(const void *settings, int width); /* elements */
    /* own: one piece of memory that make allocates and the caller frees. */
    int (*make)(void **own, const nn_params *params, const char *name, const void *settings, int width,
                nn_error *error);
    void (*take)(void *own, nn_real *state, const nn_real *x, nn_real *y);
} nn_step_kind;

/* Maps tokens to tokens: (B,T,d) -> (B,T,d), or ragged (S,d). memory is NULL for the self form, (B,M,d) for
 * the cross form. */
typedef struct nn_mixer_kind {
    nn_part_kind part;
    nn_tensor *(*build)(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory); /* NULL: there is no such sub-layer */
    const nn_step_kind *step;                             /* NULL: it needs all tokens together */
} nn_mixer_kind;

/* Maps every token by itself: (...,d) -> (...,d). */
typedef struct nn_ffn_kind {
    nn_part_kind part;
    nn_tensor *(*build)(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x); /* NULL: there is none */
} nn_ffn_kind;

/* Places sub-layers, residuals and norms of one layer; or, stack, of all together (NN_PART_STACKED). */
typedef struct nn_layout_kind {
    nn_part_kind part;
    nn_tensor *(*build)(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory);
    nn_tensor *(*stack)(nn_plan *plan, const nn_stack *stack, const void *settings, nn_tensor *x,
                        nn_tensor *memory);
} nn_layout_kind;

/* x plus a sub-layer's branch, with dropout; branch's name is that of the sub-layer: "1", "2", "cross". */
typedef struct nn_residual_kind {
    nn_part_kind part;
    nn_tensor *(*build)(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        const char *branch_name, nn_tensor *x, nn_tensor *branch);
} nn_residual_kind;

/* name is that of the norm itself, with its prefix. */
typedef struct nn_norm_kind {
    nn_part_kind part;
    nn_tensor *(*build)(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x);
} nn_norm_kind;

/* One row of all tokens, for a head: (B,T,d) or ragged (S,d) -> (B,d). */
typedef struct nn_pooling_kind {
    nn_part_kind part;
    nn_tensor *(*build)(nn_plan *plan, const char *name, const void *settings, nn_tensor *x);
    bool token; /* the encoder is to be given a learned token before the others */
} nn_pooling_kind;

/* Tokens of rows: (B,T,C) or ragged (S,C) -> (B,T',width), ragged likewise. Of every sequence that has a row
 * it makes at least one. */
typedef struct nn_tokenizer_kind {
    nn_part_kind part;
    nn_tensor *(*build)(nn_plan *plan, const char *name, const void *settings, nn_tensor *x, int width);
    /* How many rows make a token, and how far apart tokens begin, the last one ending with the last row;
     * NULL: tokens are of no such rows. */
    void (*rows)(const void *settings, int *length, int *stride);
} nn_tokenizer_kind;

/* What tokens' places are known by. */
typedef struct nn_places {
    nn_tensor *times; /* as nn_position has them; NULL: the place in the sequence */
    int column;
    double factor;
    nn_tensor *calendar; /* (B,T,d) for tokens (B*m,T,d); NULL: there is none */
} nn_places;

/* Tells tokens their places: (B,T,d) or ragged (S,d) -> the same. */
typedef struct nn_position_kind {
    nn_part_kind part;
    nn_tensor *(*build)(nn_plan *plan, const char *name, const void *settings, nn_tensor *x,
                        const nn_places *places);
} nn_position_kind;

/* How the linear maps of a block are made. */
typedef struct nn_linear_kind {
    nn_part_kind part;
    int (*rank)(const void *settings); /* columns between the two maps of each; 0: each is one */
} nn_linear_kind;

#define MIXER(name)     extern const nn_mixer_kind nn_mixer_##name;
#define FFN(name)       extern const nn_ffn_kind nn_ffn_##name;
#define LAYOUT(name)    extern const nn_layout_kind nn_layout_##name;
#define RESIDUAL(name)  extern const nn_residual_kind nn_residual_##name;
#define NORM(name)      extern const nn_norm_kind nn_norm_##name;
#define POOLING(name)   extern const nn_pooling_kind nn_pooling_##name;
#define TOKENIZER(name) extern const nn_tokenizer_kind nn_tokenizer_##name;
#define POSITION(name)  extern const nn_position_kind nn_position_##name;
#define LINEAR(name)    extern const nn_linear_kind nn_linear_##name;
#include "lib/parts/ffns.inc"
#include "lib/parts/layouts.inc"
#include "lib/parts/linears.inc"
#include "lib/parts/mixers.inc"
#include "lib/parts/norms.inc"
#include "lib/parts/poolings.inc"
#include "lib/parts/positions.inc"
#include "lib/parts/residuals.inc"
#include "lib/parts/tokenizers.inc"
#undef MIXER
/* nn_part_flags of the mixer linear: by its feature map. */
unsigned nn_linear_flags(const void *settings);
/* nn_part_flags of the mixer lowrank: by its projection. */
unsigned nn_lowrank_flags(const void *settings);
/* nn_part_flags of the mixer memory: by its rule. */
unsigned nn_memory_flags(const void *settings);
/* nn_part_flags of the layout two-view: by what its columns are. */
unsigned nn_two_view_flags(const void *settings);
#undef FFN
#undef LAYOUT
#undef RESIDUAL
#undef NORM
#undef POOLING
#undef TOKENIZER
#undef POSITION
#undef LINEAR

/* Parameter names below the block's prefix; NULL takes the default in brackets. Published checkpoints differ
 * only here. */
typedef struct nn_block_names {
    const char *query, *key, *value, *out;                         /* [attention.query, .key, .value, .out] */
    const char *cross_query, *cross_key, *cross_value, *cross_out; /* [cross.query, ...] */
    const char *hidden, *project;                                  /* [ffn.hidden, ffn.project] */
    const char *norm1, *norm2, *norm_cross;                        /* [norm1, norm2, norm_cross] */
} nn_block_names;

/* Its parts are borrowed; a kind of NULL is the first of its class: softmax, mlp, post, plain, layer. */
struct nn_block {
    nn_part mixer, ffn, layout, residual, norm;
    int heads;
    int head_width;     /* d_k; 0: d / heads. heads * d_k may differ from d */
    int hidden;         /* feed-forward width */
    int rank;           /* of linear maps made of two each, where those have fewer weights; 0: they are one */
    bool rotary;        /* self-attention's queries and keys are turned by their places */
    double rotary_base; /* as nn_rotary_halves does it; 0: as nn_rotary does */
    nn_activation_kind activation;
    bool causal;          /* self-attention only */
    nn_tensor *bias;      /* added to self-attention's scores; NULL: none */
    nn_relative relative; /* of self-attention */
    nn_tensor *seen;      /* keys of self-attention, and of the cross form's memory; NULL: all are seen */
    double scale;         /* of scores; 0: 1/sqrt(d_k) */
    bool open;      /* the same by fewer products: a single token is its own output, the cross form's maps are
                       multiplied by the queries first where they are few, and so are those of heads much wider
                       than the tokens */
    double dropout; /* on attention weights, hidden units and both branches */
    bool dropout_branches_only;
    bool attention_no_bias, ffn_no_bias, ffn_as_conv; /* parameters' published forms */
    bool projection_no_bias;                          /* of queries, keys and values alone */
    bool as_keras; /* names, shapes and initial values of Keras layers; attention's biases are drawn too */
    bool attention_dense; /* as_keras: query, key and value are each one Dense layer of all heads, biases zero
                           */
    bool norm_plain;      /* layer norm without learned gain */
    double norm_epsilon;  /* 0: 1e-5 */
    nn_block_names names;
};

/* One block. With memory (B,M,d) a cross-attention sub-layer stands between self-attention and feed-forward.
 */
nn_tensor *nn_encoder_block(nn_plan *plan, const char *name, nn_tensor *x, nn_tensor *memory,
                            const nn_block *block);

/* Layers one after another; layer i has the prefix followed by its number. */
struct nn_stack {
    const char *prefix; /* "block." */
    int layers;
    nn_block block;               /* what they share */
    const nn_part *mixers, *ffns; /* one for each layer, in place of the block's; NULL: the block's */
};
nn_tensor *nn_encoder_stack(nn_plan *plan, const nn_stack *stack, nn_tensor *x, nn_tensor *memory);
/* The pooling, the mean where its kind is NULL; name is the prefix of its parameters. */
nn_tensor *nn_pool_tokens(nn_plan *plan, const char *name, const nn_part *pooling, nn_tensor *x);
/* The rows [first, last] of token i of so many, counted from the last one, which is -1; false where a token
 * is of no rows that could be named. rows: that the tokens are made of. */
bool nn_token_rows(const nn_part *tokenizer, int rows, int tokens, int i, int *first, int *last);
/* Tokens of rows, and tokens that know their places; name is the prefix of the parameters. */
nn_tensor *nn_make_tokens(nn_plan *plan, const char *name, const nn_part *tokenizer, nn_tensor *x, int width);
nn_tensor *nn_place_tokens(nn_plan *plan, const char *name, const nn_part *position, nn_tensor *x,
                           const nn_places *places);
/* The block of one layer, and its name. */
nn_block nn_stack_block(const nn_stack *stack, int layer);
const char *nn_stack_name(nn_plan *plan, const nn_stack *stack, int layer);

/* --- for layouts: the sub-layers of a block --- */

/* Whether there is such a sub-layer at all. */
bool nn_block_mixes(const nn_block *block);
bool nn_block_feeds(const nn_block *block);
nn_tensor *nn_block_mix(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x,
                        nn_tensor *memory);
nn_tensor *nn_block_feed(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x);
nn_tensor *nn_block_add(nn_plan *plan, const char *name, const nn_block *block, const char *branch_name,
                        nn_tensor *x, nn_tensor *branch);
/* One of the block's norms. */
typedef enum nn_block_norm_place { NN_NORM_1, NN_NORM_CROSS, NN_NORM_2, NN_NORM_3 } nn_block_norm_place;
nn_tensor *nn_block_norm(nn_plan *plan, const char *name, const nn_block *block, nn_block_norm_place place,
                         nn_tensor *x);

/* The mixing sub-layers, the self form and with memory the cross form, as layouts share them: each
 * x = norm(x + f(x)), or x = x + f(norm(x)). */
nn_tensor *nn_block_mix_post(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x,
                             nn_tensor *memory);
nn_tensor *nn_block_mix_pre(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x,
                            nn_tensor *memory);

/* A sample is a group of m sequences of T tokens, (B*m,T,d): x = x + f(norm(x)) among the tokens that have
 * the same place in the sequences of a group. seen: of the tokens, (B*m,T,1); NULL: all are. */
nn_tensor *nn_block_mix_across(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x,
                               nn_tensor *seen);

/* project(activation(hidden x)) + residual x, linear maps with biases below the prefix name, called
 * "hidden_layer", "output_layer" and "residual_layer": (...,in) -> (...,out). */
nn_tensor *nn_residual_mlp(nn_plan *plan, const char *name, nn_tensor *x, int hidden, int out,
                           nn_activation_kind activation, double dropout);

/* --- for mixers with queries, keys and values --- */

/* Settings that such mixers begin with; 0: the block's. */
typedef struct nn_heads {
    int heads, width;
} nn_heads;
#define NN_HEADS_OPTIONS                                                                                     \
    {"h", 0, NN_INT, offsetof(nn_heads, heads), "0", "N", 0, 4096, "heads; 0: those of the model"},          \
    {                                                                                                        \
        "dk", 0, NN_INT, offsetof(nn_heads, width), "0", "N", 0, 65536, "width of a head; 0: d / h"          \
    }

/* How the maps of such a mixer are called and made; x may be NULL. */
typedef struct nn_projection {
    const char *query, *key, *value, *out;
    nn_linear_options form, out_form;
    int heads, width;
} nn_projection;
bool nn_block_projection(nn_plan *plan, const char *name, const nn_block *block, const nn_heads *own,
                         const nn_tensor *x, bool cross, nn_projection *p);
/* Queries of x, keys and values of memory, or of x where it is NULL: (B,T,.) each, in columns of q and kv as
 * nn_attention_options has it. False where the plan has an error. */
typedef struct nn_projected {
    nn_tensor *q, *kv; /* the same tensor in the self form */
    int heads, width, q_column, k_column, v_column;
} nn_projected;
bool nn_block_project(nn_plan *plan, const char *name, const nn_block *block, const nn_heads *own,
                      nn_tensor *x, nn_tensor *memory, nn_projected *p);
/* The same in the self form for mixers whose queries are their keys: q's columns are those of k. */
bool nn_block_project_shared(nn_plan *plan, const char *name, const nn_block *block, const nn_heads *own,
                             nn_tensor *x, nn_projected *p);
/* Softmax attention of what was projected; in the self form as causal and biased as the block says. */
nn_tensor *nn_block_attend(nn_plan *plan, const nn_block *block, const nn_projected *p);
/* The output projection back to the columns of x. */
nn_tensor *nn_block_output(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x,
                           nn_tensor *memory, nn_tensor *mixed);
/* Dropout within a sub-layer. */
double nn_block_inner_dropout(const nn_block *block);

#endif
