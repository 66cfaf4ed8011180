/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/input/recipe.h"

#include "forecast/tasks/series.h"
#include "forecast/tasks/stations.h"
#include "lib/base/output.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIELD(name) offsetof(cli_recipe, name)
const nn_option cli_recipe_options[] = {
    {"model", 0, NN_TEXT, FIELD(model), "itransformer", "KIND", 0, 0,
     "the kind of model; 'auspex models' lists them"},
    {"lookback", 0, NN_INT, FIELD(lookback), "96", "N", 1, 1000000, "rows that the model sees"},
    {"horizon", 0, NN_INT, FIELD(horizon), "96", "N", 1, 1000000, "rows that it forecasts"},
    {"target", 0, NN_LIST, FIELD(target), NULL, "A,B,...", 0, 0,
     "columns to forecast (all of them); the others are seen only"},
    {"split", 0, NN_TEXT, FIELD(split), "0.7/0.1/0.2", "SPLIT", 0, 0,
     "training, validation and test rows in time order: shares 0.7/0.1/0.2, counts 8640/2880/2880, dates "
     "2017-07-01/2017-11-01, ett-hour, ett-minute"},
    {"scaler", 0, NN_CHOICE, FIELD(scaler), "standard", "standard|minmax|robust|none", 0, 0,
     "how columns are scaled, fitted on the training rows"},
    {"features", 0, NN_CHOICE, FIELD(features), "auto", "auto|s|t|h|d|b|w|m|none|t2v", 0, 0,
     "calendar features that the model sees: by second, minute, hour, day, business day, week, month; auto: "
     "those that fit the step between rows; t2v: a learned encoding of the time between rows, gaps included "
     "(Time2Vec of Kazemi et al. 2019)"},
    {0}};

static int fail_sizes(const cli_recipe *recipe, const ds_table *table, const ds_split *split, nn_error *error)
{
    const size_t train = split->train.end - split->train.begin,
                 validation = split->validation.end - split->validation.begin,
                 test = split->test.end - split->test.begin;
    const size_t wanted = (size_t)recipe->horizon, longest = train / 4;
    size_t horizon = wanted < longest ? wanted : longest;
    if (validation && horizon > validation)
        horizon = validation;
    if (test && horizon > test)
        horizon = test;
    const size_t most = (train - horizon) / 2, seen = (size_t)recipe->lookback;
    const size_t lookback = seen < most ? seen : most;
    char hint[160] = "there are too few rows to learn from";
    if (horizon && lookback)
        snprintf(hint, sizeof hint, "--lookback %zu --horizon %zu would do, or another --split", lookback,
                 horizon);
    return nn_fail(error, NN_BAD_DATA,
                   "%s: --lookback %d and --horizon %d do not fit its %zu rows to train and %zu to validate "
                   "(%s): %s",
                   table->path, recipe->lookback, recipe->horizon, train, validation, recipe->split, hint);
}

int cli_recipe_check(const cli_recipe *recipe, const ds_table *table, const ds_split *split, nn_error *error)
{
    const size_t train = split->train.end - split->train.begin,
                 validation = split->validation.end - split->validation.begin,
                 horizon = (size_t)recipe->horizon, window = (size_t)recipe->lookback + horizon;
    return window > train || (validation && horizon > validation) ? fail_sizes(recipe, table, split, error)
                                                                  : NN_OK;
}

/* Keeps the split's text in the model. */
static int keep_split(fc_model **model, const cli_recipe *recipe, nn_error *error)
{
    free((*model)->split);
    (*model)->split = strdup(recipe->split ? recipe->split : "");
    if ((*model)->split)
        return NN_OK;
    fc_model_free(*model);
    *model = NULL;
    return nn_no_memory(error);
}

int cli_recipe_make_panel(fc_model **model, ds_split *split, ds_table *table, const cli_recipe *recipe,
                          const cli_run *run, const ds_panel *panel, uint64_t seed, nn_error *error)
{
    char features[16];
    nn_option_get(nn_option_find(cli_recipe_options, "features"), recipe, features, sizeof features);
    bool by_frequency = strcmp(features, "auto") == 0;
    *model = NULL;
    *table = *panel->table;
    table->rows = ds_panel_end(panel);
    int code = ds_split_make(recipe->split, table, split, error);
    if (!code && (size_t)recipe->lookback + (size_t)recipe->horizon > table->rows)
        code = fail_sizes(recipe, table, split, error);
    if (!code)
        code = fc_panel_model_new(model, run->kind, run->config, recipe->lookback, recipe->horizon, panel,
                                  by_frequency ? NULL : features, seed, error);
    return code ? code : keep_split(model, recipe, error);
}

int cli_recipe_make(fc_model **model, ds_split *split, const cli_recipe *recipe, const cli_run *run,
                    const ds_table *table, uint64_t seed, nn_error *error)
{
    char features[16];
    nn_option_get(nn_option_find(cli_recipe_options, "features"), recipe, features, sizeof features);
    bool by_frequency = strcmp(features, "auto") == 0;
    *model = NULL;
    int code = ds_split_make(recipe->split, table, split, error);
    if (!code && (size_t)recipe->lookback + (size_t)recipe->horizon > table->rows)
        code = fail_sizes(recipe, table, split, error);
    if (!code)
        code = fc_model_new(model, run->kind, run->config, recipe->lookback, recipe->horizon, table,
                            recipe->target, by_frequency ? NULL : features, seed, error);
    return code ? code : keep_split(model, recipe, error);
}

int cli_check_output(const char *path, nn_error *error)
{
    if (!path)
        return nn_fail(error, NN_USAGE, "--output is missing: -o FILE says where the model goes");
    if (strcmp(path, "-") == 0)
        return isatty(STDOUT_FILENO)
                   ? nn_fail(error, NN_USAGE,
                             "--output: a model is no text; name a file or redirect standard output")
                   : NN_OK;
    nn_output *output = nn_output_open(path, error);
    nn_output_abandon(output);
    return output ? NN_OK : NN_FAILED;
}
