/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What train and import need to know of a new model beside the settings of its kind. */
#ifndef CLI_RECIPE_H
#define CLI_RECIPE_H

#include "cli/shell/command.h"
#include "datasets/series/split.h"
#include "datasets/stations/panel.h"

typedef struct cli_recipe {
    char *model, *target, *split;
    int lookback, horizon, scaler, features;
} cli_recipe;
extern const nn_option cli_recipe_options[];

/* A model with fresh weights for the table, and how the table is cut. */
int cli_recipe_make(fc_model **model, ds_split *split, const cli_recipe *recipe, const cli_run *run,
                    const ds_table *table, uint64_t seed, nn_error *error);

/* The same for a panel; the parts are of the rows before ds_panel_end, which *table then has. */
int cli_recipe_make_panel(fc_model **model, ds_split *split, ds_table *table, const cli_recipe *recipe,
                          const cli_run *run, const ds_panel *panel, uint64_t seed, nn_error *error);

/* Whether the parts hold windows to train and to validate on; the error says which sizes would fit. */
int cli_recipe_check(const cli_recipe *recipe, const ds_table *table, const ds_split *split, nn_error *error);

/* Whether a file can be written there, before hours of work are done for it. */
int cli_check_output(const char *path, nn_error *error);

#endif
