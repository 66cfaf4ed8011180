/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions that stand in the program once for each level of x86-64 (lib/meson.build, level_marches); the
 * loader takes those that the processor can run. */
#ifndef NN_LEVELS_H
#define NN_LEVELS_H

/* Defines the name, which is declared, as the best of name_v4, name_v3 and name_v1. */
#define NN_CHOOSE_LEVEL(name)                                                                                \
    extern __typeof__(name) name##_v4, name##_v3, name##_v1;                                                 \
    static __typeof__(name) *choose_##name(void)                                                             \
    {                                                                                                        \
        __builtin_cpu_init();                                                                                \
        return __builtin_cpu_supports("x86-64-v4")   ? name##_v4                                             \
               : __builtin_cpu_supports("x86-64-v3") ? name##_v3                                             \
                                                     : name##_v1;                                            \
    }                                                                                                        \
    __typeof__(name) name __attribute__((ifunc("choose_" #name)));

#endif
