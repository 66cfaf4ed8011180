/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is written in lanes (forecast/statistics/lanes.h) stands in the program once for each level of x86-64;
 * the loader takes what the processor can run, as in lib/kernels/levels.c. The list of names is in
 * forecast/meson.build, too. */
#include "forecast/forecasters/arima/internal.h"
#include "forecast/forecasters/smoothing/ces_lanes.h"
#include "forecast/forecasters/smoothing/ets_internal.h"

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

CHOOSE(arima_lanes_sums)
CHOOSE(fc_ces_lanes)
CHOOSE(fc_ets_slope_at)
CHOOSE(fc_ets_solve)
