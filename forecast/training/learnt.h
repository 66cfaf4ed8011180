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

/* A table beside the data of a model. */
typedef struct fc_overlap {
    size_t noted; /* noted rows that the table has, all with the same values */
    size_t fresh; /* rows behind the end of the model's data */
} fc_overlap;
/* NN_BAD_DATA names the first noted row that the table has with other values. All rows are fresh to models
 * that noted nothing. */
int fc_learnt_beside(fc_overlap *overlap, const fc_model *model, const ds_table *table, nn_error *error);

#endif
