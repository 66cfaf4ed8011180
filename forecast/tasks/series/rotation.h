/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bases in which windows of a table are least alike from place to place. */
#ifndef FC_SERIES_ROTATION_H
#define FC_SERIES_ROTATION_H

#include "forecast/tasks/series/samples.h"

/* Sets the model's constants "orthogonal.in.weight" and "orthogonal.out.weight", where it has them, to the
 * eigenvectors of the correlation between the places of a look-back, and of a horizon, in the rows
 * [begin,end) of the scaled series, mean over columns that vary and have no gap (OLinear, arXiv 2505.08550,
 * section 4.1; the correlation itself, where its code has only half of it). Rows by falling eigenvalue, the
 * largest element of each positive. Where no column will do they stay as they are. */
int fc_series_rotation_fit(fc_model *model, const fc_series *series, size_t begin, size_t end,
                           nn_error *error);

#endif
