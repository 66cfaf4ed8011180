/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A forecast of a file without a model: read as it is, and for each series what its own past speaks for. */
#ifndef CLI_AUTOMATIC_H
#define CLI_AUTOMATIC_H

#include "cli/input/reading.h"
#include "cli/input/recipe.h"
#include "forecast/request.h"

typedef struct cli_automatic {
    int horizon; /* rows; 0: one season, which is said */
    int season;  /* rows; 0: the calendar's, or found */
    int threads;
    bool points;         /* no intervals are wanted */
    char *model;         /* NULL: auto */
    char *target;        /* columns to forecast; NULL: all but those that are known beforehand */
    char *future;        /* columns known beforehand; NULL: found by where they end */
    const fc_kind *kind; /* a forecaster without a network, and its settings; borrowed */
    const void *config;
} cli_automatic;

/* Reads a table, with missing values and rows kept as what they are. */
int cli_automatic_read(ds_table **table, const char *path, const cli_reading *reading, nn_error *error);

/* The rows to forecast; NN_USAGE where they are more than the past can say anything of. */
int cli_automatic_horizon(int *horizon, const cli_automatic *how, const ds_table *table, nn_error *error);

/* A model of how->kind, fitted to all rows of the table; says what was chosen, and how good it is. NN_USAGE
 * for kinds that need a training of their own. */
int cli_automatic_fit(fc_model **model, const cli_automatic *how, const ds_table *table,
                      const cli_reading *reading, nn_error *error);

/* The same of a panel of stations. */
int cli_automatic_fit_panel(fc_model **model, const cli_automatic *how, const struct ds_panel *panel,
                            const cli_reading *reading, nn_error *error);

/* What a forecaster says of what it learnt, if it does. */
void cli_automatic_say(const fc_model *model);

/* What the command line leaves open of look-back, horizon and split is made to fit the request's table, and
 * said: a forecaster looks at no windows, and few rows are enough for it; a network's sizes and training go
 * by the data (cli/input/by_data.h) unless it follows a recipe of its own, of which only what does not fit is
 * changed. training: of a network; NULL: it stays as it is, as do the sizes. */
int cli_automatic_sizes(cli_recipe *recipe, fc_training *training, const cli_run *run, fc_request *request,
                        nn_error *error);

/* The same of a forecaster of the request's panel. */
int cli_automatic_panel(cli_recipe *recipe, const cli_run *run, fc_request *request, nn_error *error);

#endif
