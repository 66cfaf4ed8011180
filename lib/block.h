/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An encoder block is data: mixer x feed-forward x layout x norm, each a descriptor. The models are presets
 * of it. */
#ifndef NN_BLOCK_H
#define NN_BLOCK_H

#include "lib/plan.h"

typedef struct nn_block nn_block;

/* Maps tokens to tokens: (B,T,d) -> (B,T,d). memory is NULL for the self form, (B,M,d) for the cross form.
 * name is the prefix of the parameters. */
typedef struct nn_mixer_kind {
    const char *name;
    nn_tensor *(*build)(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x,
                        nn_tensor *memory);
} nn_mixer_kind;

/* Maps every token by itself: (...,d) -> (...,d). */
typedef struct nn_ffn_kind {
    const char *name;
    nn_tensor *(*build)(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x);
} nn_ffn_kind;

/* Places sub-layers, residuals and norms. */
typedef struct nn_layout_kind {
    const char *name;
    nn_tensor *(*build)(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x,
                        nn_tensor *memory);
} nn_layout_kind;

extern const nn_mixer_kind
    nn_mixer_softmax;                /* multi-head attention with query, key, value and output projections */
extern const nn_ffn_kind nn_ffn_mlp; /* linear, activation, dropout, linear */
extern const nn_layout_kind nn_layout_post; /* x = LN(x + f(x)) for each sub-layer (Vaswani et al. 2017) */
/* As post, but the feed-forward's residual adds the block's input: x = LN(input + ffn(x)), as in arXiv
 * 2504.13801. */
extern const nn_layout_kind nn_layout_paper;
extern const nn_layout_kind nn_layout_pre; /* x = x + f(LN(x)) (Xiong et al. 2020, arXiv 2002.04745) */

/* Parameter names below the block's prefix; NULL takes the default in brackets. Published checkpoints differ
 * only here. */
typedef struct nn_block_names {
    const char *query, *key, *value, *out;                         /* [attention.query, .key, .value, .out] */
    const char *cross_query, *cross_key, *cross_value, *cross_out; /* [cross.query, ...] */
    const char *hidden, *project;                                  /* [ffn.hidden, ffn.project] */
    const char *norm1, *norm2, *norm_cross;                        /* [norm1, norm2, norm_cross] */
} nn_block_names;

struct nn_block {
    const nn_mixer_kind *mixer;   /* NULL: nn_mixer_softmax */
    const nn_ffn_kind *ffn;       /* NULL: nn_ffn_mlp */
    const nn_layout_kind *layout; /* NULL: nn_layout_post */
    int heads;
    int head_width; /* d_k; 0: d / heads. heads * d_k may differ from d */
    int hidden;     /* feed-forward width */
    nn_activation_kind activation;
    bool causal;     /* self-attention only */
    nn_tensor *bias; /* added to self-attention's scores; NULL: none */
    double dropout;  /* on attention weights, hidden units and both branches */
    bool dropout_branches_only;
    bool attention_no_bias, ffn_no_bias, ffn_as_conv; /* parameters' published forms */
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

#endif
