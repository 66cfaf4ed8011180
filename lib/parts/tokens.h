/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What makes fewer, wider tokens of a series' points: convolutions, overlapping windows that attend, points
 * within patches. Names are prefixes of parameters. */
#ifndef NN_TOKENS_H
#define NN_TOKENS_H

#include "lib/parts/block.h"

/* maxpool(relu(convolution x)), the pool of 3 tokens 2 apart (CCT, arXiv 2104.05704, section 3.1): (B,T,C) or
 * ragged -> (B,T',width). Parameter name.weight (width,C,kernel) without bias; kernel is odd. */
nn_tensor *nn_tokens_conv(nn_plan *plan, const char *name, nn_tensor *x, int width, int kernel, int stride);

/* Windows of `length` rows, `stride` apart, side by side: (B,T,C) -> (B,T',C length), the last one ending
 * with the last row; or ragged, beginning half a window before each sequence. */
nn_tensor *nn_tokens_patches(nn_plan *plan, nn_tensor *x, int length, int stride);
/* Patches beside each other, the last one ending with the last row: (B,T,C) -> (B,T/length,length,C). */
nn_tensor *nn_tokens_grid(nn_plan *plan, nn_tensor *x, int length);

/* A stage of T2T-ViT (Yuan et al. 2021, arXiv 2101.11986, section 3.1): windows of x, of which attention with
 * one head makes `merged` columns, whose skip is its value; an mlp; windows of those mapped to `width`. The
 * scores are divided by the root of the windows' own width. (B,T,C) or ragged -> (B,T',width). */
typedef struct nn_t2t_options {
    nn_window first, second;
    int merged, width;
    int features;   /* of nn_performer in attention's place, where nothing divides the scores; 0: attention */
    double epsilon; /* of the norms */
} nn_t2t_options;
nn_tensor *nn_tokens_t2t(nn_plan *plan, const char *name, nn_tensor *x, nn_t2t_options options);

/* norm(linear(norm(points of each patch))), (B,P,m,c) -> (B,P,width), as a TNT's patches begin. */
nn_tensor *nn_tnt_lift(nn_plan *plan, const char *name, nn_tensor *inner, int width, bool bias,
                       double epsilon);
/* A block of TNT (Han et al. 2021, arXiv 2103.00112, eq. 4-7): the m points of each of P patches, (B,P,m,c),
 * attend to each other, are lifted onto the patches, tokens 1 to P of outer (B,1+P,d), which attend in turn.
 */
void nn_tnt_block(nn_plan *plan, const char *name, nn_tensor **inner, nn_tensor **outer,
                  const nn_block *inner_block, const nn_block *outer_block);

#endif
