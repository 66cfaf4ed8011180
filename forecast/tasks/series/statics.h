/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What never changes within a series of a long file, as numbers that a model goes by: numbers standardised,
 * texts as columns of 0 and 1 for each category that stands with a series of the training rows. */
#ifndef FC_SERIES_STATICS_H
#define FC_SERIES_STATICS_H

#include "forecast/request.h"
#include "forecast/tasks/table/static_column.h"

/* Whether models of a table go by them. */
bool fc_series_takes_statics(const fc_kind *kind);

/* Learns the columns of a model whose names and targets are set from the table's statics and the series that
 * have a value in the training rows; nothing where the table has none. NN_USAGE for a kind that does not go
 * by them, and for texts that are another one with every series. */
int fc_statics_learn(fc_model *model, const fc_request *request, nn_error *error);

/* values (count x static columns), malloced: those of the table's columns. NN_BAD_DATA where the table lacks
 * one of them. */
int fc_statics_encode(double **values, const fc_model *model, const ds_table *table, const int *columns,
                      int count, nn_error *error);

/* A sentence on series of the table whose texts none of the model's categories are, which count as none of
 * them; false: there are none. */
bool fc_statics_unseen(const fc_model *model, const ds_table *table, char *text, size_t size);

#endif
