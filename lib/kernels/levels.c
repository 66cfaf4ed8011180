/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernels written in vectors stand in the program once for each level of x86-64, with vectors as wide as its
 * registers; the loader takes those that the processor can run, as it does for NN_CLONES. Cloned functions
 * would not do: the width is part of a type, and where it is not a register's the sums live in memory. The
 * list of names is in lib/meson.build, too. */
#include "lib/kernels/attention_few.h"
#include "lib/kernels/attention_narrow.h"
#include "lib/kernels/kernels.h"

#define CHOOSE(name)                                                                                         \
    extern __typeof__(name) name##_v4, name##_v3, name##_v1;                                                 \
    static __typeof__(name) *choose_##name(void)                                                             \
    {                                                                                                        \
        __builtin_cpu_init();                                                                                \
        return __builtin_cpu_supports("x86-64-v4")   ? name##_v4                                             \
               : __builtin_cpu_supports("x86-64-v3") ? name##_v3                                             \
                                                     : name##_v1;                                            \
    }                                                                                                        \
    __typeof__(name) name __attribute__((ifunc("choose_" #name)));

CHOOSE(nn_activation_forward)
CHOOSE(nn_activation_backward)
CHOOSE(nn_attention_scratch)
CHOOSE(nn_attention_forward)
CHOOSE(nn_attention_backward)
CHOOSE(nn_attention_few_suits)
CHOOSE(nn_attention_few_scratch)
CHOOSE(nn_attention_few_forward)
CHOOSE(nn_attention_few_backward)
CHOOSE(nn_attention_map)
CHOOSE(nn_attention_narrow_forward)
CHOOSE(nn_attention_narrow_backward)
CHOOSE(nn_elu1_forward)
CHOOSE(nn_elu1_backward)
CHOOSE(nn_gemm_small)
CHOOSE(nn_layer_norm_forward)
CHOOSE(nn_layer_norm_backward)
