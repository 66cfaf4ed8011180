/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window of a table that a network forecasts from. */
#ifndef FC_SERIES_WINDOW_H
#define FC_SERIES_WINDOW_H

#include "forecast/tasks/series/view.h"

/* NN_BAD_DATA where the table is shorter than the look-back of a network. */
int fc_window_check(const fc_model *model, const ds_table *table, nn_error *error);
/* What is known beforehand reaches as far as the forecast of a target that ends before row `end`. */
int fc_window_check_reach(const fc_model *model, const fc_scope *scope, const ds_table *table, size_t end,
                          int steps, nn_error *error);
/* The columns of a network's look-back before row `end`, and behind it what is known beforehand, as the one
 * window of the scope's samples. seen: the rows
 * that the scope is of, for as long as it is; they borrow the table's. keep: receives which of the model's
 * columns are in use; NULL: all must be. The scope is to be cleared also where it fails. */
int fc_window_open(fc_scope *scope, ds_table *seen, uint8_t *keep, const fc_model *model,
                   const ds_table *table, size_t end, nn_error *error);
/* The last row that all is known before, and of what is known beforehand also the horizon from there on. */
size_t fc_window_last_origin(const fc_model *model, const ds_table *table);

#endif
