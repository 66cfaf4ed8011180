/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows that a model learnt from, told again in other files by their stamps and values. */
#ifndef FC_LEARNT_H
#define FC_LEARNT_H

#include "datasets/series/split.h"
#include "forecast/model.h"

/* Notes some rows of the training part, the first and the last among them, in the model: their stamps, and a
 * hash of the values of its columns; and between which values each column lies in all of them. */
int fc_learnt_note(fc_model *model, const ds_table *table, ds_part train, nn_error *error);

/* How many rows of a part of the table the model learnt from: those between the first and the last noted,
 * where the noted rows that the table has, too, hold the same values. Rows without stamps are found by their
 * values alone, wherever they stand. 0 for models that noted nothing, and where columns are missing. */
int fc_learnt_count(size_t *count, const fc_model *model, const ds_table *table, ds_part part,
                    nn_error *error);

#endif
