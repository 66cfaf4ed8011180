/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feature maps of linear attention: phi with phi(q).phi(k) in the place of softmax's exp(q.k). */
#ifndef NN_FEATURES_H
#define NN_FEATURES_H

#include "lib/parts/block.h"
#include "lib/plan_internal.h"

enum { NN_FEATURE_CONSTANTS = 3 };

/* Settings of the map, and where its constants lie among the parameters. */
typedef struct nn_feature_form {
    int columns; /* features of one head */
    int anchors; /* hash */
    double offset;
    size_t constants[NN_FEATURE_CONSTANTS];
} nn_feature_form;

/* Tokens of one sequence and some heads beside each other: x (tokens, heads*width), phi (tokens,
 * heads*columns). */
typedef struct nn_feature_view {
    int tokens, heads, width, ldx;
    int head;    /* the number of the first in the model */
    bool query;  /* else key */
    bool causal; /* a token's features may not depend on later ones */
    int longer;  /* the number of queries or of keys, whichever is larger */
    const nn_real *x;
    nn_real *dx; /* backward adds to it */
    nn_real *phi;
    const nn_real *dphi;
    nn_real *scratch;
    const nn_feature_form *form;
    const nn_real *params; /* all of the plan's */
} nn_feature_view;

/* What keeps a sum of weights from being zero. */
typedef enum nn_feature_guard { NN_GUARD_ADD, NN_GUARD_CLAMP, NN_GUARD_NONE } nn_feature_guard;

typedef struct nn_feature {
    nn_feature_guard guard; /* by 1e-6 */
    bool shared;            /* queries are keys: there is no projection of their own */
    void (*forward)(const nn_feature_view *view);
    void (*backward)(const nn_feature_view *view); /* with what forward set phi to */
    size_t (*scratch)(const nn_feature_form *form, int tokens, int width);
    /* Sets form, and records the constants under name; false where the plan has an error. */
    bool (*prepare)(nn_plan *plan, const char *name, int heads, int width, nn_feature_form *form);
} nn_feature;

/* elu(x) + 1 (Katharopoulos et al. 2020, arXiv 2006.16236, eq. 7). */
extern const nn_feature nn_feature_elu1;
/* relu(x) cos(pi i / 2M) and relu(x) sin(pi i / 2M) of token i = 1, 2, ... (cosFormer, arXiv 2202.08791, eq.
 * 10), M the larger number of tokens: their product holds cos(pi (i - j) / 2M). */
extern const nn_feature nn_feature_cos;
/* Positive random features (Performer, arXiv 2009.14794, lemma 1): exp(w.x - |x|^2 / 2) of x / width^(1/4),
 * scaled by a stabiliser without gradient. Constant "name.projection" (features, width). */
extern const nn_feature nn_feature_perf;
/* Signs of kernels' distances to anchors (EcoFormer, arXiv 2209.09004). Constants "name.anchors" (heads,
 * anchors, width), "name.hash" (heads, bits, anchors), "name.mean" (heads, anchors). */
extern const nn_feature nn_feature_hash;

#endif
