/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folding: what is one gain and one shift of each column beside a linear map becomes a part of the map. */
#ifndef NN_FOLD_H
#define NN_FOLD_H

#include "lib/plan.h"

/* The gain (n) and shift (n) of a batch norm by its running statistics. */
void nn_fold_norm(nn_real *gain, nn_real *shift, const nn_real *weight, const nn_real *bias,
                  const nn_real *mean, const nn_real *variance, double epsilon, int n);
/* A map's weight (out,in) and bias (out) with the gain and shift of its input (in), or of its output (out).
 * by_columns: the weight is stored (in,out). */
void nn_fold_input(nn_real *w, nn_real *bias, const nn_real *gain, const nn_real *shift, int out, int in,
                   bool by_columns);
void nn_fold_output(nn_real *w, nn_real *bias, const nn_real *gain, const nn_real *shift, int out, int in);

/* Two maps (out,in) of a window, one of its moving average, the edges' values repeated outside, and one of
 * what is left of it (DLinear, arXiv 2205.13504), as one of the window itself: w += rest (I - A) + trend A.
 * `width` is odd. Biases add up by themselves. */
void nn_fold_average(nn_real *w, const nn_real *trend, const nn_real *rest, int out, int in, int width);

/* Folds every batch norm of an inference plan of watched maps (nn_plan_set_watched) into the linear maps that
 * take up its tokens, in the plan's parameters: each norm becomes the identity. folded: how many. NN_USAGE
 * where something else takes up the tokens of one, or a map without bias. */
int nn_plan_fold(const nn_plan *plan, int *folded, nn_error *error);

#endif
