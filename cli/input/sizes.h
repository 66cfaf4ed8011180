/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where windows do not fit the rows: the error, with sizes of the same horizon that would. */
#ifndef CLI_SIZES_H
#define CLI_SIZES_H

#include "forecast/request.h"

/* NN_BAD_DATA for parts that are too short for the request's look-back and horizon. */
int cli_fail_sizes(const fc_request *request, const ds_table *table, const ds_split *split, nn_error *error);

#endif
