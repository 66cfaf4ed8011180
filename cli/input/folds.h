/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The folds of a backtest and the sizes that it was asked for, made to fit a table. */
#ifndef CLI_FOLDS_H
#define CLI_FOLDS_H

#include "forecast/request.h"
#include "forecast/scores/folds.h"

/* Sees to it that every fold of a walk over the table's rows has windows to train on, to validate on and to
 * test: sizes that the user did not choose are changed, and said; NN_BAD_DATA where the chosen ones do not
 * fit. */
int cli_folds_fit(fc_folds *folds, int gap, fc_request *request, const ds_table *table, nn_error *error);

#endif
