/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What train and import need to know of a new model beside the settings of its kind. */
#ifndef CLI_RECIPE_H
#define CLI_RECIPE_H

#include "cli/shell/command.h"
#include "forecast/request.h"

typedef struct cli_recipe {
    char *model, *target, *split;
    double floor;
    int lookback, horizon, scaler, features, season;
} cli_recipe;
extern const nn_option cli_recipe_options[], cli_window_options[]; /* both into a cli_recipe */

/* A request for a model of these settings, which it borrows, as yet without data. */
void cli_recipe_request(fc_request *request, const cli_recipe *recipe, const cli_run *run);

/* A model with fresh weights for the request's table or panel, and how its rows are cut; the request then has
 * the split. A panel's parts are of the rows before ds_panel_end. */
int cli_recipe_make(fc_model **model, const cli_recipe *recipe, fc_request *request, ds_split *split,
                    nn_error *error);

/* Whether the parts hold windows to train and to validate on; the error says which sizes would fit. */
int cli_recipe_check(const cli_recipe *recipe, const fc_request *request, nn_error *error);

/* The kind's own recipe of training where the command line leaves it open. */
int cli_recipe_training(fc_training *training, const cli_run *run, nn_error *error);

/* Whether a file can be written there, before hours of work are done for it. */
int cli_check_output(const char *path, nn_error *error);

#endif
