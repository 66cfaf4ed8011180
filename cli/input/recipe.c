/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options that decide how a model is made and trained, made into a request. */
#include "cli/input/recipe.h"

#include "cli/input/sizes.h"

#include "cli/shell/arguments.h"
#include "datasets/stations/panel.h"
#include "forecast/forecaster.h"
#include "lib/files/output.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIELD(name) offsetof(cli_recipe, name)
const nn_option cli_recipe_options[] = {
    {"model", 0, NN_TEXT, FIELD(model), NULL, "KIND", 0, 0,
     "the kind of model; 'auspex models' lists them. Without it, what the past of each series speaks for "
     "(auto), "
     "or, with a setting of networks, itransformer"},
    {"horizon", 0, NN_INT, FIELD(horizon), "96", "N", 1, 1000000,
     "rows that it forecasts; without a network one season unless given"},
    {"target", 0, NN_LIST, FIELD(target), NULL, "A,B,...", 0, 0,
     "columns to forecast (all of them); the others are seen only"},
    {"split", 0, NN_TEXT, FIELD(split), DS_SPLIT_DEFAULT, "SPLIT", 0, 0,
     "training, validation and test rows in time order: shares 0.7/0.1/0.2, counts 8640/2880/2880, dates "
     "2017-07-01/2017-11-01, ett-hour, ett-minute"},
    {"season", 0, NN_INT, FIELD(season), "0", "N", 0, 10000000,
     "rows of a season; 0: of the step between rows, such as 24 for hours, or the cycle that the training "
     "rows "
     "show where that has none"},
    {"floor", 0, NN_REAL, FIELD(floor), NULL, "VALUE", 0, 0,
     "forecasts do not fall below this value, such as 0 for counts"},
    {0}};
/* Of networks. */
const nn_option cli_window_options[] = {
    {"lookback", 0, NN_INT, FIELD(lookback), "96", "N", 1, 1000000,
     "rows that the model sees; of a table by its season (--preset paper: as shown)"},
    {"scaler", 0, NN_CHOICE, FIELD(scaler), "standard", "standard|minmax|robust|none", 0, 0,
     "how columns are scaled, fitted on the training rows"},
    {"features", 0, NN_CHOICE, FIELD(features), "auto", "auto|s|t|h|d|b|w|m|none|t2v", 0, 0,
     "calendar features that the model sees: by second, minute, hour, day, business day, week, month; auto: "
     "those that fit the step between rows; t2v: a learned encoding of the time between rows, gaps included "
     "(Time2Vec of Kazemi et al. 2019)"},
    {0}};

/* Forecasters that learn nothing beyond the level of the rows take as few as there are. */
static bool needs_windows(const fc_request *request)
{
    return !request->kind->forecaster || request->kind->forecaster->fit;
}

int cli_recipe_check(const cli_recipe *recipe, const fc_request *request, nn_error *error)
{
    const ds_split *split = request->split;
    if (!needs_windows(request))
        return NN_OK;
    const size_t train = split->train.end - split->train.begin,
                 validation = split->validation.end - split->validation.begin,
                 horizon = (size_t)recipe->horizon, window = (size_t)recipe->lookback + horizon;
    return window > train || (validation && horizon > validation)
               ? cli_fail_sizes(request, request->panel ? request->panel->table : request->table, split,
                                error)
               : NN_OK;
}

void cli_recipe_request(fc_request *request, const cli_recipe *recipe, const cli_run *run)
{
    /* The words of --features, in their order. */
    static const char *const sets[] = {NULL, "s", "t", "h", "d", "b", "w", "m", "none", "t2v"};
    *request = (fc_request){.kind = run->kind,
                            .config = run->config,
                            .lookback = recipe->lookback,
                            .horizon = recipe->horizon,
                            .targets = recipe->target,
                            .season = recipe->season,
                            .floor = cli_given("floor") ? &recipe->floor : NULL,
                            .features = sets[recipe->features],
                            .split_name = recipe->split ? recipe->split : "",
                            .scaler = (ds_scaler_kind)recipe->scaler};
}

int cli_recipe_make(fc_model **model, const cli_recipe *recipe, fc_request *request, ds_split *split,
                    nn_error *error)
{
    ds_table rows = request->panel ? *request->panel->table : *request->table;
    if (request->panel)
        rows.rows = ds_panel_end(request->panel);
    *model = NULL;
    request->split = split;
    int code = ds_split_make(recipe->split, &rows, split, error);
    if (!code && needs_windows(request) && (size_t)recipe->lookback + (size_t)recipe->horizon > rows.rows)
        code = cli_fail_sizes(request, &rows, split, error);
    return code ? code : fc_model_new(model, request, error);
}

int cli_recipe_training(fc_training *training, const cli_run *run, nn_error *error)
{
    const char *const(*pair)[2] = run->kind->recipe ? run->kind->recipe(run->config) : NULL;
    const nn_option *table = fc_task_for(run->kind, false)->training;
    int code = NN_OK;
    for (; pair && (*pair)[0] && !code; pair++)
        if (!cli_given((*pair)[0]))
            code = nn_option_set(nn_option_find(table, (*pair)[0]), training, (*pair)[1], error);
    return code;
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
