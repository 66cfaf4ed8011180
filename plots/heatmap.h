/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two forms of a map: colours, and characters. Private to plots/. */
#ifndef PL_HEATMAP_H
#define PL_HEATMAP_H

#include "plots/tics.h"

pl_range pl_heatmap_range(const pl_heatmap_plot *plot);
int pl_heatmap_text(const pl_heatmap_plot *plot, const pl_target *target, nn_error *error);

#endif
