/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks of two branches, made of encoder blocks: two widths that tell each other through their class
 * tokens, two views of one window, scales within regions. Names are prefixes of parameters. */
#ifndef NN_BRANCHES_H
#define NN_BRANCHES_H

#include "lib/parts/block.h"

/* CrossViT (Chen et al. 2021, arXiv 2103.14899, section 3.3): token 0 of each branch, (B,T,d), is its class
 * token. Each branch goes through a block of its own; then the class token of each, mapped to the other's
 * width, takes up the other's tokens with the other's heads, and comes back in its place. Both read what was
 * there before either. out[i] has the shape of x[i]. Parameters "name.branch0...", "name.branch1...". */
void nn_dual(nn_plan *plan, const char *name, nn_tensor *const x[2], const nn_block block[2],
             nn_tensor *out[2]);

/* Two views of one window, (B,Ta,Ca) and (B,Tb,Cb), each through a map to `width`, blocks, a norm and the
 * mean over tokens, to (B,outputs): by one map of both (TraHGR, arXiv 2203.16336), or, gated, as the sum of
 * two heads that a softmax gate weighs. Parameters "name.a...", "name.b...". */
typedef struct nn_two_view_options {
    int width, outputs;
    bool gated;
    nn_stack stack; /* the blocks of either view; its prefix is not used */
} nn_two_view_options;
nn_tensor *nn_two_view(nn_plan *plan, const char *name, nn_tensor *a, nn_tensor *b,
                       nn_two_view_options options);

/* DuoFormer: (B,R,S,d) has S scales in each of R regions. Blocks within each region, then attention, without
 * norm or residual, among a learned class token and scale 0 of every region: (B,1+R,d). Parameters
 * "name.scale...", "name.cls", "name.patch...". */
nn_tensor *nn_scale_patch(nn_plan *plan, const char *name, nn_tensor *x, const nn_stack *stack);

#endif
