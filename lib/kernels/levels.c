/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernels written in vectors stand in the program once for each level of x86-64, with vectors as wide as its
 * registers; the loader takes those that the processor can run, as it does for NN_CLONES. Cloned functions
 * would not do: the width is part of a type, and where it is not a register's the sums live in memory. The
 * list of names is in lib/meson.build, too. */
#include "lib/kernels/levels.h"
#include "lib/kernels/attention_few.h"
#include "lib/kernels/attention_narrow.h"
#include "lib/kernels/kernels.h"

NN_CHOOSE_LEVEL(nn_activation_forward)
NN_CHOOSE_LEVEL(nn_activation_backward)
NN_CHOOSE_LEVEL(nn_attention_scratch)
NN_CHOOSE_LEVEL(nn_attention_forward)
NN_CHOOSE_LEVEL(nn_attention_backward)
NN_CHOOSE_LEVEL(nn_attention_few_suits)
NN_CHOOSE_LEVEL(nn_attention_few_scratch)
NN_CHOOSE_LEVEL(nn_attention_few_forward)
NN_CHOOSE_LEVEL(nn_attention_few_backward)
NN_CHOOSE_LEVEL(nn_attention_map)
NN_CHOOSE_LEVEL(nn_attention_narrow_forward)
NN_CHOOSE_LEVEL(nn_attention_narrow_backward)
NN_CHOOSE_LEVEL(nn_elu1_forward)
NN_CHOOSE_LEVEL(nn_elu1_backward)
NN_CHOOSE_LEVEL(nn_gemm_small)
NN_CHOOSE_LEVEL(nn_layer_norm_forward)
NN_CHOOSE_LEVEL(nn_layer_norm_backward)
