/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan records the coarse operations of one model once, lays out one arena for activations, gradients,
 * saved values and scratch by their life times, and then replays forward and backward passes without any
 * allocation.
 *
 * Builders are sticky: the first shape error stays in the plan with the operation's name and the shapes;
 * later builders return NULL and accept NULL, so that model code has no error branches; nn_plan_compile
 * reports it.
 *
 * Shapes are written (B,T,d): the first dimension is the batch of up to `batch` samples (or a whole multiple
 * of it after nn_reshape), and a run may use fewer. In a ragged tensor (S,d) the first dimension counts the
 * tokens of all sequences, which lie one after another; nn_ragged holds the prefix sums. Only attention and
 * pooling look at them. */
#ifndef NN_PLAN_H
#define NN_PLAN_H

#include "lib/base/error.h"
#include "lib/base/real.h"
#include "lib/kernels/kinds.h"
#include "lib/params.h"
#include "lib/pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct nn_plan nn_plan;

/* Sequences of different lengths: sequence s has the tokens offsets[s] to offsets[s+1] - 1. The caller fills
 * offsets before a run: offsets[0] = 0, run->batch + 1 entries in use. first_token is the place of token 0 in
 * the whole batch, of which this plan may run one shard: it keys dropout. */
typedef struct nn_ragged {
    int *offsets;    /* batch + 1 entries, owned by the plan */
    int most_tokens; /* capacity: tokens of all sequences together */
    int longest;     /* capacity: tokens of one sequence */
    size_t first_token;
    int reserved; /* of sequences that an operation makes: the numbers that each has for its tokens, more than
                     those before it can take; 0: the tokens of all are numbered from first_token on */
} nn_ragged;

typedef struct nn_tensor {
    int rank;
    int shape[NN_MAX_RANK]; /* shape[0] is a capacity: see above */
    nn_real *data;          /* bound by nn_plan_compile; contiguous, row major */
    nn_real *grad;          /* NULL when no gradient flows here, and in plans that do not train */
    nn_ragged *ragged;      /* NULL for dense tensors */
    struct nn_node *node;   /* the plan's own book-keeping */
} nn_tensor;

/* An operation with parameters that has just run: where its weights begin among them, how many parameters it
 * has, and what it made of `rows` rows. */
typedef struct nn_watched {
    size_t weight, parameters, rows;
    const nn_tensor *in, *out;
} nn_watched;

/* What one pass needs beside the plan. */
typedef struct nn_run {
    int batch;             /* samples in use, 1 to the plan's batch */
    const nn_real *params; /* flat buffer of the plan's nn_params */
    nn_real *grads;        /* same size; backward adds to it; NULL for forward alone */
    uint64_t seed, step;   /* key dropout, with the operation and the element's place in the whole batch */
    size_t first_sample;   /* place of this run's sample 0 in the whole batch */
    double loss_scale; /* factor of the summed loss and of its gradient: 1 / elements in the whole batch */
    double loss;       /* out: the scaled loss of this run */
    const nn_real *packed; /* what nn_plan_pack made of these params; NULL: operations read params alone */
    int part, parts;       /* this caller's share of each operation; parts 0 or 1: all of it */
    /* Sees each operation with parameters after it ran, in nn_plan_forward; NULL: nobody looks. */
    void (*watch)(void *context, const nn_watched *watched);
    void *watch_context;
} nn_run;

/* --- life of a plan --- */

/* training: keeps what backward needs, and dropout is on; otherwise dropout builders return their input and
 * activations share memory. params is borrowed and grows. NULL when memory is short. */
nn_plan *nn_plan_new(nn_params *params, int batch, bool training);
void nn_plan_free(nn_plan *plan);

/* Keeps a tensor readable after the pass (a model's output). Returns it. */
nn_tensor *nn_keep(nn_plan *plan, nn_tensor *x);

/* Before compile: every activation stays readable after a pass (attention maps of a plan that does not
 * train). */
void nn_plan_keep_all(nn_plan *plan);

/* Lays out the arena without allocating it, for nn_plan_bytes. Afterwards the plan can only be asked and
 * freed. */
int nn_plan_lay_out(nn_plan *plan, nn_error *error);

/* Lays out and allocates the arena, or reports the first error of the builders. */
int nn_plan_compile(nn_plan *plan, nn_error *error);

/* Reports the first error of the builders without allocating anything. */
int nn_plan_check(const nn_plan *plan, nn_error *error);

/* Inputs' data must be filled. Kernels cannot fail. run->params must be allocated. */
void nn_plan_forward(nn_plan *plan, nn_run *run);
/* After a forward with the same run. Starts from the loss operation; in its absence from the grads of the
 * outputs, which the caller fills (tests do). */
void nn_plan_backward(nn_plan *plan, nn_run *run);

/* Weights rearranged for the matrix products of forward passes, once for many passes with the same params:
 * elements that they take, 0 where it gains nothing, and the rearranging itself, of part `part` of `parts` of
 * the operations. Plans built alike can share them. */
size_t nn_plan_packed_size(const nn_plan *plan);
void nn_plan_pack(const nn_plan *plan, const nn_real *params, nn_real *packed, int part, int parts);

/* Before compile, of a plan that does not train: the parameters keep the rearranged weights (lib/kept.h), so
 * that runs need no `packed`, and later plans of the same parameters find them. It is always so where the
 * parameters' precision is not NN_FLOAT. */
void nn_plan_keep_packed(nn_plan *plan);
bool nn_plan_keeps_packed(const nn_plan *plan);
/* Rearranges what is kept of part `part` of `parts` of the operations now rather than when they first run. */
void nn_plan_pack_kept(const nn_plan *plan, int part, int parts);

/* One forward pass of a plan that does not train, shared by all threads of a pool operation by operation:
 * for a single sample. The same bytes as nn_plan_forward. nn_plan_divide gives it memory for each thread,
 * before compile. */
void nn_plan_divide(nn_plan *plan, int parts);
void nn_plan_forward_shared(nn_plan *plan, nn_run *run, nn_pool *pool);

/* Bytes of the arena; multiply-adds of one forward pass at full batch. */
size_t nn_plan_bytes(const nn_plan *plan);
double nn_plan_macs(const nn_plan *plan);
/* Bytes that one sample has of the largest tensor; of ragged ones, whose samples differ, 0. */
size_t nn_plan_largest(const nn_plan *plan);
/* A table for people, one line per operation: name, output shape, bytes, multiply-adds, parameters. malloced.
 */
char *nn_plan_report(const nn_plan *plan);

bool nn_plan_training(const nn_plan *plan);
int nn_plan_batch(const nn_plan *plan);

/* Puts an error into the plan, for builders outside lib. */
__attribute__((format(printf, 2, 3))) void nn_plan_fail(nn_plan *plan, const char *format, ...);

/* "prefix.suffix" in memory of the plan, for parameter names. */
__attribute__((format(printf, 2, 3))) const char *nn_name(nn_plan *plan, const char *format, ...);

/* Columns between the two maps that each linear map built from here on is made of (Greenformers, arXiv
 * 2109.06762), where those have fewer weights; 0: it is one. Returns what it was before. */
int nn_plan_set_rank(nn_plan *plan, int rank);
/* From here on every linear map is an operation of its own, which nn_run's watch sees; otherwise parts may
 * multiply weights by what is smaller than the tokens first. */
void nn_plan_set_watched(nn_plan *plan);

/* --- inputs --- */

/* A dense input; shape[0] is the plan's batch and is given by the plan: nn_input(p, 2, (int[]){L, N}) is
 * (B,L,N). */
nn_tensor *nn_input(nn_plan *plan, int inner_rank, const int *inner_shape);
/* As nn_input, and a gradient is computed for it (gradient checks). */
nn_tensor *nn_input_with_gradient(nn_plan *plan, int inner_rank, const int *inner_shape);
/* A ragged input (S,d). */
nn_tensor *nn_input_ragged(nn_plan *plan, int most_tokens, int longest, int width, bool gradient);
/* A constant (rows,columns) that all samples share, such as an attention bias; filled by the caller after
 * compile. */
nn_tensor *nn_constant(nn_plan *plan, int rows, int columns);
/* The same with values (rows,columns) from the start; they are copied. */
nn_tensor *nn_constant_of(nn_plan *plan, int rows, int columns, const nn_real *values);

/* --- operations: shapes, formulas --- */

/* y = x W' + b over the last dimension: (...,in) -> (...,out). Parameters "name.weight" (out,in), "name.bias"
 * (out), both U(-1/sqrt(in), 1/sqrt(in)). as_keras: published as Keras does it, "name.kernel" (in,out)
 * uniform within sqrt(6/(in + units)) (Glorot & Bengio 2010, eq. 16), "name.bias" zero, or uniform within
 * sqrt(3/units) with glorot_bias. */
typedef struct nn_linear_options {
    bool no_bias;
    bool as_conv; /* the weight's published shape is (out,in,1), in Keras (1,in,out): a convolution of width 1
                   */
    bool as_conv2d; /* the weight's published shape is (out,in,1,1) */
    bool as_keras;
    bool glorot_bias;
    int units; /* columns of one published layer where several stand side by side (heads); 0: out */
} nn_linear_options;
nn_tensor *nn_linear(nn_plan *plan, const char *name, nn_tensor *x, int out);
nn_tensor *nn_linear_with(nn_plan *plan, const char *name, nn_tensor *x, int out, nn_linear_options options);
/* Rows in another basis: y = x Q', or with back y = x Q, which is its inverse where the rows of Q are
 * orthogonal and of length 1: (...,n) -> (...,n). Constant "name.weight" (n,n), whose rows are at first
 * random ones that are orthogonal. */
nn_tensor *nn_rotate(nn_plan *plan, const char *name, nn_tensor *x, bool back);
/* Several linear maps of one input with one matrix product: (...,in) -> (...,count*out), the map names[i] in
 * columns [i*out, (i+1)*out). The parameters stay separate under their own names. */
nn_tensor *nn_linear_several(nn_plan *plan, const char *const *names, int count, nn_tensor *x, int out,
                             nn_linear_options options);

/* y = x W' + b with W = [D_b S_b], b = 0.., in the place of a linear map: each of the blocks of rows has a
 * basis D (rows,rank) and a sparse S (rank,in), which keeps the `kept` largest numbers of each column of a
 * dense proxy by their absolute values, of equal ones the first. The proxy's gradient is that of S, where S
 * is zero, too (straight through; DSFormer, arXiv 2312.13211). Parameters "name.dense" (blocks,rows,rank),
 * "name.proxy" (blocks,rank,in), "name.bias" (out). */
enum { NN_MOST_BASIS = 128 };
nn_tensor *nn_linear_sparse(nn_plan *plan, const char *name, nn_tensor *x, int out, nn_factor sizes,
                            bool no_bias);
/* The `kept` largest of `count` numbers, `stride` apart, by absolute value, of equal ones the first, in
 * rising order of their places. */
void nn_keep_largest(int *index, const double *column, size_t stride, int count, int kept);

/* y = dropout(f(x)), any shape. */
nn_tensor *nn_activation(nn_plan *plan, nn_tensor *x, nn_activation_kind kind, double dropout);

/* y = x m / (1 - rate), m from a counter-based generator: the same for any number of shards and threads. */
nn_tensor *nn_dropout(nn_plan *plan, nn_tensor *x, double rate);

/* y = x + dropout(branch), same shapes. */
nn_tensor *nn_residual(nn_plan *plan, nn_tensor *x, nn_tensor *branch, double dropout);

/* Over the last dimension: (x - mean) / sqrt(biased variance + epsilon) [* gamma + beta], Ba et al. 2016
 * eq. 4. Parameters "name.weight", "name.bias" (d), unless name is NULL: no learned gain. */
nn_tensor *nn_layer_norm(nn_plan *plan, const char *name, nn_tensor *x, double epsilon);
/* The same with the parameters' names in Keras: "name.gamma", "name.beta". */
nn_tensor *nn_layer_norm_keras(nn_plan *plan, const char *name, nn_tensor *x, double epsilon);

/* Attention core: softmax(q k' / sqrt(width) + bias) v per head; Vaswani et al. 2017 eq. 1. q lies in columns
 * [q_column, q_column + heads*width) of the tensor q, k and v likewise in kv (which may be the same tensor):
 * (B,Nq,.), (B,Nk,.) -> (B,Nq,heads*width), or ragged likewise with the same number of sequences. */
/* What is added to the scores of query i and key j by their distance j - i, learned: of half the buckets each
 * way, half of them single distances and the others growing with the logarithm up to `distance`, beyond which
 * all are one (Raffel et al. 2020, arXiv 1910.10683, section 2.1). Layers that name the same parameter share
 * it: name (buckets,heads), U(-0.1, 0.1). */
typedef struct nn_relative {
    const char *name;
    int buckets, distance; /* buckets 0: nothing is added */
    bool back;             /* keys behind the query are all of distance 0: all buckets are for those before */
} nn_relative;
/* The bucket of the distance, key less query. */
int nn_relative_bucket(const nn_relative *relative, int distance);

typedef struct nn_attention_options {
    int heads, width; /* width: of one head, d_k */
    int q_column, k_column, v_column;
    bool causal;     /* query i sees keys 0..i only */
    nn_tensor *bias; /* nn_constant (Nq,Nk) added to the scores (-inf masks a pair), dense only; NULL: none */
    double dropout;  /* of the attention weights */
    double scale;    /* of the scores; 0: 1/sqrt(width) */
    bool shared;     /* all heads have the same keys and the same values, `width` columns of each */
    nn_tensor *seen; /* (B,Nk), (B,Nk,1) or likewise with the keys' batch: a key is hidden where it is 0,
                        dense only; without a gradient; NULL: none is */
    nn_relative relative; /* dense only */
} nn_attention_options;
nn_tensor *nn_attention(nn_plan *plan, nn_tensor *q, nn_tensor *kv, nn_attention_options options);
/* The weights of an attention output y of sample `sample` at head `head` after a forward pass of a plan that
 * trains or keeps all, without dropout, into out (Nq,Nk). Returns false when y is no attention. */
bool nn_attention_weights(const nn_plan *plan, const nn_tensor *y, const nn_run *run, int sample, int head,
                          nn_real *out);
/* The n-th attention output recorded in the plan, NULL after the last. */
nn_tensor *nn_plan_attention(const nn_plan *plan, int n);

/* Attention of one head by positive random features, phi(x) = exp(W x - |x|^2 / 2) / sqrt(features): y_t =
 * phi(q_t) (sum phi(k)' v) / (phi(q_t) sum phi(k) + 1e-8) (T2T-ViT, arXiv 2101.11986, token_performer). q
 * (B,T,w), kv (B,T,2w) = [keys, values], or ragged likewise -> (B,T,w). Constant "name.projection"
 * (features,w), whose rows are orthogonal. */
nn_tensor *nn_performer(nn_plan *plan, const char *name, nn_tensor *q, nn_tensor *kv, int features);

/* (B,m,n) -> (B,n,m). */
nn_tensor *nn_transpose(nn_plan *plan, nn_tensor *x);
/* Along dimension 1: (B,m,d), (B,n,d) -> (B,m+n,d); ragged ones sequence by sequence. */
nn_tensor *nn_concat(nn_plan *plan, nn_tensor *a, nn_tensor *b);
/* Entries [begin, begin+count) of dimension 1: (B,m,d) -> (B,count,d); of ragged ones those of each sequence
 * that there are. */
nn_tensor *nn_slice(nn_plan *plan, nn_tensor *x, int begin, int count);
/* The same elements in another shape; shape[0] must stay a multiple of the plan's batch. No copy. */
nn_tensor *nn_reshape(nn_plan *plan, nn_tensor *x, int rank, const int *shape);

/* Per sample and column over time: y = (x - mu) / sigma, sigma = sqrt(biased variance + 1e-5): (B,L,N) ->
 * (B,L,N), and stats (B,2,N) = mu, sigma. Instance normalisation without learned gain (Non-stationary
 * Transformer, arXiv 2205.14415, eq. 1). */
nn_tensor *nn_instance_norm(nn_plan *plan, nn_tensor *x, nn_tensor **stats);
/* y = x sigma + mu with the stats of nn_instance_norm: (B,H,N). */
nn_tensor *nn_instance_norm_inverse(nn_plan *plan, nn_tensor *x, nn_tensor *stats);
/* y = x sigma + base with the stats of nn_instance_norm: x, base (B,H,N) -> (B,H,N). */
nn_tensor *nn_instance_norm_onto(nn_plan *plan, nn_tensor *x, nn_tensor *stats, nn_tensor *base);

/* y_t = x_t + sign Q_((phase + shift + t) mod length): (B,T,N) -> (B,T,N), with a learned table Q of a cycle
 * (Lin et al. 2024, arXiv 2409.18479, eq. 1). phase (B,1) is a whole number from 0 on, without a gradient.
 * Parameter "name.weight" (length,N), which starts as 0. sign: 1 or -1. */
nn_tensor *nn_cycle(nn_plan *plan, const char *name, nn_tensor *x, nn_tensor *phase, int length, int shift,
                    int sign);

/* Time2Vec (Kazemi et al. 2019, arXiv 1907.05321, eq. 1): of a scalar tau, [w0 tau + b0, sin(w_i tau + b_i),
 * i = 1..k], with learned w and b. The forms differ in what tau is and in what shares weights. Parameters
 * start as U(-0.05, 0.05), w_sin and w_cos as U(-bound, bound). */
typedef enum nn_time2vec_form {
    /* (B,L,F) -> (B,L,F+3) = [x_t, linear, sine, cosine] of tau = the mean of row t's first `averaged`
     * channels, the price. Weights per row: "name.w_lin", ".b_lin", ".w_sin", ".b_sin", ".w_cos", ".b_cos",
     * (L) each (arXiv 2504.13801). */
    NN_TIME2VEC_VALUE,
    /* (B,L,F) -> (B,L,F+1+k) = [x_t, linear, sines] of tau = the time of row t. Weights shared by all rows:
     * "name.w_lin", ".b_lin" (1), ".w_sin", ".b_sin" (1,k). */
    NN_TIME2VEC_TIME,
    /* (B,L,F) -> (B,L,F(1+k)), or ragged: tau is each channel in turn; the linear terms of all channels, then
     * the sines of each. Weights per channel: "name.w_lin", ".b_lin" (F), ".w_sin", ".b_sin" (F,k). */
    NN_TIME2VEC_FEATURE
} nn_time2vec_form;
typedef struct nn_time2vec_options {
    nn_time2vec_form form;
    int averaged;   /* 1 to F; 0: all */
    int waves;      /* k, at least 1 */
    double bound;   /* 0: 0.05 */
    nn_tensor *tau; /* (B,L,1); NULL: the row's place t/L in the window */
} nn_time2vec_options;
nn_tensor *nn_time2vec(nn_plan *plan, const char *name, nn_tensor *x, nn_time2vec_options options);

/* Adds the sinusoids of Vaswani et al. 2017 (arXiv 1706.03762, section 3.5): column 2i gets
 * sin(p / 10000^(2i/d)), column 2i+1 the cosine. p is the token's place in its sequence, or where times is
 * given, what column `column` of times holds for the token, times `factor`, without a gradient; times has x's
 * tokens, and for ragged ones their very sequences. (B,T,d) or ragged (S,d) -> the same. */
nn_tensor *nn_position(nn_plan *plan, nn_tensor *x, nn_tensor *times, int column, double factor);

/* Heads of `width` columns, the first `heads` of x, turned by the token's place t: pairs of columns 2i, 2i+1
 * by t 10000^(-2i/width) (Su et al. 2021, arXiv 2104.09864, eq. 15); other columns stay. */
nn_tensor *nn_rotary(nn_plan *plan, nn_tensor *x, int heads, int width);
/* The same of pairs of columns i, i + width/2 by t base^(-2i/width), rates and angles rounded to single
 * precision, as in published networks that are trained so; width is even. */
nn_tensor *nn_rotary_halves(nn_plan *plan, nn_tensor *x, int heads, int width, double base);

/* Means of `factor` neighbouring rows: (B,T,d) -> (B,T/factor,d). */
nn_tensor *nn_average_pool(nn_plan *plan, nn_tensor *x, int factor);
/* Each row becomes `factor` rows, each by a linear map of its own: (B,T,in) -> (B,T*factor,out); a transposed
 * convolution whose stride is its width. Parameters "name.weight" (in,out,1,factor), "name.bias" (out), both
 * U(-1/sqrt(out*factor), 1/sqrt(out*factor)). */
nn_tensor *nn_upsample(nn_plan *plan, const char *name, nn_tensor *x, int out, int factor);

/* A linear map of its own for each of the m rows: (B,m,in) -> (B,m,out). Parameters "name.weight" (m,out,in),
 * "name.bias" (m,out), both U(-1/sqrt(in), 1/sqrt(in)). */
nn_tensor *nn_linear_each(nn_plan *plan, const char *name, nn_tensor *x, int out);

/* On a grid (B,m,n,d) of rows: from sequences along n to sequences along m, (B*m,n,d) -> (B*n,m,d). */
nn_tensor *nn_regroup(nn_plan *plan, nn_tensor *x);
/* x (B*m,n,d) plus y, the same for all of the m sequences of one sample when y is (B,n,d), for all samples
 * when y is an nn_constant (n,d). */
nn_tensor *nn_add_repeated(nn_plan *plan, nn_tensor *x, nn_tensor *y);
/* x (B*m,n,d) plus a learned row for each of the n places. Parameter "name.weight" (n,d), U(-1/sqrt(d),
 * 1/sqrt(d)). */
nn_tensor *nn_add_embedding(nn_plan *plan, const char *name, nn_tensor *x);
/* Along the last dimension: (...,m), (...,n) -> (...,m+n). */
nn_tensor *nn_concat_columns(nn_plan *plan, nn_tensor *a, nn_tensor *b);

/* Along the tokens of each sequence, (B,T,d) or ragged (S,d) -> the same: the mean of those of an odd window
 * around each that there are, or, remainder, the token less that mean. */
nn_tensor *nn_moving_average(nn_plan *plan, nn_tensor *x, int window, bool remainder);
/* y_t = sum_j w_j x_{t+j-kernel/2} [+ bias] [+ x_t], channel by channel, zero outside the sequence; kernel is
 * odd. Parameters "name.weight" (d,kernel), "name.bias" (d), both U(-1/sqrt(kernel), 1/sqrt(kernel)). */
typedef struct nn_depthwise_options {
    bool bias, residual;
} nn_depthwise_options;
nn_tensor *nn_depthwise(nn_plan *plan, const char *name, nn_tensor *x, int kernel,
                        nn_depthwise_options options);

/* `count` learned tokens for each sequence of `like`, the same for all: (B,count,width), ragged where `like`
 * is. Parameter name (count,width), U(-1, 1). */
nn_tensor *nn_learned_tokens(nn_plan *plan, const char *name, int count, int width, const nn_tensor *like);

/* Parts of MossFormer's gated attention (arXiv 2302.11824, section 2), dense or ragged. The first half of the
 * channels one token late, zero at the first. */
nn_tensor *nn_shift_half(nn_plan *plan, nn_tensor *x);
/* x / (1 + exp(-x)) */
nn_tensor *nn_silu(nn_plan *plan, nn_tensor *x);
/* Four heads gamma_i x + beta_i: (.,e) -> (.,4e); pairs of the first `rotary` columns of each are turned by
 * the token's place times 10000^(-2i/rotary) (Su et al. 2021, arXiv 2104.09864). Parameters "name.gamma"
 * (4,e), U(-1, 1), "name.beta" (4,e), zero. */
nn_tensor *nn_affine_heads(nn_plan *plan, const char *name, nn_tensor *x, int rotary);
/* With the heads q, l, k, m of (.,4e) and values z (.,w): relu(q k' / chunk)^2 z within chunks of that many
 * tokens, plus l (m' z) / N over all N of the sequence: (.,w). */
nn_tensor *nn_chunk_attention(nn_plan *plan, nn_tensor *heads, nn_tensor *values, int chunk);
/* Of the halves a, b of mixed and v, u of vu: b v sigmoid(a u): (.,2w), (.,2w) -> (.,w). */
nn_tensor *nn_cross_gate(nn_plan *plan, nn_tensor *mixed, nn_tensor *vu);

/* a b, element by element, of the same shape; x times a number. */
nn_tensor *nn_multiply(nn_plan *plan, nn_tensor *a, nn_tensor *b);
nn_tensor *nn_times(nn_plan *plan, nn_tensor *x, double factor);
/* x times a learned gain of the parameter `name`, of each column (d) or one for all (1), first at `first`. */
nn_tensor *nn_gain(nn_plan *plan, const char *name, nn_tensor *x, bool each, double first);

/* Mean over tokens: (B,T,d) or ragged (S,d) -> (B,d). */
nn_tensor *nn_mean_pool(nn_plan *plan, nn_tensor *x);
/* Means of `places` stretches of each sequence, as equal as may be, which share a token where they meet
 * within one: (B,T,d) or ragged (S,d) -> (B,places,d); zero where it has none. */
nn_tensor *nn_even_pool(nn_plan *plan, nn_tensor *x, int places);
/* The first, the last token of each sequence, likewise; zero where it has none. */
nn_tensor *nn_first_pool(nn_plan *plan, nn_tensor *x);
nn_tensor *nn_last_pool(nn_plan *plan, nn_tensor *x);
/* sum_t softmax_t(scores) x_t, with a score (B,T,1) of each token, ragged where x is. */
nn_tensor *nn_weighted_pool(nn_plan *plan, nn_tensor *x, nn_tensor *scores);

/* ln of the shares of classes that a forest of decision trees gives a row of features, smoothed by one tree
 * that tells none apart: (B,F) -> (B,C); NaN features are unknown. Parameters "name.root" (trees),
 * "name.node" (nodes,3), "name.leaf" (leaves,2), as lib/kernels/forest.h has them, which are grown
 * (forecast/statistics); without gradient, for x too. All zero at first: no tree tells classes apart. */
enum { NN_FOREST_CLASSES = 255 };
typedef struct nn_forest_sizes {
    int classes, trees, nodes, leaves; /* entries of all leaves; each at least 1 */
} nn_forest_sizes;
nn_tensor *nn_forest(nn_plan *plan, const char *name, nn_tensor *x, nn_forest_sizes sizes);

/* Windows of `size` tokens that begin every `stride` of them, the first `padding` before the sequence:
 * floor((T + 2 padding - size) / stride) + 1 of them, none where the sequence is too short. With
 * NN_WINDOWS_TO_END in the place of padding the last one ends with the last token and the first begins with
 * the first or before it: at least one where there is a token. */
enum { NN_WINDOWS_TO_END = -1 };
typedef struct nn_window {
    int size, stride, padding;
} nn_window;
/* The windows' elements side by side, channel after channel, zero outside the sequence: (B,T,d) -> (B,T',d
 * size), or ragged likewise. A linear map behind it is a convolution. */
nn_tensor *nn_unfold(nn_plan *plan, nn_tensor *x, nn_window window);
/* The windows' largest values, channel by channel: (B,T,d) -> (B,T',d), or ragged likewise. */
nn_tensor *nn_max_pool(nn_plan *plan, nn_tensor *x, nn_window window);

/* Adds sum over all elements of loss(prediction - target), times run->loss_scale, to run->loss. parameter:
 * delta of Huber (quadratic within, Huber 1964), the quantile of pinball (Koenker & Bassett 1978). A NaN
 * target is missing and counts nothing. */
void nn_loss(nn_plan *plan, nn_loss_kind kind, double parameter, nn_tensor *prediction, nn_tensor *target);
/* The same times a weight: for losses beside the first. */
void nn_loss_weighted(nn_plan *plan, nn_loss_kind kind, double parameter, double weight,
                      nn_tensor *prediction, nn_tensor *target);
/* Hierarchical cross-entropy of logits (B,leaves) and targets (B,nodes), see lib/kernels/kernels.h. The tree
 * is borrowed for the life of the plan. */
void nn_tree_loss(nn_plan *plan, const nn_class_tree *tree, nn_tensor *logits, nn_tensor *target);
/* Steps h = 1, 2, ... along an axis (not that of the batch) count h^power each, over the mean of these. */
typedef struct nn_step_weights {
    int axis;
    double power; /* 0: all the same */
} nn_step_weights;
/* The same with a weight for each step; of dense tensors, and not of cross-entropy. */
void nn_loss_stepped(nn_plan *plan, nn_loss_kind kind, double parameter, nn_step_weights steps,
                     nn_tensor *prediction, nn_tensor *target);

#endif
