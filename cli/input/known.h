/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether columns that are known beforehand are worth to be gone by. */
#ifndef CLI_KNOWN_H
#define CLI_KNOWN_H

#include "forecast/request.h"

/* Fits the request's kind without the columns `futures`, and linear with and without them, at a few rolling
 * origins of the past, and sets *kind to linear where its absolute errors with them are clearly the least;
 * says so, and how good that is beside the naive forecasts. table: the request's with the rows to come;
 * horizon: the request's. The request's kind stays for want of rows, and where there are many targets. */
int cli_known_choose(const fc_kind **kind, const fc_request *request, const char *futures, nn_error *error);

#endif
