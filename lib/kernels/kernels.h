/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernels: pure functions on raw pointers, outputs first, dimensions last; no allocation, no globals, no
 * failure. Matrices are row major. Backward kernels add to their outputs unless the comment says "sets". */
#ifndef NN_KERNELS_H
#define NN_KERNELS_H

#include "lib/base/real.h"
#include "lib/kernels/kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- matrix products (gemm.c, gemm_packed.c) --- */

/* C (m,n) = A B + beta C with A (m,k), B (k,n), either of them stored transposed; ld: elements between stored
 * rows. */
void nn_gemm(bool transpose_a, bool transpose_b, int m, int n, int k, const nn_real *a, int lda,
             const nn_real *b, int ldb, nn_real beta, nn_real *c, int ldc);
/* The same of floats that are split in three (gemm_split.h), beta 0 or 1, where nn_splits says that it pays.
 * A row of C has the same bytes in either, whatever m, but not the same bytes in both. */
bool nn_splits(int m, int n, int k);
void nn_gemm_split(bool transpose_a, bool transpose_b, int m, int n, int k, const nn_real *a, int lda,
                   const nn_real *b, int ldb, nn_real beta, nn_real *c, int ldc);
/* The same for matrices of a few dozen rows, where a BLAS call costs more than its work: C (m,n) = A B [+ C],
 * A's element (i,l) at a[i*row + l*column], B (k,n) and C with strides ldb, ldc. */
void nn_gemm_small(nn_real *c, int ldc, const nn_real *a, int row, int column, const nn_real *b, int ldb,
                   int m, int n, int k, bool accumulate);

/* A matrix B (k,n), or with transposed B' (n,k), rearranged for products that use it again and again:
 * elements it takes, 0 where the processor has no tiles for it (call nn_gemm then). split: as split floats.
 */
size_t nn_pack_size(bool split, int n, int k);
void nn_pack(bool split, nn_real *packed, bool transposed, const nn_real *b, int n, int k);
/* Whether split pays for products of at least so many rows. */
bool nn_pack_splits(size_t rows, int n, int k);
/* Columns come in panels of this many. */
int nn_pack_columns(bool split);

/* --- linear --- */

/* y (rows,out) = start + x (rows,in) w' (out,in); row i of start at start[i*start_row], so that 0 is for a
 * bias; start may be y; NULL: 0. split: nn_gemm_split. */
void nn_linear_forward(bool split, nn_real *y, const nn_real *x, const nn_real *w, const nn_real *start,
                       int start_row, size_t rows, int in, int out);
/* Columns [begin,end) of y = start + x w' for all rows, ldy elements apart, from packed w' (in,out). begin is
 * a multiple of nn_pack_columns, and end too unless it is out. The same bytes however rows and columns are
 * shared out. */
void nn_linear_packed_forward(bool split, nn_real *y, int ldy, const nn_real *x, const nn_real *packed,
                              const nn_real *start, int start_row, size_t rows, int in, int out, int begin,
                              int end);
/* dx = dy w [+ dx], dw += dy' x, dbias += column sums of dy. dx or dbias NULL: not wanted. */
void nn_linear_backward(nn_real *dx, nn_real *dw, nn_real *dbias, const nn_real *dy, const nn_real *x,
                        const nn_real *w, size_t rows, int in, int out, bool accumulate_dx);

/* The same with w (in,out) as Keras stores it, into out of the ldy columns that a row of y or dy has. */
void nn_linear_kernel_forward(bool split, nn_real *y, int ldy, const nn_real *x, const nn_real *w,
                              const nn_real *start, int start_row, size_t rows, int in, int out);
/* dx = dy w' [+ dx], dw += x' dy, dbias += column sums of dy. */
void nn_linear_kernel_backward(nn_real *dx, nn_real *dw, nn_real *dbias, const nn_real *dy, int ldy,
                               const nn_real *x, const nn_real *w, size_t rows, int in, int out,
                               bool accumulate_dx);

/* --- dropout --- */

/* Element (row, column) is kept when a hash of (key, row, column) reaches the threshold; kept ones are
 * multiplied by scale. */
typedef struct nn_mask {
    uint64_t key;
    uint32_t threshold; /* rate * 2^32; 0: everything is kept and scale is 1 */
    nn_real scale;      /* 1 / (1 - rate) */
} nn_mask;
nn_mask nn_mask_make(double rate, uint64_t seed, uint64_t step, int operation);

/* y (rows,columns) = x * mask; first_row is row 0's number in the whole batch. In place is allowed. */
void nn_dropout_forward(nn_real *y, const nn_real *x, const nn_mask *mask, uint64_t first_row, size_t rows,
                        int columns);
/* dx = dy * mask [+ dx]; in place is allowed without the sum. */
void nn_dropout_backward(nn_real *dx, const nn_real *dy, const nn_mask *mask, uint64_t first_row, size_t rows,
                         int columns, bool accumulate);
/* y = x + branch * mask */
void nn_residual_forward(nn_real *y, const nn_real *x, const nn_real *branch, const nn_mask *mask,
                         uint64_t first_row, size_t rows, int columns);
/* a += b over n elements */
void nn_add(nn_real *a, const nn_real *b, size_t n);
/* a = b [+ a] of a part of each row: `columns` elements, rows lda and ldb apart. */
void nn_add_columns(nn_real *a, size_t lda, const nn_real *b, size_t ldb, size_t columns, size_t rows,
                    bool accumulate);

/* --- activations --- */

/* y = f(x) * mask; in place is allowed. */
void nn_activation_forward(nn_real *y, const nn_real *x, nn_activation_kind kind, const nn_mask *mask,
                           uint64_t first_row, size_t rows, int columns);
/* dx = dy * mask * f'(x) [+ dx]; in place of dy is allowed without the sum. NN_RELU takes y in the place of
 * x: it is above 0 where x is, and kept. */
void nn_activation_backward(nn_real *dx, const nn_real *dy, const nn_real *x, nn_activation_kind kind,
                            const nn_mask *mask, uint64_t first_row, size_t rows, int columns,
                            bool accumulate);

/* --- feature maps --- */

/* phi (rows,n) = elu(x) + 1 of rows ldx apart. */
void nn_elu1_forward(nn_real *phi, const nn_real *x, int ldx, int rows, int n);
/* dx += dphi min(phi, 1) */
void nn_elu1_backward(nn_real *dx, int ldx, const nn_real *dphi, const nn_real *phi, int rows, int n);

/* --- norms --- */

/* y = (x - mean) rstd [gamma + beta]; stats (rows,2) = mean, rstd = 1/sqrt(var + epsilon). gamma, beta (n) or
 * NULL. In place is allowed. */
void nn_layer_norm_forward(nn_real *y, nn_real *stats, const nn_real *x, const nn_real *gamma,
                           const nn_real *beta, nn_real epsilon, size_t rows, int n);
/* With xhat = (x - mean) rstd and g = dy gamma: dx = rstd (g - mean(g) - xhat mean(g xhat)) [+ dx], dgamma
 * += dy xhat, dbeta += dy. dx or dgamma NULL: not wanted. dx in place of dy is allowed without the sum. Of a
 * norm without gain x may be NULL and y its output. */
void nn_layer_norm_backward(nn_real *dx, nn_real *dgamma, nn_real *dbeta, const nn_real *dy, const nn_real *x,
                            const nn_real *y, const nn_real *stats, const nn_real *gamma, size_t rows, int n,
                            bool accumulate);

/* Per column over time of x (L,N): y = (x - mu)/sigma, stats (2,N) = mu, sigma = sqrt(biased variance +
 * 1e-5). */
void nn_instance_norm_forward(nn_real *y, nn_real *stats, const nn_real *x, int length, int columns);
/* dx += (dy - mean(dy) - y mean(dy y))/sigma + dmu/L + dsigma y/L; dstats (2,N) or NULL. */
void nn_instance_norm_backward(nn_real *dx, const nn_real *dy, const nn_real *dstats, const nn_real *y,
                               const nn_real *stats, int length, int columns);
/* y (H,N) = x sigma + mu */
void nn_instance_norm_inverse_forward(nn_real *y, const nn_real *x, const nn_real *stats, int length,
                                      int columns);
/* dx += dy sigma; dmu += sum dy; dsigma += sum dy x. dstats NULL: not wanted. */
void nn_instance_norm_inverse_backward(nn_real *dx, nn_real *dstats, const nn_real *dy, const nn_real *x,
                                       const nn_real *stats, int length, int columns);

/* y (H,N) = x sigma + base */
void nn_instance_norm_onto_forward(nn_real *y, const nn_real *x, const nn_real *stats, const nn_real *base,
                                   int length, int columns);
/* dx += dy sigma; dsigma += sum dy x; dbase += dy. Each NULL: not wanted. */
void nn_instance_norm_onto_backward(nn_real *dx, nn_real *dstats, nn_real *dbase, const nn_real *dy,
                                    const nn_real *x, const nn_real *stats, int length, int columns);

/* y (T,N) = x + sign times the rows first, first + 1, ... of table (cycle,N), after the last the first. */
void nn_cycle_forward(nn_real *y, const nn_real *x, const nn_real *table, int first, int cycle, int sign,
                      int length, int columns);
/* dx += dy; dtable += sign dy. dx NULL: not wanted. */
void nn_cycle_backward(nn_real *dx, nn_real *dtable, const nn_real *dy, int first, int cycle, int sign,
                       int length, int columns);

/* --- Time2Vec (kernels_time2vec.c) --- */

/* One sample x (L,F) with w (6,L), the rows w_lin, b_lin, w_sin, b_sin, w_cos, b_cos: p_t = mean of x_t's
 * first m channels, y (L,F+3) = [x_t, w_lin p + b_lin, sin(w_sin p + b_sin), cos(w_cos p + b_cos)]. scratch:
 * 3 L. */
void nn_time2vec_value_forward(nn_real *y, const nn_real *x, const nn_real *w, int length, int channels,
                               int m, nn_real *scratch);
/* With g the gradient of the last three of y_t and a the phases: da_sin = g1 cos(a_sin), da_cos = -g2
 * sin(a_cos); dw += (g0, da) p, db += (g0, da), dp = g0 w_lin + da_sin w_sin + da_cos w_cos; dx_t += the
 * first F of dy_t, and dp/m for its first m. dx NULL: not wanted. */
void nn_time2vec_value_backward(nn_real *dx, nn_real *dw, const nn_real *dy, const nn_real *x,
                                const nn_real *w, int length, int channels, int m, nn_real *scratch);

/* x (rows,n) with w = w_lin (n), b_lin (n), w_sin (n,k), b_sin (n,k) one after another, shared by all rows:
 * the first n + n k of the ldy columns of y are w_lin_f x_f + b_lin_f, then sin(w_sin_fi x_f + b_sin_fi).
 * scratch: rows n k. */
void nn_time2vec_waves_forward(nn_real *y, int ldy, const nn_real *x, const nn_real *w, size_t rows, int n,
                               int k, nn_real *scratch);
/* With a the phases: da = dy cos(a); dw_sin += da x, db_sin += da, dx_f += sum_i da_fi w_sin_fi; the linear
 * terms likewise. dx NULL: not wanted. */
void nn_time2vec_waves_backward(nn_real *dx, nn_real *dw, const nn_real *dy, int ldy, const nn_real *x,
                                const nn_real *w, size_t rows, int n, int k, nn_real *scratch);

/* --- positions (kernels_position.c) --- */

/* rates (d): rates[2i] = rates[2i+1] = 10000^(-2i/d). */
void nn_position_rates(nn_real *rates, int d);
/* table (count,d): sines and cosines of places 0, 1, ... */
void nn_position_table(nn_real *table, const nn_real *rates, int count, int d);
/* y (count,d) = x + sinusoids of times[0], times[stride], ... */
void nn_position_forward(nn_real *y, const nn_real *x, const nn_real *times, int stride, const nn_real *rates,
                         size_t count, int d);

/* --- time scales and grids (kernels_scale.c) --- */

/* y (rows,d): the means of k rows each of x (rows*k,d). */
void nn_average_pool_forward(nn_real *y, const nn_real *x, size_t rows, int k, int d);
/* dx = dy / k [+ dx] for each of the k rows. */
void nn_average_pool_backward(nn_real *dx, const nn_real *dy, size_t rows, int k, int d, bool accumulate);

/* A transposed convolution with stride = kernel = k: row r k + j of y (rows*k,out) is x_r W_j + bias, with
 * w (in,out,k) and W_j its j-th matrix. scratch: rows out k. */
void nn_upsample_forward(nn_real *y, const nn_real *x, const nn_real *w, const nn_real *bias, size_t rows,
                         int in, int out, int k, nn_real *scratch);
/* dx_r = sum_j dy_(r k + j) W_j' [+ dx_r], dW_j += sum_r x_r' dy_(r k + j), dbias += column sums of dy. dx
 * NULL: not wanted. */
void nn_upsample_backward(nn_real *dx, nn_real *dw, nn_real *dbias, const nn_real *dy, const nn_real *x,
                          const nn_real *w, size_t rows, int in, int out, int k, bool accumulate_dx,
                          nn_real *scratch);

/* Row s of each sample by a map of its own: y (samples,m,out) with y_s = W_s x_s + bias_s; w (m,out,in), bias
 * (m,out). */
void nn_linear_each_forward(nn_real *y, const nn_real *x, const nn_real *w, const nn_real *bias,
                            size_t samples, int m, int in, int out);
/* dx_s += W_s' dy_s, dW_s += dy_s x_s', dbias_s += dy_s. dx NULL: not wanted. */
void nn_linear_each_backward(nn_real *dx, nn_real *dw, nn_real *dbias, const nn_real *dy, const nn_real *x,
                             const nn_real *w, size_t samples, int m, int in, int out);

/* y (n,m,d) with y_ji = x_ij of x (m,n,d). */
void nn_regroup_forward(nn_real *y, const nn_real *x, int m, int n, int d);
/* dx_ij = dy_ji [+ dx_ij] */
void nn_regroup_backward(nn_real *dx, const nn_real *dy, int m, int n, int d, bool accumulate);

/* y (times,n) = x (times,n) + table (n) in every row. */
void nn_add_repeated_forward(nn_real *y, const nn_real *x, const nn_real *table, size_t times, size_t n);
/* dtable += column sums of dy. */
void nn_add_repeated_backward(nn_real *dtable, const nn_real *dy, size_t times, size_t n);

/* --- attention --- */

typedef struct nn_attention_shape {
    int heads, width;         /* of one head */
    int first_head, end_head; /* forward does these alone; end_head 0: all */
    bool causal;
    nn_real scale;       /* of the scores; 0: 1 / sqrt(width) */
    const nn_real *bias; /* of head h, query i and key j bias[h*bias_head + i*bias_row + j]; NULL: none */
    nn_real *dbias;      /* backward adds its gradient, likewise; NULL: not wanted */
    int bias_head, bias_row;
    const nn_real *seen; /* (nk): key j is hidden where it is 0; NULL: none is */
    nn_mask mask;        /* rows are numbered query * heads + head, columns are keys */
    int ldq, ldkv;       /* elements between tokens in q; in k and v */
} nn_attention_shape;

/* Elements of scratch for sequences of up to nq queries and nk keys, forward and backward. */
size_t nn_attention_scratch(int nq, int nk, int width);
/* One sequence: out (nq, heads*width), lse (heads,nq) = log sum exp of the scores, NULL: not wanted.
 * first_query: number of query 0 in the whole batch. Works in tiles of queries: memory grows with nk, not
 * nq*nk. */
void nn_attention_forward(nn_real *out, nn_real *lse, const nn_real *q, const nn_real *k, const nn_real *v,
                          const nn_attention_shape *shape, uint64_t first_query, int nq, int nk,
                          nn_real *scratch);
/* dq, dk, dv have the strides of q, k, v. Scores are computed again from lse. With P the weights, M the
 * dropout factors, D = rowsum(dout out): dV += (P M)' dout; dS = P (M (dout V') - D) scale; dQ += dS
 * K; dK += dS' Q. */
void nn_attention_backward(nn_real *dq, nn_real *dk, nn_real *dv, const nn_real *dout, const nn_real *out,
                           const nn_real *lse, const nn_real *q, const nn_real *k, const nn_real *v,
                           const nn_attention_shape *shape, uint64_t first_query, int nq, int nk,
                           nn_real *scratch);
/* The weights (nq,nk) of one head without dropout. No scratch: it is called between passes, when all of the
 * arena is in use. */
void nn_attention_map(nn_real *map, const nn_real *q, const nn_real *k, const nn_real *lse,
                      const nn_attention_shape *shape, int head, int nq, int nk);

/* --- losses --- */

/* The sum over n elements; NaN targets count nothing. */
double nn_loss_forward(const nn_real *prediction, const nn_real *target, nn_loss_kind kind, double parameter,
                       size_t n);
/* Softmax cross-entropy of logits (rows,width): the sum over rows of sum_c t_c (log sum exp x - x_c), c over
 * targets that are not NaN. */
double nn_cross_entropy_forward(const nn_real *logits, const nn_real *target, size_t rows, int width);
/* dlogits += scale (softmax(x)_c sum t - t_c) */
void nn_cross_entropy_backward(nn_real *dlogits, const nn_real *logits, const nn_real *target, double scale,
                               size_t rows, int width);
/* Hierarchical cross-entropy (Bertinetto et al. 2020, arXiv 1912.09393, eq. 3; of transients Villar et al.
 * 2023, arXiv 2312.02266) of logits (rows,leaves) by a tree: with p of a node the sum of the softmax over its
 * leaves, the sum over rows of -sum_n t_n sum_m w_m ln(p_m / p_parent(m)), m over n and all above it. target
 * (rows,nodes) holds the sample's weight at the node that it is known to be of; NaN counts nothing. With
 * weights 1 and leaves alone it is the cross-entropy of the leaves. */
double nn_tree_loss_forward(const nn_real *logits, const nn_real *target, const nn_class_tree *tree,
                            size_t rows);
/* dlogits += scale * dloss/dlogits */
void nn_tree_loss_backward(nn_real *dlogits, const nn_real *logits, const nn_real *target,
                           const nn_class_tree *tree, double scale, size_t rows);
/* The loss of either sort over (rows,width). */
double nn_loss_sum(const nn_real *prediction, const nn_real *target, nn_loss_kind kind, double parameter,
                   size_t rows, int width);
/* dprediction += scale * dloss/dprediction */
void nn_loss_backward(nn_real *dprediction, const nn_real *prediction, const nn_real *target,
                      nn_loss_kind kind, double parameter, double scale, size_t n);

#endif
