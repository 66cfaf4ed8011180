/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sizes and training of a network by the rows and the season of a table. */
#ifndef CLI_BY_DATA_H
#define CLI_BY_DATA_H

#include "cli/input/recipe.h"

/* Whether the kind and its settings leave to the data what the command line does not say: networks of tables
 * do, unless they follow a recipe of their own (--preset paper). */
bool cli_goes_by_data(const cli_run *run);

/* Look-back and horizon where they are not given: a season ahead from some seasons back, as far as so many
 * training rows allow. */
int cli_windows_by_data(cli_recipe *recipe, fc_request *request, size_t training_rows, nn_error *error);

/* Width, depth and training where they are not given, for windows of the request's look-back and horizon; all
 * that was chosen is said in one line. */
int cli_training_by_data(fc_training *training, const cli_run *run, const fc_request *request,
                         size_t training_rows, nn_error *error);

#endif
