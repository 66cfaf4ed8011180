/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cores of mixers with queries, keys and values: what happens between their projections, head by head and
 * sequence by sequence. A core is two functions on a view of one sequence; the operation around them, its
 * memory and its sharing among threads are the same for all. */
#ifndef NN_CORE_H
#define NN_CORE_H

#include "lib/graph.h"
#include "lib/parts/block.h"
#include "lib/plan_internal.h"

/* One sequence and one head, or, for grouped cores, heads beside each other. Head h has the columns
 * [h*width, (h+1)*width) of q, k, v and y. */
typedef struct nn_core_view {
    int queries, keys; /* tokens */
    int heads, width;
    int head;          /* the number of the first in the model */
    bool causal;       /* query i takes up keys 0..i only */
    int ldq, ldkv;     /* elements between tokens, of gradients too */
    int ldy, ld_extra; /* those of y; of extra */
    const nn_real *q, *k, *v;
    nn_real *y;            /* set by forward */
    const nn_real *dy;     /* in backward */
    nn_real *dq, *dk, *dv; /* backward adds to them */
    const nn_real *extra;  /* (queries, heads): one number of each head; NULL: the core has none */
    nn_real *d_extra;
    nn_real *saved, *scratch; /* as its size says; forward leaves saved to backward */
    const void *settings;
    const nn_real *params; /* all of the plan's */
} nn_core_view;

/* Elements of one head or group. What is saved may grow with tokens and sequences; scratch is asked for with
 * the longest sequences. */
typedef struct nn_core_size {
    size_t saved_query, saved_key, saved_sequence;
    size_t forward, backward;
} nn_core_size;

/* A core in a graph: q (B,heads,queries,width), k and v (B,heads,keys,width). */
typedef struct nn_core_values {
    int q, k, v;
    int queries, keys, heads, width;
    const void *settings;
} nn_core_values;

typedef struct nn_core {
    nn_op_kind op; /* NN_CORE_OP, NN_CORE_OP_KEEPING */
    void (*forward)(const nn_core_view *view);
    void (*backward)(const nn_core_view *view);
    nn_core_size (*size)(const nn_core_view *longest);
    bool grouped; /* narrow heads come several at a time */
    /* The outputs, of q's shape, in primitive operations (lib/graph.h); of a core that is not causal and has
     * nothing extra. NULL: it has no such form. */
    int (*spell)(nn_graph *graph, const nn_core_values *values);
} nn_core;

/* The head of a core's descriptor; in backward y is not there, or it is. */
#define NN_CORE_OP(title)                                                                                    \
    {                                                                                                        \
        .name = title, .spell = nn_core_spell, .forward = nn_core_forward, .backward = nn_core_backward,     \
        .divides = true, .keeps_input = {                                                                    \
            true,                                                                                            \
            true,                                                                                            \
            true                                                                                             \
        }                                                                                                    \
    }
#define NN_CORE_OP_KEEPING(title)                                                                            \
    {                                                                                                        \
        .name = title, .spell = nn_core_spell, .forward = nn_core_forward, .backward = nn_core_backward,     \
        .divides = true, .keeps_input = {true, true, true}, .keeps_output = {                                \
            true                                                                                             \
        }                                                                                                    \
    }
void nn_core_spell(const nn_op *op, nn_graph *graph);
void nn_core_forward(const nn_op *op, nn_run *run);
void nn_core_backward(const nn_op *op, nn_run *run);

typedef struct nn_core_options {
    const void *settings; /* copied */
    size_t settings_size;
    bool causal;
    nn_tensor *extra; /* (B,Nq,heads) or ragged likewise; NULL: none */
    double macs;      /* of all heads of a query */
} nn_core_options;
/* (B,Nq,.), (B,Nk,.) -> (B,Nq,heads*width), or ragged likewise. */
nn_tensor *nn_core_build(nn_plan *plan, const nn_core *core, const nn_projected *p, nn_core_options options);
/* Tokens of the longest sequence. */
int nn_core_longest(const nn_tensor *x);

/* C (m,n) = A B [+ C], with transpose_a of A stored (k,m); whichever product is faster. */
void nn_core_multiply(nn_real *c, int ldc, bool transpose_a, const nn_real *a, int lda, const nn_real *b,
                      int ldb, int m, int n, int k, bool accumulate);
/* C (m,n) = A B' [+ C] with B stored (n,k); place: n k elements. */
void nn_core_multiply_across(nn_real *c, int ldc, const nn_real *a, int lda, const nn_real *b, int ldb, int m,
                             int n, int k, bool accumulate, nn_real *place);

#endif
