/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What plan.c and the ops_*.c share; not for users of the library. */
#ifndef NN_PLAN_INTERNAL_H
#define NN_PLAN_INTERNAL_H

#include "lib/kernels/kernels.h"
#include "lib/plan.h"

enum { NN_MAX_OP_INPUTS = 4, NN_MAX_OP_OUTPUTS = 2 };

/* A stretch of the arena and the time in which it is in use. Forward of operation i happens at time i, its
 * backward at time 2 n - 1 - i, n being the number of operations. */
typedef struct nn_buffer {
    size_t elements;
    int birth, death;
    size_t offset; /* in elements of the arena */
} nn_buffer;

typedef struct nn_node {
    nn_tensor tensor;
    nn_tensor *root;        /* what a reshaped tensor is a view of; itself otherwise */
    int lead;               /* shape[0] / batch for dense tensors */
    int producer;           /* operation; -1: an input */
    const struct nn_op *op; /* the producer itself; NULL for inputs */
    int last_use;           /* last operation that reads it; -1: none */
    bool wants_grad;
    bool persistent; /* readable before and after the pass: inputs, constants, outputs */
    bool output;
    nn_real *initial;             /* values of a constant, owned; NULL: the caller fills it */
    int data_buffer, grad_buffer; /* -1: none */
} nn_node;

typedef struct nn_op nn_op;
typedef struct nn_graph nn_graph; /* lib/graph.h */

typedef struct nn_op_kind {
    const char *name;
    void (*forward)(const nn_op *op, nn_run *run);
    void (*backward)(const nn_op *op, nn_run *run);
    /* Writes op->packed_elements from params; NULL: forward reads params alone. */
    void (*pack)(const nn_op *op, const nn_real *params, void *packed);
    /* Says what forward computes in the operations of lib/graph.h; NULL: these cannot. */
    void (*spell)(const nn_op *op, nn_graph *graph);
    bool spells_ragged; /* also of one ragged sequence, whose value is (1,tokens,d) with any number of tokens
                         */
    bool maps, by_columns; /* linear maps, as.linear.maps of them; their weights stand (in,out) */
    bool running; /* one gain and one shift of each column: weight, bias, running mean, running variance */
    bool divides; /* forward does run->part of run->parts; others are run whole, by one thread */
    bool keeps_input[NN_MAX_OP_INPUTS]; /* backward reads that input's data */
    bool keeps_output[NN_MAX_OP_OUTPUTS];
    bool sets_gradient;     /* backward obeys op->accumulate; for the others the plan zeroes first */
    bool passes_gradient;   /* the gradient of input op->passing is that of output 0: they may share memory */
    bool replaces_gradient; /* backward may put the gradient of input 0 in the place of output 0's */
    bool replaces_input;    /* forward may put output 0 in the place of input 0 */
    bool begins; /* sums begin with input 1 where there is one, and its gradient is that of output 0 */
} nn_op_kind;

struct nn_op {
    const nn_op_kind *kind;
    const nn_plan *plan;
    int index;
    nn_tensor *in[NN_MAX_OP_INPUTS], *out[NN_MAX_OP_OUTPUTS];
    bool accumulate[NN_MAX_OP_INPUTS]; /* that input's gradient already holds a part */
    int passing;                       /* the input whose gradient may be that of output 0 */
    bool shared_gradient;              /* it shares output 0's memory */
    bool plain_sum;                    /* output 0 is input 0 + input 1 */
    bool joined;                       /* another operation does all of it (lib/plan_join.c) */
    bool differentiates;               /* backward runs */
    bool has_params;
    size_t weight, bias; /* offsets in the flat parameter buffer */
    bool has_bias;
    size_t packed, packed_elements; /* place among the packed weights */
    nn_precision precision;         /* of these */
    bool split;                     /* linear maps: products of split floats (nn_pack_splits) */
    struct nn_kept *kept;           /* what the parameters keep of them (lib/kept.h); NULL: nothing */
    size_t saved_elements, scratch_forward, scratch_backward;
    int saved_buffer, forward_buffer, backward_buffer; /* -1: none */
    nn_real *saved, *scratch_f, *scratch_b;
    double macs;
    size_t parameters;
    const void *own; /* settings of an operation that has none in the union; the plan's (nn_plan_own) */
    union {
        struct {
            int begin;
        } slice;
        struct {
            nn_activation_kind kind;
            double rate;
        } activation;
        struct {
            double rate;
        } dropout;
        struct {
            double epsilon;
        } norm;
        struct {
            int maps;
        } linear;
        struct {
            nn_time2vec_form form;
            int averaged, waves;
        } time2vec;
        struct {
            int column;
            double factor;
        } position;
        struct {
            int factor;
        } scale;
        struct {
            bool shared; /* one table for all samples */
        } repeat;
        struct {
            int length, shift, sign;
        } cycle;
        struct {
            bool back;
        } rotate;
        nn_attention_options attention;
        struct {
            nn_loss_kind kind;
            double parameter, weight;
            nn_step_weights steps;
            double mean; /* of the steps' powers */
        } loss;
        struct {
            const nn_class_tree *tree;
        } tree_loss;
    } as;
};

struct nn_plan {
    nn_params *params;
    int batch;
    bool training;
    int parts;    /* threads that may share a forward pass */
    int rank;     /* of linear maps that are made of two */
    bool watched; /* nn_plan_set_watched */
    bool keeps_packed;
    nn_precision precision; /* of linear maps */
    size_t packed_elements;
    nn_error error; /* the first one stays */
    nn_op **ops;
    int op_count;
    nn_node **nodes;
    int node_count;
    nn_ragged **ragged;
    int ragged_count;
    char **names;
    int name_count;
    nn_buffer *buffers;
    int buffer_count;
    nn_real *arena;
    size_t arena_elements;
    bool has_loss, keep_all;
};

/* A fresh tensor of the plan; ragged is NULL for dense ones. NULL when the plan has an error. */
nn_tensor *nn_plan_tensor(nn_plan *plan, int rank, const int *shape, nn_ragged *ragged);
/* Sequences of other lengths than those of an input, of so many tokens at most: the operation that makes the
 * tensor fills offsets in its forward pass. NULL when memory is short. */
nn_ragged *nn_plan_ragged(nn_plan *plan, int most_tokens, int longest);
/* Records an operation over inputs and outputs already set; returns the plan's own copy, NULL when the plan
 * has an error. */
nn_op *nn_plan_record(nn_plan *plan, const nn_op *op);
/* The same for an operation whose output has the shape of input 0, which it makes; returns the output. */
nn_tensor *nn_plan_record_map(nn_plan *plan, const nn_op *op);
/* A copy of a record, in memory of the plan; NULL when the plan has an error. */
const void *nn_plan_own(nn_plan *plan, const void *record, size_t size);
/* Whether all of the count tensors are there; otherwise the plan gets an error unless it has one. */
bool nn_plan_ready(nn_plan *plan, const char *operation, int count, nn_tensor *const *tensors);
/* The parameter, or NULL with the plan's error set. */
const nn_param *nn_plan_param(nn_plan *plan, const char *name, nn_init init, double bound, int rank,
                              const int *shape);

/* Where the parameters of a linear map lie: its weight (out,in), or by_columns (in,out), as Keras has it. */
typedef struct nn_linear_place {
    size_t weight, bias;
    bool has_bias, by_columns;
} nn_linear_place;
/* Asks for the parameters of maps of as many columns as nn_linear_several would, in places[count]. */
bool nn_linear_want(nn_plan *plan, const char *const *names, int count, int in, int out,
                    nn_linear_options options, nn_linear_place *places);
/* Asks for the table of distances alone. */
const nn_param *nn_relative_want(nn_plan *plan, const nn_relative *relative, int heads);
/* Whether the map is one, and its weights need not be seen by themselves. */
bool nn_linear_is_open(const nn_plan *plan, const char *name, int in, int out);

/* A linear map's weights head by head: M_h (width,wide), in rows [h width, (h+1) width) of (heads width,wide)
 * or, by_columns, in such columns of (wide,heads width). */
typedef struct nn_heads_map {
    int heads, width, wide;
    size_t weight, bias; /* bias (heads width) */
    bool has_bias, by_columns;
} nn_heads_map;
/* y_h = x_h M_h of the heads width columns of x from `column` on: (.,heads wide); biases (.,heads) are x_h
 * bias_h, NULL without. */
nn_tensor *nn_heads_widen(nn_plan *plan, nn_tensor *x, int column, const nn_heads_map *map,
                          nn_tensor **biases);
/* y_h = x_h M_h' + bias_h: (.,heads wide) -> (.,heads width). */
nn_tensor *nn_heads_narrow(nn_plan *plan, nn_tensor *x, const nn_heads_map *map);

/* nn_concat and nn_slice of ragged tensors. */
nn_tensor *nn_concat_ragged(nn_plan *plan, nn_tensor *a, nn_tensor *b);
nn_tensor *nn_slice_ragged(nn_plan *plan, nn_tensor *x, int begin, int count);

/* "(8,96,7)" into text of at least 64 bytes; returns text. */
const char *nn_shape_text(const nn_tensor *x, char *text, size_t size);

/* Sequences in use in a run. */
size_t nn_sequences(const nn_tensor *x, const nn_run *run);
/* Number of tokens of sequence s, the first of which is token *first; a dense tensor (B,T,...) has T for
 * each. */
int nn_tokens(const nn_tensor *x, size_t s, size_t *first);
/* Leading entries (samples times lead, or tokens) in use in a run. */
size_t nn_active(const nn_tensor *x, const nn_run *run);
/* Elements behind one leading entry; the last dimension; all rows of the last dimension in use. */
size_t nn_inner(const nn_tensor *x);
int nn_width(const nn_tensor *x);
size_t nn_rows(const nn_tensor *x, const nn_run *run);
/* Rows of this caller's share whose numbers in the whole batch, which key dropout, follow one another from
 * `number` on; for (nn_stretch s = {0}; nn_next_stretch(x, run, &s);) comes to all of them. */
typedef struct nn_stretch {
    size_t row, rows;
    uint64_t number;
    size_t next; /* how many there were */
} nn_stretch;
bool nn_next_stretch(const nn_tensor *x, const nn_run *run, nn_stretch *stretch);
/* The number of the first token of sequence s, which begins at row `row`. */
uint64_t nn_first_number(const nn_tensor *x, const nn_run *run, size_t s, size_t row);
/* This caller's share of `total` equal pieces of an operation. */
void nn_share(size_t total, const nn_run *run, size_t *begin, size_t *end);
/* The scratch of this caller's part. */
nn_real *nn_scratch(const nn_op *op, const nn_run *run);
/* Elements, and rows of the last dimension, at full capacity. */
size_t nn_capacity(const nn_tensor *x);
size_t nn_row_capacity(const nn_tensor *x);

/* The weights of an operation rearranged as its kind's pack does, from the run or from what the parameters
 * keep; NULL: there are none, and forward reads the parameters. */
const void *nn_op_packed(const nn_op *op, const nn_run *run);
/* Finds the place of all that a plan keeps; after the layout. */
int nn_plan_find_kept(nn_plan *plan, nn_error *error);

/* Of a plan that trains, before the layout: maps whose output is only added to something begin with it. */
void nn_plan_join(nn_plan *plan);

/* Whether what attention saved and read is still there after a pass. */
bool nn_plan_keeps(const nn_plan *plan);

static inline bool nn_wants_grad(const nn_tensor *x)
{
    return x->node->wants_grad;
}

#endif
