/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is written in lanes (forecast/statistics/lanes.h) stands in the program once for each level of x86-64;
 * the loader takes what the processor can run, as in lib/kernels/levels.c. The list of names is in
 * forecast/meson.build, too. */
#include "lib/kernels/levels.h"
#include "forecast/forecasters/arima/internal.h"
#include "forecast/forecasters/smoothing/ces_lanes.h"
#include "forecast/forecasters/smoothing/ets_internal.h"

NN_CHOOSE_LEVEL(arima_lanes_sums)
NN_CHOOSE_LEVEL(fc_ces_lanes)
NN_CHOOSE_LEVEL(fc_ets_slope_at)
NN_CHOOSE_LEVEL(fc_ets_solve)
