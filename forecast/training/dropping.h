/* SPDX-License-Identifier: GPL-3.0-or-later */
/* History dropping while training, after Dualformer (Su et al. 2024, arXiv 2410.09918): some samples of each
 * epoch show only a part of what was seen, so that a network can do with less. Of windows the oldest rows go,
 * and the first that stays stands in their place; of light curves on a grid the latest times go, and what
 * stays is stretched over the grid, as it is when a curve is classified early. */
#ifndef FC_DROPPING_H
#define FC_DROPPING_H

#include "forecast/task.h"

typedef struct fc_dropping {
    nn_source whole; /* as the lesson had it */
    double share;    /* of the samples */
    bool latest;     /* the latest times go, not the oldest rows */
    uint64_t seed;
} fc_dropping;

/* The model's setting --drop-history, 0 where it has none or does so itself. */
double fc_drop_setting(const fc_model *model);
/* Has a lesson show parts; put lesson->train back to dropping->whole after it. */
void fc_drop(fc_dropping *dropping, const fc_model *model, fc_lesson *lesson);

/* One sample x (blocks,rows,columns): `gone` of the rows go, at least one stays. place: columns. */
void fc_drop_rows(float *x, size_t blocks, size_t rows, size_t columns, size_t gone, bool latest);

#endif
