/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan spelled in primitive operations, for programs that run those: names and meanings are those of the
 * ONNX standard, operator set 17. Each kind of operation spells itself (nn_op_kind.spell). */
#ifndef NN_GRAPH_H
#define NN_GRAPH_H

#include "lib/plan.h"

enum { NN_GRAPH_INPUTS = 6, NN_GRAPH_LIST = NN_MAX_RANK + 4 };

typedef struct nn_graph nn_graph;

/* An attribute: a number, a list of whole ones, or a whole one. */
typedef struct nn_graph_attribute {
    const char *name; /* NULL ends a list of them */
    enum { NN_GRAPH_WHOLE, NN_GRAPH_WHOLES, NN_GRAPH_REAL } type;
    double real;
    int count;
    int64_t whole[NN_GRAPH_LIST]; /* the first is that of NN_GRAPH_WHOLE */
} nn_graph_attribute;

typedef struct nn_graph_node {
    const char *op;                             /* "MatMul" */
    int inputs[NN_GRAPH_INPUTS], count, output; /* values */
    nn_graph_attribute attributes[2];
} nn_graph_node;

/* Values that are there from the start: one of both arrays, owned. */
typedef struct nn_graph_constant {
    int value, rank;
    int64_t shape[NN_MAX_RANK];
    size_t count;
    float *real;
    int64_t *whole;
} nn_graph_constant;

struct nn_graph {
    nn_graph_node *nodes;
    nn_graph_constant *constants;
    int node_count, node_room, constant_count, constant_room;
    int values; /* they are numbered from 0 on */
    /* Of the plan's tensors. */
    struct nn_graph_known {
        const nn_tensor *tensor;
        int value;
    } * known;
    int known_count, known_room;
    const nn_params *params;
    nn_error error; /* the first one stays; builders then return -1 */
};

/* Spells a plan that does not train and was not compiled: inputs[count] first, whose values are 0 to count-1,
 * then all operations. Of ragged sequences there is one, with any number of tokens. *output is the value of a
 * tensor. The parameters must be there. NN_USAGE names an operation that has no spelling. For nn_graph_clear,
 * also after a failure. */
int nn_graph_spell(nn_graph *graph, const nn_plan *plan, nn_tensor *const *inputs, int count,
                   const nn_tensor *tensor, int *output, nn_error *error);
void nn_graph_clear(nn_graph *graph);

/* --- for those who spell --- */

/* The value of a tensor; what is made of it by nn_reshape is a value of its own. */
int nn_graph_of(nn_graph *graph, const nn_tensor *tensor);
void nn_graph_is(nn_graph *graph, const nn_tensor *tensor, int value);

int nn_graph_apply(nn_graph *graph, const char *op, int count, const int *inputs,
                   const nn_graph_attribute *attributes);
int nn_graph_one(nn_graph *graph, const char *op, int x);
int nn_graph_two(nn_graph *graph, const char *op, int x, int y);
/* Parameters from `offset` on, or copies of values. */
int nn_graph_param(nn_graph *graph, size_t offset, int rank, const int *shape);
int nn_graph_reals(nn_graph *graph, const nn_real *values, int rank, const int *shape);
int nn_graph_real(nn_graph *graph, double value); /* of no dimension */
int nn_graph_wholes(nn_graph *graph, int count, const int64_t *values);
/* shape[0] may be -1, what is left; 0 keeps a dimension. */
int nn_graph_reshape(nn_graph *graph, int x, int rank, const int *shape);
int nn_graph_transpose(nn_graph *graph, int x, int rank, const int *order);
int nn_graph_slice(nn_graph *graph, int x, int axis, int begin, int end);
int nn_graph_concat(nn_graph *graph, int axis, int count, const int *parts);
int nn_graph_softmax(nn_graph *graph, int x); /* over the last dimension */
/* Means over a dimension, which stays with one entry where `keeps`. */
int nn_graph_mean(nn_graph *graph, int x, int axis, bool keeps);
/* Sums over a dimension, which stays with one entry. */
int nn_graph_sum(nn_graph *graph, int x, int axis);
/* m (out,in) times the tokens of x (B,in,d): (B,out,d). m NULL: there was no memory. */
int nn_graph_mix(nn_graph *graph, int x, const nn_real *m, int out, int in);
int nn_graph_softmax_along(nn_graph *graph, int x, int axis);
/* Columns [column, column + heads width) of a tensor (B,n,.): (B,heads,n,width); and back: (B,n,heads width).
 */
int nn_graph_heads(nn_graph *graph, const nn_tensor *x, int column, int heads, int width);
int nn_graph_unheads(nn_graph *graph, int x, int heads, int width);
void nn_graph_no_memory(nn_graph *graph);
__attribute__((format(printf, 2, 3))) void nn_graph_fail(nn_graph *graph, const char *format, ...);

#endif
